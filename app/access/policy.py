"""May this role do this verb? One table on one screen; which rows it may do it to is scope.py's question."""

from enum import StrEnum

from app.access.actor import Actor
from app.people.models import Role

ELDER, RELATIVE, VOLUNTEER = Role.ELDER, Role.RELATIVE, Role.VOLUNTEER
COORDINATOR, GRID = Role.COORDINATOR, Role.GRID_WORKER
SOCIAL, AUDITOR, ADMIN = Role.SOCIAL_WORKER, Role.AUDITOR, Role.ADMINISTRATOR
LEAD = Role.SAFEGUARDING_LEAD


class Permission(StrEnum):
    SIGNED_IN = "signed_in"  # whoever has a session, whatever the role
    NEED_PLACE = "need_place"
    NEED_SEE = "need_see"
    NEED_CANCEL = "need_cancel"
    NEED_REVIEW = "need_review"
    NEED_ASK_TODAY = "need_ask_today"
    FAMILY_MANAGE = "family_manage"  # say who may act for me
    FAMILY_SEE = "family_see"  # the elders I may act for
    VISIT_CONFIRM = "visit_confirm"
    OFFER_ANSWER = "offer_answer"
    VISIT_DO = "visit_do"  # check in, check out, report
    TIMES_MANAGE = "times_manage"
    GRID_WORK = "grid_work"  # the grid worker's home, find, cards, phone orders
    ELDER_ENROL = "elder_enrol"
    ELDER_SEE = "elder_see"
    MATCH_RUN = "match_run"
    MATCH_PUBLISH = "match_publish"
    VISITS_WATCH = "visits_watch"  # today's visits, reports and their follow-up
    VOLUNTEER_ADMIT = "volunteer_admit"
    VOLUNTEER_SEE = "volunteer_see"
    TEAM_MANAGE = "team_manage"
    IMPORT_FILES = "import_files"
    MENU_SWITCH = "menu_switch"
    RECORD_OWN = "record_own"  # my service record and my certificates
    RECORD_SEE = "record_see"  # a volunteer's, at the desk
    RECORD_KEEP = "record_keep"  # trainings, honours, certificates, their revocation, exports
    ISSUER_SET = "issuer_set"  # who answers for the certificates of a unit
    LEDGER_OWN = "ledger_own"  # my own passbook
    LEDGER_SEE = "ledger_see"
    LEDGER_PROPOSE = "ledger_propose"
    LEDGER_APPROVE = "ledger_approve"
    RULES_SEE = "rules_see"
    RULES_PROPOSE = "rules_propose"
    RULES_DECIDE = "rules_decide"
    PEOPLE_MANAGE = "people_manage"  # roles, disabling
    AUDIT_SEE = "audit_see"
    REPORTS_SEE = "reports_see"
    FLAGS_SEE = "flags_see"  # patterns of minutes that must be looked at, never shown to those they are about


EVERYONE = frozenset(Role)

POLICY: dict[Permission, frozenset[Role]] = {
    Permission.SIGNED_IN: EVERYONE,
    Permission.NEED_PLACE: frozenset({ELDER, RELATIVE, GRID, COORDINATOR}),
    Permission.NEED_SEE: frozenset({ELDER, RELATIVE, GRID, COORDINATOR, SOCIAL}),
    Permission.NEED_CANCEL: frozenset({ELDER, RELATIVE, GRID, COORDINATOR}),
    Permission.NEED_REVIEW: frozenset({COORDINATOR}),
    Permission.NEED_ASK_TODAY: frozenset({COORDINATOR, GRID}),
    Permission.FAMILY_MANAGE: frozenset({ELDER}),
    Permission.FAMILY_SEE: frozenset({RELATIVE}),
    Permission.VISIT_CONFIRM: frozenset({ELDER, RELATIVE, GRID, COORDINATOR}),
    Permission.OFFER_ANSWER: frozenset({VOLUNTEER}),
    Permission.VISIT_DO: frozenset({VOLUNTEER}),
    Permission.TIMES_MANAGE: frozenset({VOLUNTEER}),
    Permission.GRID_WORK: frozenset({GRID, COORDINATOR}),
    Permission.ELDER_ENROL: frozenset({GRID, COORDINATOR}),
    Permission.ELDER_SEE: frozenset({GRID, COORDINATOR, SOCIAL, LEAD}),
    Permission.MATCH_RUN: frozenset({COORDINATOR}),
    Permission.MATCH_PUBLISH: frozenset({COORDINATOR}),
    Permission.VISITS_WATCH: frozenset({COORDINATOR, GRID}),
    Permission.VOLUNTEER_ADMIT: frozenset({COORDINATOR}),
    Permission.VOLUNTEER_SEE: frozenset({COORDINATOR, SOCIAL, LEAD}),
    Permission.TEAM_MANAGE: frozenset({COORDINATOR}),
    Permission.IMPORT_FILES: frozenset({COORDINATOR, ADMIN}),
    Permission.MENU_SWITCH: frozenset({COORDINATOR}),
    Permission.RECORD_OWN: frozenset({VOLUNTEER}),
    Permission.RECORD_SEE: frozenset({COORDINATOR, SOCIAL, AUDITOR}),
    Permission.RECORD_KEEP: frozenset({COORDINATOR}),
    Permission.ISSUER_SET: frozenset({COORDINATOR, ADMIN}),
    Permission.LEDGER_OWN: frozenset({ELDER, VOLUNTEER, RELATIVE}),
    Permission.LEDGER_SEE: frozenset({COORDINATOR, AUDITOR, LEAD}),
    Permission.LEDGER_PROPOSE: frozenset({COORDINATOR}),
    Permission.LEDGER_APPROVE: frozenset({COORDINATOR, AUDITOR}),
    Permission.RULES_SEE: frozenset({COORDINATOR, AUDITOR, ADMIN}),
    Permission.RULES_PROPOSE: frozenset({COORDINATOR, ADMIN}),
    Permission.RULES_DECIDE: frozenset({COORDINATOR, AUDITOR, ADMIN}),
    Permission.PEOPLE_MANAGE: frozenset({ADMIN}),
    Permission.AUDIT_SEE: frozenset({COORDINATOR, AUDITOR, LEAD}),
    Permission.REPORTS_SEE: frozenset({COORDINATOR, AUDITOR, SOCIAL, LEAD}),
    Permission.FLAGS_SEE: frozenset({LEAD}),
}


def may(actor: Actor | None, permission: Permission) -> bool:
    """Whether some role of the actor holds the permission (anywhere: the rows are scope's)."""
    if actor is None:
        return False
    if actor.is_system or permission is Permission.SIGNED_IN:
        return True
    return bool(actor.roles & POLICY[permission])
