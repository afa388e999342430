"""What a change of rules that people keep would meet, counted on the rows that are there; nothing is enforced."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app import clock
from app.db import session
from app.matchruns.models import MatchRun
from app.needs.models import Need
from app.org.queries import zone_of
from app.people.models import Ability, Elder, Person
from app.rulechanges import counting
from app.rulechanges.counting import OVER, here, number, since
from app.rulepacks.queries import setting
from app.visits.models import ReportKind, Visit, VisitReport, VisitState
from app.web.filters import age_on

Effects = list[dict[str, Any]]
YEAR, MONTH = 365, 30  # days back
GROWN_UP = 18
VISIT_GROUPS: dict[str, Callable[[Elder], bool]] = {
    "独居": lambda elder: "alone" in elder.categories,
    "空巢": lambda elder: "empty_nest" in elder.categories,
    "留守": lambda elder: "left_behind" in elder.categories,
    "失能": lambda elder: elder.ability in (Ability.SEVERE, Ability.TOTAL),
    "重残": lambda elder: "severely_disabled" in elder.categories,
    "计划生育特殊家庭": lambda elder: "special_family" in elder.categories,
}
"""The groups of care visits that the enrolment of an elder tells of."""


# Volunteers ---------------------------------------------------------------------------------------------------------


def _ages(unit_code: str) -> list[int]:
    on = counting.today_at(unit_code)
    return [age_on(born, on) for _volunteer, born in counting.volunteers(unit_code) if born is not None]


def _minors(unit_code: str, before: str, after: str) -> Effects:
    ages = _ages(unit_code)
    return [{"say": "minors", "n": len(ages), "minors": sum(age < GROWN_UP for age in ages)}]


def _health_age(unit_code: str, before: int, after: int) -> Effects:
    ages = _ages(unit_code)
    return [{"say": "health_age", "old": sum(age >= before for age in ages), "new": sum(age >= after for age in ages)}]


def _absences(unit_code: str, before: int, after: int) -> Effects:
    failed = _failed(unit_code)
    reached = sum(times >= after for times in failed.values())
    return [{"say": "absences", "n": sum(failed.values()), "times": after, "reached": reached}]


def _absence_action(unit_code: str, before: str, after: str) -> Effects:
    failed = _failed(unit_code)
    return [{"say": "absence_action", "n": sum(failed.values()), "people": len(failed)}]


def _failed(unit_code: str) -> Counter[str]:
    """By volunteer, the visits of a year that did not happen: nobody came or opened, or a dispute was upheld."""
    rows = session.execute(
        select(Visit.volunteer_id, func.count())
        .join(Need, Need.id == Visit.need_id)
        .where(Need.unit_code.in_(here(unit_code)), Visit.state == VisitState.FAILED)
        .where(Visit.day >= counting.today_at(unit_code) - timedelta(days=YEAR))
        .group_by(Visit.volunteer_id)
    )
    return Counter({row[0]: row[1] for row in rows})


def _vetting(unit_code: str, before: int, after: int) -> Effects:
    on = counting.today_at(unit_code)
    people = [volunteer for volunteer, _born in counting.volunteers(unit_code)]
    vetted = sum(volunteer.vetted_until is not None and volunteer.vetted_until >= on for volunteer in people)
    return [{"say": "vetting", "n": len(people), "vetted": vetted}]


# Care visits --------------------------------------------------------------------------------------------------------


def _elders(unit_code: str) -> Sequence[Elder]:
    rows = select(Elder).join(Person, Person.id == Elder.person_id)
    return session.scalars(rows.where(Person.unit_code.in_(here(unit_code)), Elder.consent_ended.is_(None))).all()


def _visit_groups(unit_code: str, before: list[str], after: list[str]) -> Effects:
    elders = _elders(unit_code)
    old, new = (sum(_is_listed(elder, words) for elder in elders) for words in (before, after))
    told: Effects = [{"say": "visit_groups", "n": len(elders), "old": old, "new": new}]
    unknown = [word for word in after if word not in VISIT_GROUPS]
    return told + ([{"say": "groups_unknown", "words": "、".join(unknown)}] if unknown else [])


def _is_listed(elder: Elder, groups: Sequence[str]) -> bool:
    return any(VISIT_GROUPS[word](elder) for word in groups if word in VISIT_GROUPS)


def _frequency(unit_code: str, before: int, after: int, *, listed: bool) -> Effects:
    on = counting.today_at(unit_code)
    groups = setting(unit_code, "visit_groups", on=on)
    elders = {elder.person_id for elder in _elders(unit_code) if _is_listed(elder, groups) == listed}
    rows = session.execute(
        select(Need.elder_id, func.max(Visit.day))
        .join(Visit, Visit.need_id == Need.id)
        .where(Need.unit_code.in_(here(unit_code)), Visit.state.in_(OVER))
        .group_by(Need.elder_id)
    )
    last = {row[0]: row[1] for row in rows}
    met = [last[elder] for elder in elders if elder in last]
    old, new = (sum(day > on - timedelta(days=days) for day in met) for days in (before, after))
    return [{"say": "frequency_listed" if listed else "frequency_other", "n": len(elders), "was": before,
             "days_new": after, "old": old, "new": new}]  # fmt: skip


def _frequency_listed(unit_code: str, before: int, after: int) -> Effects:
    return _frequency(unit_code, before, after, listed=True)


def _frequency_risk(unit_code: str, before: int, after: int) -> Effects:
    return [*_frequency_listed(unit_code, before, after), {"say": "no_risk_classes"}]


def _frequency_other(unit_code: str, before: int, after: int) -> Effects:
    return _frequency(unit_code, before, after, listed=False)


def _not_reached(unit_code: str) -> Counter[str]:
    """By elder, how often in the last days a visitor reported that nobody answered."""
    rows = session.execute(
        select(Need.elder_id, func.count())
        .select_from(VisitReport)
        .join(Visit, Visit.id == VisitReport.visit_id)
        .join(Need, Need.id == Visit.need_id)
        .where(Need.unit_code.in_(here(unit_code)), VisitReport.kind == ReportKind.NO_ANSWER)
        .where(VisitReport.reported_at >= since())
        .group_by(Need.elder_id)
    )
    return Counter({row[0]: row[1] for row in rows})


def _only_if_reached(unit_code: str, before: bool, after: bool) -> Effects:
    return [{"say": "not_reached", "n": _not_reached(unit_code).total()}]


def _failed_contacts(unit_code: str, before: int, after: int) -> Effects:
    elders = _not_reached(unit_code)
    return [{"say": "failed_contacts", "n": len(elders), "times": after,
             "reached": sum(times >= after for times in elders.values())}]  # fmt: skip


# Plans, records, words ----------------------------------------------------------------------------------------------


def _publish_by(unit_code: str, before: str, after: str) -> Effects:
    zone, hour = zone_of(unit_code), clock.minute_said(after)
    at = session.scalars(
        select(MatchRun.published_at).where(
            MatchRun.unit_code.in_(here(unit_code)), MatchRun.published_at >= since()
        )
    ).all()
    late = sum(each is not None and clock.minute_of_day(zone, each) > hour for each in at)
    return [{"say": "published", "n": len(at), "late": late, "hour": after}]


def _callbacks(unit_code: str, before: int, after: int) -> Effects:
    visits = number(_visits(unit_code, Visit.confirmed_at >= since(MONTH)))
    return [{"say": "callbacks", "n": visits, "old": -(-visits * before // 100), "new": -(-visits * after // 100)}]


def _retention(unit_code: str, before: int, after: int) -> Effects:
    first = _years_ago(counting.today_at(unit_code), after)
    older = number(_visits(unit_code, Visit.day < first))
    return [{"say": "retention", "n": number(_visits(unit_code)), "older": older, "years": after}]


def _visits(unit_code: str, *conditions: ColumnElement[bool]) -> Any:
    rows = select(func.count()).select_from(Visit).join(Need, Need.id == Visit.need_id)
    return rows.where(Need.unit_code.in_(here(unit_code)), Visit.state == VisitState.CONFIRMED, *conditions)


def _years_ago(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28))


def _form_of_address(unit_code: str, before: int, after: int) -> Effects:
    on, (low, high) = counting.today_at(unit_code), sorted((before, after))
    born = session.scalars(
        select(Person.birth_date)
        .join(Elder, Elder.person_id == Person.id)
        .where(Person.unit_code.in_(here(unit_code)), Person.birth_date.is_not(None))
    ).all()
    between = sum(day is not None and low <= age_on(day, on) < high for day in born)
    return [{"say": "form_of_address", "n": len(born), "changed": between}]


COUNTS: dict[str, Callable[[str, Any, Any], Effects]] = {
    "minor_rule": _minors,
    "absence_unexcused_per_year": _absences,
    "absence_malicious_per_year": _absences,
    "absence_action": _absence_action,
    "health_declaration_from_age": _health_age,
    "vetting_valid_months": _vetting,
    "visit_groups": _visit_groups,
    "visit_days_high": _frequency_risk,
    "visit_days_key": _frequency_risk,
    "visit_days_listed": _frequency_listed,
    "visit_days_other": _frequency_other,
    "visit_counts_only_if_reached": _only_if_reached,
    "visit_failed_contacts_alarm": _failed_contacts,
    "plan_publish_by": _publish_by,
    "callback_sample_pct": _callbacks,
    "record_retention_years": _retention,
    "address_form_grandma_from_age": _form_of_address,
}
