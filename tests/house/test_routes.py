"""Every address has a rule, and every role is tried on every address, in its own unit and in another.

What must happen is told by the policy alone: without a session 401; without the permission 403; with it, anything but
that. Whatever an address names (an order, a visit, a person) is not there for somebody of another unit: 404.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app import clock as wall
from app.access.guard import declared
from app.access.policy import POLICY, Permission
from app.audit.service import record
from app.db import session as database
from app.db import transaction
from app.desk import keeping
from app.ledger.models import Unit
from app.ledger.queries import issuance_of
from app.ledger.service import ensure_accounts_for_unit, ensure_person_account, seed
from app.matchruns.models import MatchRun, RunState
from app.notices.service import notify
from app.passbook.objecting import object_to
from app.passbook.pools import open_pool
from app.people.models import Delegation, Person, Relation, Role, Team
from app.records.granting import Grant, enter
from app.records.issuing import Period, ask, set_issuer
from app.records.models import EntryKind
from app.records.revoking import propose_revocation
from app.reports.models import FlagKind, FlagState, RedFlag
from app.rulechanges.service import Proposal, propose_change
from app.visits.models import LateEntry, ReportKind, VisitReport, VisitState
from tests.factories import (
    COMMUNITY,
    OTHER_COMMUNITY,
    ZONE,
    make_elder,
    make_need,
    make_person,
    make_staff,
    make_unit,
    make_visit,
    make_volunteer,
)
from tests.people import GRID3, Cast, cast

NAMES_NOTHING = {"desk": "c", "weekday": "1", "step": "about", "item_code": "companion-chat", "kind": "elders",
                 "ledger_id": "420500000000", "head_nr": "1", "seq": "1", "salt": "none",
                 "account_kind": "person", "key": "store_cap_min"}  # fmt: skip
"""Parts of an address that name no row of anybody."""
AFTER_A_STEP = frozenset({"/in/who"})
"""Open pages in the middle of signing in: without the step before there is nothing to choose from."""
OPEN_TO_ALL = frozenset({Permission.SIGNED_IN})
WORDS = {"act": "in", "word": "approve"}


@dataclass(frozen=True)
class World:
    """One of everything that an address can name, all in the cast's community."""

    people: Cast
    ids: dict[str, str]


def rules(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every address with each of its methods; looking first, acting later."""
    found = [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.endpoint != "static"
    ]
    yield from sorted(found, key=lambda each: (each[1], each[0].rule))


def test_every_address_declares_its_permission(app: Flask) -> None:
    silent = []
    for rule, _method in rules(app):
        try:
            declared(app, rule.endpoint)
        except LookupError as error:
            silent.append(f"{rule.rule}: {error}")
    assert not silent, "\n".join(silent)


def test_every_permission_is_held_by_somebody_and_used() -> None:
    assert set(POLICY) == set(Permission)
    assert all(POLICY.values())


# The matrix ----------------------------------------------------------------------------------------------------------


def make_world(session: Any) -> World:
    people = cast(session)
    today = wall.today(ZONE)
    fund = ensure_accounts_for_unit(GRID3, on=today)
    issuance = issuance_of(GRID3, on=today)
    assert issuance is not None
    seed(uid="seed:world", issuance=issuance.id, to=fund.id, minutes=600, approvers=[people.lin.id, people.approver.id])
    visit = make_visit(need=make_need(elder=people.elder, day=today), volunteer=people.volunteer)
    record(people.lin.id, "test.world", "world:1", unit_code=COMMUNITY)
    now = wall.now()
    run = MatchRun(number=1, unit_code=COMMUNITY, day=today, state=RunState.FAILED, started_at=now)
    team = Team(unit_code=COMMUNITY, name="代办队")
    report = VisitReport(visit_id=visit.id, kind=ReportKind.LATE, reported_by=people.bo.id, reported_at=now)
    notice = notify(people.chen.id, "may_go_alone")
    assert notice is not None
    session.add_all([run, team, report])
    session.flush()
    bond = session.query(Delegation).filter_by(elder_id=people.chen.id).one()
    change = propose_change(
        people.actor(people.approver),
        Proposal(COMMUNITY, {"probation_visits": 3}, today + timedelta(days=1), "world"),
    )
    ids = {
        "change_id": change.id,
        "need_id": visit.need_id, "visit_id": visit.id, "task_id": visit.assignment_id, "elder_id": people.chen.id,
        "person_id": people.chen.id, "volunteer_id": people.bo.id, "report_id": report.id, "run_id": run.id,
        "team_id": team.id, "account_id": ensure_person_account(people.chen.id).id, "uid": "seed:world",
        "bond_id": bond.id, "notice_id": notice.id, "token": "no-such-token", "row_id": "1",
        **_of_a_member(people, issuance.id), **_of_the_desk(people),
        "entry_id": _late_entry(session, people), "code": "companion-chat", "flag_id": _flag(session, people),
    }  # fmt: skip
    return World(people, ids | _record_ids(session, people))


def _flag(session: Any, people: Cast) -> str:
    flag = RedFlag(
        kind=FlagKind.FALLING, community_code=COMMUNITY, about_id=people.chen.id, mark="2026-06", note="",
        facts={"days": 30, "then": 600, "now": 60}, found_at=wall.now(), state=FlagState.NEW,
    )  # fmt: skip
    session.add(flag)
    session.flush()
    return str(flag.id)


def _record_ids(session: Any, people: Cast) -> dict[str, str]:
    """A certificate of Bo, honour hours of his that wait, and a proposal to revoke the certificate."""
    today = wall.today(ZONE)
    lin = people.actor(people.lin)
    make_visit(need=make_need(elder=people.elder, day=today, start=(480, 490)), volunteer=people.volunteer,
               state=VisitState.CONFIRMED)  # fmt: skip
    set_issuer(lin, COMMUNITY, name="樵湖岭社区居委会", responsible="林慧", handler="郭强", phone="+867176551234")
    certificate = ask(people.actor(people.bo), people.bo.id, Period()).issued[0]
    hours = Grant(EntryKind.HONOUR_HOURS, "防汛", "街道", "", today, 120)
    entry = enter(lin, people.bo.id, hours)
    proposal = propose_revocation(lin, certificate.id, reason="test")
    session.flush()
    return {
        "certificate_id": certificate.id, "record_entry_id": entry.id, "revocation_id": proposal.id,
        "unit_code": COMMUNITY,
    }  # fmt: skip


def _of_a_member(people: Cast, issuance: str) -> dict[str, str]:
    """Aunt Chen's family pool, and her objection to the line that her passbook began with."""
    chen = people.actor(people.chen)
    account = ensure_person_account(people.chen.id)
    seed(uid="seed:chen", issuance=issuance, to=account.id, minutes=60,
         approvers=[people.lin.id, people.approver.id])  # fmt: skip
    raised = object_to(chen, person_id=people.chen.id, uid="seed:chen", words="少记了。")
    return {"household_id": open_pool(chen).id, "objection_id": raised.id}


def _of_the_desk(people: Cast) -> dict[str, str]:
    """A shop with an offer, and a fund with a purpose."""
    lin = people.actor(people.lin)
    shop = keeping.open_shop(lin, COMMUNITY, name="福利超市", where="路口")
    offer = keeping.add_offer(lin, shop.id, name="洗衣液", unit=Unit.POINT, price=2)
    charity = keeping.open_charity(
        lin, COMMUNITY, name="重阳专项", donor="长江公司", purpose="陪聊", item_codes=[], categories=[]
    )
    return {"shop_id": shop.id, "offer_id": offer.id, "charity_id": charity.id, "slip_uid": "no-such-slip"}


def _late_entry(session: Any, people: Cast) -> str:
    need = make_need(elder=people.elder, day=wall.today(ZONE), start=(700, 730))
    visit = make_visit(need=need, volunteer=people.volunteer)
    entry = LateEntry(
        visit_id=visit.id, began_min=540, ended_min=570, words="paper", entered_by=people.guo.id, entered_at=wall.now()
    )
    session.add(entry)
    session.flush()
    return str(entry.id)


def of_role(world: World, role: Role, *, own: bool) -> Person:
    """Somebody of the role: of the cast's community, or of one in another district."""
    people = world.people
    if own:
        known = {Role.ELDER: people.chen, Role.RELATIVE: people.mei, Role.VOLUNTEER: people.bo,
                 Role.COORDINATOR: people.lin, Role.GRID_WORKER: people.guo, Role.AUDITOR: people.auditor,
                 Role.ADMINISTRATOR: people.admin}  # fmt: skip
        return known.get(role) or make_staff(role=role, unit_code=COMMUNITY)
    grid = make_unit(code=f"{OTHER_COMMUNITY}001").code
    if role is Role.ELDER:
        return database.get_one(Person, make_elder(unit_code=grid).person_id)
    if role is Role.VOLUNTEER:
        return database.get_one(Person, make_volunteer(unit_code=OTHER_COMMUNITY).person_id)
    if role is Role.RELATIVE:
        relative = make_person(unit_code=OTHER_COMMUNITY)
        database.add(
            Delegation(elder_id=make_elder(unit_code=grid).person_id, relative_id=relative.id,
                       relation=Relation.CHILD, consent_how="door", recorded_by=relative.id, since=wall.now())
        )  # fmt: skip
        return relative
    return make_staff(role=role, unit_code=grid if role is Role.GRID_WORKER else OTHER_COMMUNITY)


def address(rule: Rule, world: World) -> str:
    """The address with every part filled in."""
    parts: dict[str, Any] = {}
    for name in rule.arguments:
        value = world.ids.get(name) or NAMES_NOTHING.get(name) or WORDS[name]
        if name == "kind" and not rule.rule.startswith("/c/import"):
            value = "late" if rule.rule.startswith("/v/tasks") else "csv"
        parts[name] = int(value) if name in ("weekday", "row_id", "head_nr", "seq") else value
    built = rule.build(parts)
    assert built is not None
    return built[1]


def names_a_row(rule: Rule) -> bool:
    """Whether the address names something that belongs to somebody."""
    nothing = {*NAMES_NOTHING, *WORDS, "token", "code"}
    return bool(rule.arguments - nothing)


def objection(
    status: int, permission: Permission | None, role: Role | None, *, own: bool, rule: Rule, shows: bool
) -> str | None:
    """Why this answer is wrong; None when it is right. `shows`: Aunt Chen's name stands in it."""
    if status >= 500 and rule.endpoint != "health.healthz":
        return "broke"
    if permission is None:
        asks = status == 401 and not rule.arguments and rule.rule not in AFTER_A_STEP
        return "an open page asks for a session" if asks else None
    if role is None:
        return None if status == 401 else "open without a session"
    if permission not in OPEN_TO_ALL and role not in POLICY[permission]:
        return None if status == 403 else f"open to {role}, who lacks {permission}"
    if not own and names_a_row(rule):
        hidden = status in (403, 404) or (status == 422 and not shows)  # an empty form may be named first
        return None if hidden else f"shows {role} of another unit what is not hers"
    refused = status in (401, 405) or (status == 403 and not names_a_row(rule))
    return "refused although the role may" if refused else None


def try_all(app: Flask, world: World, role: Role | None, *, own: bool, visitor: Any) -> list[str]:
    wrong, looking = [], None
    for rule, method in rules(app):
        permission = declared(app, rule.endpoint)
        where = address(rule, world)
        looking = looking or visitor()
        answer = (looking if method == "GET" else visitor()).open(where, method=method)
        shows = world.people.chen.name.encode() in answer.get_data()  # bytes: some answers are archives
        why = objection(answer.status_code, permission, role, own=own, rule=rule, shows=shows)
        if why:
            wrong.append(f"{method} {where} answered {answer.status_code}: {why}")
    return wrong


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("own", [True, False], ids=["own", "other"])
@pytest.mark.parametrize("role", list(Role))
def test_every_role_on_every_address(app: Flask, session: Any, log_in: Any, role: Role, own: bool) -> None:
    with transaction():
        world = make_world(session)
        person = of_role(world, role, own=own)
    wrong = try_all(app, world, role, own=own, visitor=lambda: log_in(person))
    assert not wrong, "\n".join(wrong)


@pytest.mark.engines("sqlite")
def test_nobody_gets_in_without_a_session(app: Flask, session: Any, client: Any) -> None:
    with transaction():
        world = make_world(session)
    wrong = try_all(app, world, None, own=False, visitor=lambda: client)
    assert not wrong, "\n".join(wrong)
