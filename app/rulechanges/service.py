"""Changing rules: one proposes with a reason and a day to come, another decides. What held before stays as it was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import clock
from app.access.actor import Actor
from app.access.scope import works_in
from app.audit.service import record
from app.db import session
from app.errors import Invalid, NotFound
from app.menu.queries import items
from app.notices.service import notify
from app.org.queries import name_of, zone_of
from app.rulechanges import queries
from app.rulechanges.effects import effects_of
from app.rulechanges.errors import AlreadyDecided, NotHere, NotYours, OwnProposal, StartIsPast
from app.rulechanges.wording import OF_ITEMS
from app.rulepacks.keys import KEYS
from app.rulepacks.kinds import BadValue, ByItem
from app.rulepacks.models import RuleChange, RuleEntry, RuleWord, Word
from app.rulepacks.packs import PackValue, shipped
from app.rulepacks.queries import above, setting, setting_row
from app.rulepacks.service import store_agreed

LONGEST_REASON = 400
FURTHEST_DAYS = 366
UNCHANGED = [{"say": "unchanged"}]  # a pack takes a rule over with the value that it has


@dataclass(frozen=True)
class Proposal:
    """What is asked for: new values by key (None: as in the unit above again), for a unit, from a day on."""

    unit_code: str
    values: Mapping[str, Any]
    starts_on: date
    reason: str
    pack: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)


def propose_change(actor: Actor, wanted: Proposal) -> RuleChange:
    """The change, waiting for somebody else's word. Invalid names each field or key that can't stand."""
    must_work_there(actor, wanted.unit_code)
    check_proposal(wanted)
    change = RuleChange(
        unit_code=wanted.unit_code, starts_on=wanted.starts_on, pack=wanted.pack, reason=wanted.reason.strip(),
        preview=preview_of(wanted), proposed_by=actor.must_be_someone(), proposed_at=clock.now(),
    )  # fmt: skip
    session.add(change)
    session.flush()
    for key, value in wanted.values.items():
        before = setting(wanted.unit_code, key, on=wanted.starts_on)
        source = wanted.sources.get(key, "")
        session.add(RuleEntry(change_id=change.id, key=key, value=value, before=before, source=source))
    session.flush()
    _tell(queries.deciders(change.unit_code) - {actor.person_id}, "rules_to_decide", change, name=actor.name)
    record(actor, "rules.propose", f"rules:{change.id}", unit_code=change.unit_code,
           detail={"keys": sorted(wanted.values), "from": wanted.starts_on.isoformat()})  # fmt: skip
    return change


def propose_pack(actor: Actor, unit_code: str, code: str, starts_on: date, reason: str) -> RuleChange:
    """A shipped pack for a unit, as one change."""
    return propose_change(actor, pack_proposal(unit_code, code, starts_on, reason))


def pack_proposal(unit_code: str, code: str, starts_on: date, reason: str) -> Proposal:
    """What applying a pack would ask for: each of its values that does not hold there by this pack already (also one
    that holds by chance, so that it is the pack's from now on). NotFound for a pack that is not shipped."""
    pack = shipped().get(code)
    if pack is None:
        raise NotFound
    differing = [each for each in pack.values if not _holds_by(unit_code, code, each, starts_on)]
    return Proposal(
        unit_code, {each.key: each.value for each in differing}, starts_on, reason, code,
        {each.key: each.source for each in differing},
    )  # fmt: skip


def approve_change(actor: Actor, change_id: str) -> RuleChange:
    """The change agreed: its rules hold from its day on."""
    change = _to_decide(actor, change_id)
    if change.starts_on <= clock.today(zone_of(change.unit_code)):
        raise StartIsPast
    _say(actor, change, Word.APPROVE, "")
    store_agreed(change)
    _tell(queries.staff_of(change.unit_code) - {actor.person_id}, "rules_changed", change,
          day=change.starts_on.isoformat())  # fmt: skip
    return change


def refuse_change(actor: Actor, change_id: str, reason: str) -> RuleChange:
    """The change refused, with the reason that its proposer reads."""
    change = _to_decide(actor, change_id)
    _must_be_said(reason)
    _say(actor, change, Word.REFUSE, reason.strip())
    _tell({change.proposed_by}, "rules_refused", change, reason=reason.strip())
    return change


def withdraw_change(actor: Actor, change_id: str) -> RuleChange:
    """The change taken back by who proposed it."""
    change = _locked(actor, change_id)
    if change.proposed_by != actor.person_id:
        raise NotYours
    _say(actor, change, Word.WITHDRAW, "")
    return change


def check_proposal(wanted: Proposal) -> None:
    """Nothing when the proposal can stand; Invalid with a sentence for each field or key otherwise."""
    errors: dict[str, Any] = {}
    first = queries.earliest_start(wanted.unit_code)
    if not first <= wanted.starts_on <= first + timedelta(days=FURTHEST_DAYS):
        errors["starts_on"] = _l("A rule begins tomorrow at the earliest, within a year at the latest.")
    if not 0 < len(wanted.reason.strip()) <= LONGEST_REASON:
        errors["reason"] = _l("Please say in a few words why. Whoever decides reads it.")
    if not wanted.values:
        errors["form"] = _l("Nothing would change: these rules hold there already.")
    if errors:
        raise Invalid({name: str(sentence) for name, sentence in errors.items()})
    for key, value in wanted.values.items():
        try:
            _check_value(wanted, key, value)
        except BadValue as wrong:
            errors[key] = wrong.sentence()
    if not errors:
        errors = _check_together(wanted)
    if errors:
        raise Invalid({name: str(sentence) for name, sentence in errors.items()})


def preview_of(wanted: Proposal) -> dict[str, Any]:
    """By key, what the change would touch, counted now on the real data."""
    told: dict[str, Any] = {}
    for key, value in wanted.values.items():
        before = setting(wanted.unit_code, key, on=wanted.starts_on)
        after = _meant(wanted, key, value)
        told[key] = UNCHANGED if before == after else effects_of(wanted.unit_code, key, before, after)
    return told


def preview_again(change: RuleChange) -> dict[str, Any]:
    """The preview of a proposed change, counted anew for whoever decides."""
    entries = session.scalars(select(RuleEntry).where(RuleEntry.change_id == change.id).order_by(RuleEntry.key))
    values = {entry.key: entry.value for entry in entries}
    return preview_of(Proposal(change.unit_code, values, change.starts_on, change.reason, change.pack))


def must_work_there(actor: Actor, unit_code: str) -> None:
    """NotFound unless the actor may propose rules for the whole unit."""
    if not works_in(actor, unit_code, *queries.PROPOSERS):
        raise NotFound


# -------------------------------------------------------------------------------------------------------------------


def _holds_by(unit_code: str, code: str, each: PackValue, on: date) -> bool:
    row = setting_row(unit_code, each.key, on=on)
    return row.pack == code and row.value == each.value


def _meant(wanted: Proposal, key: str, value: Any) -> Any:
    """The value that would hold: null means what the unit above has."""
    return above(wanted.unit_code, key, on=wanted.starts_on).value if value is None else value


def _check_value(wanted: Proposal, key: str, value: Any) -> None:
    if key not in KEYS:
        raise BadValue(_l("There is no rule of this name."))
    before = setting(wanted.unit_code, key, on=wanted.starts_on)
    if value is not None:
        kind = KEYS[key].kind
        kind.check(value)
        known = {item.code for item in items()}
        if isinstance(kind, ByItem):
            kind.check_known(value, known)
        elif key in OF_ITEMS:
            ByItem(0, 0).check_known(value, known)
    if not wanted.pack and _meant(wanted, key, value) == before:
        raise BadValue(_l("This is what already holds. Please give another value."))


def _check_together(wanted: Proposal) -> dict[str, Any]:
    """Values that would contradict each other."""

    def after(key: str) -> Any:
        if key in wanted.values:
            return _meant(wanted, key, wanted.values[key])
        return setting(wanted.unit_code, key, on=wanted.starts_on)

    errors: dict[str, Any] = {}
    if after("spend_from_age_hardship") > after("spend_from_age"):
        errors["spend_from_age_hardship"] = _l("In hardship the age can't be higher than for everybody else.")
    if after("pricing_mode") == "by_item" and not after("item_price_min"):
        errors["pricing_mode"] = _l("To credit by item, the price list needs at least one item.")
    return {
        name if name in wanted.values else next(iter(wanted.values)): sentence for name, sentence in errors.items()
    }


def _to_decide(actor: Actor, change_id: str) -> RuleChange:
    change = _locked(actor, change_id)
    if change.proposed_by == actor.person_id:
        raise OwnProposal
    if not queries.may_decide(actor, change):
        raise NotHere(unit=name_of(change.unit_code))
    return change


def _locked(actor: Actor, change_id: str) -> RuleChange:
    """The change, ours until the act ends, so that two who decide at once do so one after the other."""
    change = queries.change(actor, change_id)
    session.execute(select(RuleChange.id).where(RuleChange.id == change.id).with_for_update())
    if session.get(RuleWord, change.id, populate_existing=True) is not None:
        raise AlreadyDecided
    return change


def _must_be_said(reason: str) -> None:
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid({"reason": str(_l("Please say in a few words why. The person who proposed it reads it."))})


def _say(actor: Actor, change: RuleChange, step: Word, reason: str) -> None:
    session.add(RuleWord(change_id=change.id, person_id=actor.must_be_someone(), step=str(step), reason=reason,
                         said_at=clock.now()))  # fmt: skip
    session.flush()
    record(actor, f"rules.{step}", f"rules:{change.id}", unit_code=change.unit_code)


def _tell(people: set[str | None] | set[str], kind: str, change: RuleChange, **data: Any) -> None:
    for person in sorted(each for each in people if each):
        notify(person, kind, link=f"/c/rules/changes/{change.id}", uid=f"{kind}:{change.id}:{person}", **data)
