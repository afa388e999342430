"""The trail on a page, and the line in it for whoever opens an elder's file."""

import ast
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.audit.models import AuditEntry
from app.audit.service import record
from app.audit.words import GROUPS, VERBS
from app.db import transaction
from app.desk.service import set_standing
from app.ledger.models import State
from app.people.models import Role
from tests.factories import COMMUNITY, make_elder, make_staff
from tests.house.source import python_files
from tests.ledger.conftest import open_bank
from tests.people import Cast

LogIn = Callable[[Any], Any]
FAMILIES = {  # verbs told at run time: their first word, and what may follow
    "account": ("open", "frozen", "closed"), "ledger": ("propose", "approve", "refuse"),
    "match": ("lock", "forbid"), "record": ("approve", "refuse", "withdraw"),
    "rules": ("approve", "refuse", "withdraw"), "visit": ("late", "no_answer", "concern", "dropped_out", "dispute"),
    "volunteer": ("active", "paused", "probation", "refused", "left"), "flag": (),
}  # fmt: skip


def openings(session: Any, elder_id: str) -> list[AuditEntry]:
    session.rollback()
    rows = select(AuditEntry).where(AuditEntry.verb == "elder.open", AuditEntry.subject == f"elder:{elder_id}")
    return list(session.scalars(rows.order_by(AuditEntry.id)))


@pytest.fixture
def people(cast: Cast) -> Cast:
    """The cast, stored."""
    with transaction():
        pass
    return cast


# Who opened her file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/c/elders/{}", "/c/elders/{}/edit", "/c/elders/{}/card", "/g/elders/{}"])
def test_whoever_opens_a_file_stands_in_the_trail(people: Cast, session: Any, log_in: LogIn, path: str) -> None:
    chen, lin = people.chen.id, people.lin.id
    assert log_in(people.lin).get(path.format(chen)).status_code == 200
    (line,) = openings(session, chen)
    assert (line.actor_id, line.unit_code, line.detail) == (lin, people.chen.unit_code, {})


def test_one_line_for_each_person_elder_and_day(people: Cast, session: Any, log_in: LogIn, clock: Any) -> None:
    with transaction():
        other = make_elder().person_id
    chen, lin, guo = people.chen.id, people.lin.id, people.guo.id
    for person in (people.lin, people.lin, people.guo):
        for page in (f"/c/elders/{chen}", f"/g/elders/{chen}", f"/c/elders/{other}"):
            assert log_in(person).get(page).status_code == 200
    assert [line.actor_id for line in openings(session, chen)] == [lin, guo]
    assert len(openings(session, other)) == 2
    clock.forward(days=1)
    log_in(people.lin).get(f"/c/elders/{chen}")
    assert [line.actor_id for line in openings(session, chen)] == [lin, guo, lin]


def test_who_was_refused_opened_nothing(people: Cast, session: Any, log_in: LogIn, client: Any) -> None:
    chen = people.chen.id
    assert client.get(f"/c/elders/{chen}").status_code != 200
    assert log_in(people.xu).get(f"/c/elders/{chen}").status_code == 404
    assert log_in(people.bo).get(f"/c/elders/{chen}").status_code == 403
    assert log_in(people.auditor).get(f"/c/elders/{chen}").status_code == 403
    log_in(people.lin).get("/c/elders")
    log_in(people.chen).get("/me")
    assert openings(session, chen) == []


def test_a_database_that_is_busy_costs_no_page(
    people: Cast, session: Any, log_in: LogIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_given: Any, **_named: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    visitor = log_in(people.lin)
    monkeypatch.setattr("app.audit.views.note_opening", busy)
    answer = visitor.get(f"/c/elders/{people.chen.id}?lang=zh")
    assert answer.status_code == 200
    assert "陈桂英" in answer.get_data(as_text=True)
    assert f"could not note that {people.lin.id} opened" in caplog.text
    assert openings(session, people.chen.id) == []


# The page ------------------------------------------------------------------------------------------------------------


def text_of(visitor: Any, address: str) -> str:
    answer = visitor.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.get_data(as_text=True))


def test_who_opened_her_file_is_one_tap_away(people: Cast, log_in: LogIn) -> None:
    chen = people.chen.id
    log_in(people.guo).get(f"/g/elders/{chen}")
    assert f"/c/audit?about=elder:{chen}" in text_of(log_in(people.lin), f"/c/elders/{chen}").replace("%3A", ":")
    for person in (people.lin, people.auditor):
        text = text_of(log_in(person), f"/c/audit?about=elder:{chen}&lang=en")
        assert "Opened her file" in text
        assert "郭强" in text
        assert "Only lines about 陈桂英" in text


def test_nobody_reads_the_trail_of_another_unit(people: Cast, log_in: LogIn) -> None:
    chen = people.chen.id
    with transaction():
        record(people.lin.id, "elder.change", f"elder:{chen}", unit_code=COMMUNITY)
    text = text_of(log_in(people.xu), f"/c/audit?about=elder:{chen}&lang=en")
    assert "No record fits" in text
    assert "陈桂英" not in text
    assert "林慧" not in text_of(log_in(people.xu), "/c/audit?lang=en")
    for person in (people.guo, people.bo, people.chen, people.mei, people.admin):
        assert log_in(person).get("/c/audit").status_code == 403


def test_a_name_and_a_group_find_their_lines(people: Cast, log_in: LogIn) -> None:
    with transaction():
        record(people.guo.id, "elder.change", f"elder:{people.chen.id}", unit_code=COMMUNITY)
        record(people.bo.id, "times.set", f"volunteer:{people.bo.id}", unit_code=COMMUNITY)
    lin = log_in(people.lin)
    found = text_of(lin, "/c/audit?q=郭强&lang=en")
    assert "Changed what is written down about her" in found
    assert "Set when she or he is free" not in found
    volunteers = text_of(lin, "/c/audit?group=volunteers&lang=en")
    assert "Set when she or he is free" in volunteers
    assert "Changed what is written down about her" not in volunteers
    assert "No record fits" in text_of(lin, "/c/audit?q=%25&lang=en")
    text_of(lin, "/c/audit?group=nonsense&about=&page=99&lang=zh")


def test_a_long_trail_comes_a_page_at_a_time(people: Cast, log_in: LogIn) -> None:
    with transaction():
        for number in range(60):
            record(people.guo.id, "team.make", "team:00", unit_code=COMMUNITY, detail={"n": number})
    lin = log_in(people.lin)
    assert "1 to 25 of 60" in text_of(lin, "/c/audit?about=team:00&lang=en")
    assert "51 to 60 of 60" in text_of(lin, "/c/audit?about=team:00&page=3&lang=en")


def test_a_match_leads_to_its_plan(people: Cast, log_in: LogIn) -> None:
    with transaction():
        record(None, "match.run", "match_run:00aa", unit_code=COMMUNITY)
    assert '/c/runs/00aa"' in text_of(log_in(people.lin), "/c/audit?group=matches&lang=en")
    assert "/c/runs/00aa" not in text_of(log_in(people.auditor), "/c/audit?group=matches&lang=en")
    assert "by itself" in text_of(log_in(people.auditor), "/c/audit?group=matches&lang=en")


def test_a_red_flag_is_told_to_nobody_here(people: Cast, log_in: LogIn) -> None:
    with transaction():
        lead = make_staff(role=Role.SAFEGUARDING_LEAD)
        record(lead.id, "flag.settled", "red_flag:0011223344556677", unit_code=COMMUNITY)
    for person in (people.lin, people.auditor, lead):
        assert "red_flag" not in text_of(log_in(person), "/c/audit?lang=en")


def test_what_is_done_to_an_account_is_read_where_its_owner_lives(people: Cast, log_in: LogIn) -> None:
    with transaction():
        bank = open_bank(people)
        set_standing(people.actor(people.lin), bank.bo, State.FROZEN, "lost phone")
    text = text_of(log_in(people.auditor), "/c/audit?group=minutes&lang=en")
    assert "Stopped an account" in text
    assert "Stopped an account" not in text_of(log_in(people.xu), "/c/audit?group=minutes&lang=en")


# Words ---------------------------------------------------------------------------------------------------------------


def verbs_in_the_source() -> set[str]:
    """Every verb that the product's code writes into the trail, as far as it stands there as one word."""
    found = set[str]()
    for source in python_files("app"):
        if "audit.service" not in source.text and "_note(" not in source.text:
            continue
        for node in source.nodes():
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in VERBS:
                found.add(node.value)
            call = node if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "record" else None
            if call and isinstance(call.args[1], ast.Constant):
                found.add(str(call.args[1].value))
            if call and isinstance(call.args[1], ast.JoinedStr):
                first = call.args[1].values[0]
                assert isinstance(first, ast.Constant)
                family = str(first.value).removesuffix(".")
                assert family in FAMILIES, f"{source.name}: say in FAMILIES what may follow {family}."
                found |= {f"{family}.{each}" for each in FAMILIES[family]}
    return found


def test_every_verb_has_words_and_a_group() -> None:
    missing = sorted(verbs_in_the_source() - set(VERBS))
    assert not missing, f"app/audit/words.py has no words for {missing}"
    firsts = {first for _words, group in GROUPS.values() for first in group}
    assert {verb.split(".")[0] for verb in VERBS} - firsts == {"demo"}
