"""Each red flag sees its pattern and passes over its innocent neighbour; the lead settles it, and nobody else sees."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app import clock as wall
from app.audit.models import AuditEntry
from app.db import session as database
from app.db import transaction
from app.jobs.tasks import look_for_patterns
from app.ledger import service
from app.org.models import OrgUnit
from app.passbook.gifts import ask_gift, give_due, say_word
from app.people.models import Delegation, Elder, Membership, Person, Relation, Role, Volunteer
from app.reports import flag_queries, flagging
from app.reports.flag_queries import Found
from app.reports.models import FlagKind, FlagState, RedFlag
from app.signin.models import SignInSession
from app.visits.models import Visit, VisitState
from tests.factories import COMMUNITY, OTHER_COMMUNITY, ZONE, acting, make_elder, make_need, make_staff, make_visit
from tests.passbook.conftest import Family, make_family
from tests.people import Cast


def seen(kind: FlagKind) -> list[Found]:
    """What the finders see now in the cast's community, of one kind."""
    database.flush()
    limits = flag_queries.limits_of(database.get_one(OrgUnit, COMMUNITY))
    return [found for found in flag_queries.found_in(limits) if found.kind == kind]


def serve(
    volunteer: Volunteer, elder: Elder, times: int, *, ago: int = 1, minutes: int | None = None, **given: Any
) -> None:
    """So many confirmed visits, a day apart, the newest `ago` days before today; each of another length by default."""
    today = wall.today(ZONE)
    for number in range(times):
        length = minutes or 40 + number
        need = make_need(elder=elder, day=today - timedelta(days=ago + number), duration_min=length)
        make_visit(need=need, volunteer=volunteer, state=VisitState.CONFIRMED, **given)


# --- the patterns and their neighbours -------------------------------------------------------------------------------


def as_volunteer(elder: Elder) -> Volunteer:
    """The elder, who helps others too."""
    row = Volunteer(
        person_id=elder.person_id, community_code=COMMUNITY, state="active", languages=[], applied_at=wall.now()
    )
    database.add(row)
    database.flush()
    return row


def test_two_who_serve_each_other_are_a_ring(session: Any, cast: Cast) -> None:
    a, b = make_elder(), make_elder()
    serve(as_volunteer(a), b, 2)
    serve(as_volunteer(b), a, 2)
    (found,) = seen(FlagKind.RING)
    assert {found.about_id, found.other_id} == {a.person_id, b.person_id}
    assert sorted(leg["minutes"] for leg in found.facts["legs"]) == [81, 81]


def test_three_who_serve_one_another_in_turn_are_one_ring(session: Any, cast: Cast) -> None:
    a, b, c = (make_elder() for _ in range(3))
    for helper, elder in ((a, b), (b, c), (c, a)):
        serve(session.get(Volunteer, helper.person_id) or as_volunteer(helper), elder, 2)
    (found,) = seen(FlagKind.RING)
    assert len(found.facts["legs"]) == 3


def test_help_given_on_is_no_ring(session: Any, cast: Cast) -> None:
    a, b = make_elder(), make_elder()
    helper = as_volunteer(a)
    serve(helper, b, 3)
    serve(cast.volunteer, a, 3)
    serve(as_volunteer(b), a, 1)  # 40 minutes: a single favour returned
    assert seen(FlagKind.RING) == []


def test_a_ring_of_long_ago_is_over(session: Any, cast: Cast) -> None:
    a, b = make_elder(), make_elder()
    serve(as_volunteer(a), b, 2, ago=91)
    serve(as_volunteer(b), a, 2)
    assert seen(FlagKind.RING) == []


def test_most_minutes_with_one_elder(session: Any, cast: Cast) -> None:
    serve(cast.volunteer, cast.elder, 5, minutes=100)
    serve(cast.volunteer, make_elder(), 3, minutes=100)
    (found,) = seen(FlagKind.ONE_ELDER)
    assert (found.about_id, found.other_id, found.facts["minutes"], found.facts["of"]) == (
        cast.bo.id, cast.chen.id, 500, 800,
    )  # fmt: skip


@pytest.mark.parametrize(("with_her", "with_others"), [(6, 4), (5, 0)], ids=["exactly the share", "a beginner"])
def test_the_familiar_face_of_somebody_who_helps_others_too(
    session: Any, cast: Cast, with_her: int, with_others: int
) -> None:
    serve(cast.volunteer, cast.elder, with_her, minutes=100)
    serve(cast.volunteer, make_elder(), with_others, minutes=100)
    assert seen(FlagKind.ONE_ELDER) == []


def test_visits_of_exactly_the_same_length(session: Any, cast: Cast) -> None:
    serve(cast.volunteer, cast.elder, 5, minutes=45)
    serve(cast.volunteer, make_elder(), 3, minutes=45)
    (found,) = seen(FlagKind.SAME_LENGTH)
    assert (found.about_id, found.facts["visits"], found.facts["minutes"], found.facts["elders"]) == (
        cast.bo.id, 8, 45, 2,
    )  # fmt: skip


def test_one_visit_a_minute_longer_is_life(session: Any, cast: Cast) -> None:
    serve(cast.volunteer, cast.elder, 8, minutes=45)
    serve(cast.volunteer, make_elder(), 1, minutes=46)
    assert seen(FlagKind.SAME_LENGTH) == []


def test_late_entries_are_told_in_round_figures_and_seven_visits_are_few(session: Any, cast: Cast) -> None:
    serve(cast.volunteer, cast.elder, 7, minutes=45)
    serve(cast.volunteer, make_elder(), 3, minutes=45, checked_in_how="late", checked_out_how="late")
    assert seen(FlagKind.SAME_LENGTH) == []


def test_many_visits_written_down_afterwards(session: Any, cast: Cast) -> None:
    serve(cast.volunteer, cast.elder, 4, checked_in_how="late")
    serve(cast.volunteer, make_elder(), 3)
    (found,) = seen(FlagKind.LATE_ENTRIES)
    assert (found.about_id, found.facts["late"], found.facts["visits"]) == (cast.bo.id, 4, 7)


@pytest.mark.parametrize(("late", "at_the_door"), [(3, 0), (4, 4)], ids=["few", "half of them"])
def test_a_forgotten_check_in_now_and_then(session: Any, cast: Cast, late: int, at_the_door: int) -> None:
    serve(cast.volunteer, cast.elder, late, checked_in_how="late")
    serve(cast.volunteer, make_elder(), at_the_door)
    assert seen(FlagKind.LATE_ENTRIES) == []


def signed_in(person_id: str, device: str) -> None:
    """A session over the whole of the last days."""
    now = wall.now()
    database.add(
        SignInSession(
            token_hash=f"{person_id}{device}"[:64], person_id=person_id, device=device, rights="",
            created_at=now - timedelta(days=30), seen_at=now, expires_at=now + timedelta(days=1),
        )
    )  # fmt: skip


def confirmed(cast: Cast, times: int, after: timedelta) -> None:
    serve(cast.volunteer, cast.elder, times)
    for visit in database.query(Visit):
        visit.confirmed_at = visit.checked_out_at + after


def test_the_same_device_at_both_ends_right_after_check_out(session: Any, cast: Cast) -> None:
    for person in (cast.bo, cast.chen):
        signed_in(person.id, "Mozilla/5.0 (Linux; HONOR X9)")
    confirmed(cast, 3, timedelta(minutes=2))
    (found,) = seen(FlagKind.SAME_DEVICE)
    assert (found.about_id, found.other_id, found.facts["by"], found.facts["visits"]) == (
        cast.bo.id, cast.chen.id, cast.chen.id, 3,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hers", "times", "after"),
    [("HONOR", 3, 6), ("HUAWEI", 3, 2), ("HONOR", 2, 2)],
    ids=["she thinks about it", "her own phone", "twice"],
)
def test_an_elder_who_confirms_by_herself(session: Any, cast: Cast, hers: str, times: int, after: int) -> None:
    signed_in(cast.bo.id, "HONOR")
    signed_in(cast.chen.id, hers)
    confirmed(cast, times, timedelta(minutes=after))
    assert seen(FlagKind.SAME_DEVICE) == []


def give(family: Family, clock: Any) -> None:
    """Aunt Chen's first gift to her husband, with the word of the coordinator, given after its day."""
    ask_gift(family.chen, uid="gift:1", to=family.husband.id, minutes=20)
    say_word(acting(family.bank.people.lin), "gift:1", said_yes=True, how="phone")
    clock.forward(hours=25)
    assert give_due() == ["gift:1"]


@pytest.fixture
def family(cast: Cast) -> Family:
    with transaction():
        return make_family(cast)


def test_a_gift_to_the_family_of_the_helper(family: Family, cast: Cast, clock: Any) -> None:
    with transaction():
        database.add(
            Delegation(elder_id=family.husband.id, relative_id=cast.bo.id, relation=Relation.CHILD, consent_how="door",
                       recorded_by=cast.guo.id, since=wall.now())
        )  # fmt: skip
        give(family, clock)
        serve(cast.volunteer, cast.elder, 1)
        (found,) = seen(FlagKind.GIFT_TO_RELATIVE)
    assert (found.about_id, found.other_id, found.facts["to"], found.facts["bond"]) == (
        cast.bo.id, cast.chen.id, family.husband.id, "child",
    )  # fmt: skip


def test_a_gift_to_ones_own_husband(family: Family, cast: Cast, clock: Any) -> None:
    with transaction():
        give(family, clock)
        serve(cast.volunteer, cast.elder, 1)
        serve(cast.far_volunteer, make_elder(), 1)
        assert seen(FlagKind.GIFT_TO_RELATIVE) == []


def test_who_may_act_changed_within_days_of_a_gift(family: Family, cast: Cast, clock: Any) -> None:
    with transaction():
        clock.forward(days=5)
        give(family, clock)
        found = seen(FlagKind.DELEGATE_CHANGED)
    assert {(each.about_id, each.other_id, each.facts["what"]) for each in found} == {
        (cast.chen.id, family.husband.id, "began"), (cast.chen.id, cast.mei.id, "began"),
    }  # fmt: skip


def test_who_acts_for_her_since_long(family: Family, cast: Cast, clock: Any) -> None:
    with transaction():
        clock.forward(days=7)
        give(family, clock)
        assert seen(FlagKind.DELEGATE_CHANGED) == []


def fall(family: Family, cast: Cast, clock: Any, *, had: int, gives: int) -> None:
    bank = family.bank
    service.seed(uid="seed:dan", issuance=bank.issuance, to=bank.dan, minutes=had,
                 approvers=[cast.lin.id, cast.approver.id])  # fmt: skip
    clock.forward(days=31)
    service.donate(uid="donate:dan", giver=bank.dan, fund=bank.fund, minutes=gives, by=cast.dan.id)


def test_a_passbook_that_lost_more_than_half_in_a_month(family: Family, cast: Cast, clock: Any) -> None:
    with transaction():
        fall(family, cast, clock, had=240, gives=121)
        (found,) = seen(FlagKind.FALLING)
    assert (found.about_id, found.facts["then"], found.facts["now"]) == (cast.dan.id, 240, 119)


@pytest.mark.parametrize(("had", "gives"), [(240, 120), (239, 200)], ids=["half", "a small one"])
def test_a_passbook_that_is_used(family: Family, cast: Cast, clock: Any, had: int, gives: int) -> None:
    with transaction():
        fall(family, cast, clock, had=had, gives=gives)
        assert seen(FlagKind.FALLING) == []


# --- what is written down, and who sees it ---------------------------------------------------------------------------


@pytest.fixture
def lead(cast: Cast) -> Person:
    with transaction():
        return make_staff(role=Role.SAFEGUARDING_LEAD, name="夏敏")


def flags() -> list[RedFlag]:
    database.expire_all()
    return list(database.query(RedFlag))


def test_the_nightly_job_writes_a_finding_down_once(cast: Cast, clock: Any) -> None:
    with transaction():
        serve(cast.volunteer, cast.elder, 4, checked_in_how="late")
    look_for_patterns()
    look_for_patterns()
    (flag,) = flags()
    assert (flag.kind, flag.state, flag.community_code) == ("late_entries", "new", COMMUNITY)
    with transaction():
        serve(cast.volunteer, make_elder(), 1, checked_in_how="late")
    look_for_patterns()
    assert [each.facts["late"] for each in flags()] == [5]
    clock.forward(days=20)
    look_for_patterns()
    assert len(flags()) == 2, "the next month it is a finding of its own"


def test_what_somebody_has_looked_at_stays_as_she_saw_it(cast: Cast, lead: Person) -> None:
    with transaction():
        serve(cast.volunteer, cast.elder, 4, checked_in_how="late")
        flagging.look_for_flags(COMMUNITY)
        flagging.look_at(acting(lead), flags()[0].id)
        serve(cast.volunteer, make_elder(), 1, checked_in_how="late")
        flagging.look_for_flags(COMMUNITY)
    assert [each.facts["late"] for each in flags()] == [4]


@pytest.fixture
def flagged(cast: Cast, lead: Person) -> RedFlag:
    with transaction():
        serve(cast.volunteer, cast.elder, 4, checked_in_how="late")
        flagging.look_for_flags(COMMUNITY)
    return flags()[0]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_lead_reads_it_looks_and_settles(
    flagged: RedFlag, lead: Person, log_in: Callable[..., Any], lang: str
) -> None:
    client = log_in(lead)
    where = f"/c/reports/flags/{flagged.id}"
    text = client.get(f"/c/reports/flags?lang={lang}").get_data(as_text=True)
    assert "李博" in text
    assert client.get(where).status_code == 200
    assert client.post(f"{where}/look").status_code == 303
    empty = client.post(f"{where}/settle", data={"note": "  "})
    assert empty.status_code == 422
    done = client.post(f"{where}/settle", data={"note": "Paper list of the power cut, seen."})
    assert done.status_code == 303
    (flag,) = flags()
    assert (flag.state, flag.seen_by, flag.note) == (FlagState.SETTLED, lead.id, "Paper list of the power cut, seen.")
    assert client.post(f"{where}/settle", data={"note": "again"}).status_code == 409
    assert {entry.verb for entry in database.query(AuditEntry).filter_by(actor_id=lead.id)} >= {
        "flag.looked_at", "flag.settled",
    }  # fmt: skip
    assert "Paper list" in client.get(where).get_data(as_text=True)


def test_a_name_finds_its_flags(flagged: RedFlag, lead: Person, log_in: Callable[..., Any]) -> None:
    client = log_in(lead)
    assert flagged.id in client.get("/c/reports/flags?state=all&q=李博").get_data(as_text=True)
    assert flagged.id not in client.get("/c/reports/flags?state=all&q=邓丹").get_data(as_text=True)
    assert flagged.id not in client.get("/c/reports/flags?state=settled").get_data(as_text=True)


def test_nobody_but_the_lead_of_the_community_sees_flags(
    flagged: RedFlag, cast: Cast, log_in: Callable[..., Any]
) -> None:
    where = f"/c/reports/flags/{flagged.id}"
    for person in (cast.lin, cast.auditor, cast.admin, cast.guo, cast.bo, cast.chen):
        assert log_in(person).get("/c/reports/flags").status_code == 403
        assert log_in(person).get(where).status_code == 403
    with transaction():
        other = make_staff(role=Role.SAFEGUARDING_LEAD, unit_code=OTHER_COMMUNITY)
    assert log_in(other).get(where).status_code == 404
    assert log_in(other).post(f"{where}/look").status_code == 404


def test_a_lead_who_helps_too_never_sees_a_flag_that_names_her(
    flagged: RedFlag, cast: Cast, session: Any, log_in: Callable[..., Any]
) -> None:
    with transaction():
        for person in (cast.bo, cast.dan):
            database.add(
                Membership(person_id=person.id, unit_code=COMMUNITY, role=Role.SAFEGUARDING_LEAD, since=wall.now())
            )
        ring = RedFlag(
            kind=FlagKind.RING, community_code=COMMUNITY, about_id=cast.chen.id, other_id=cast.mei.id, mark="x",
            note="", facts={"days": 90, "legs": [{"from": cast.chen.id, "to": cast.mei.id, "minutes": 60},
                                        {"from": cast.mei.id, "to": cast.bo.id, "minutes": 60},
                                        {"from": cast.bo.id, "to": cast.chen.id, "minutes": 60}]},
            found_at=wall.now(), state=FlagState.NEW,
        )  # fmt: skip
        database.add(ring)
    for flag in (flagged, ring):
        assert log_in(cast.bo).get(f"/c/reports/flags/{flag.id}").status_code == 404
        assert flag.id not in log_in(cast.bo).get("/c/reports/flags").get_data(as_text=True)
        assert log_in(cast.dan).get(f"/c/reports/flags/{flag.id}").status_code == 200
