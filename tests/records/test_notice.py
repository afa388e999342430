"""New certificates are announced inside the unit that issued them, for as many days as the rules of their day ask."""

from datetime import timedelta
from typing import Any

import pytest

from app import clock as wall
from app.access.actor import Actor
from app.db import session as database
from app.db import transaction
from app.records.models import Certificate, CertificatePaper
from app.records.notice_queries import Announced, announced, on_notice
from app.rulechanges.effects import effects_of
from tests.conftest import Clock
from tests.factories import COMMUNITY, ZONE, make_rule
from tests.people import DISTRICT, Cast
from tests.records.support import certified, days_ago, name_issuer, revoked, served
from tests.support.counting import count_of


def read_by(actor: Actor, words: str = "") -> list[Announced]:
    return announced([tuple(row) for row in database.execute(on_notice(actor, words))])


@pytest.fixture
def certificate(people: Cast) -> Certificate:
    name_issuer(people)
    served(people, minutes=42)
    return certified(people)


def test_neighbours_read_its_number_its_time_and_a_masked_name(people: Cast, certificate: Certificate) -> None:
    for reader in (people.chen, people.mei, people.dan, people.guo, people.lin, people.auditor, people.admin):
        (line,) = read_by(people.actor(reader))
        assert (line.number, line.name, line.minutes) == (certificate.printed_number, "李*", 42)
        assert (line.issued_on, line.until) == (days_ago(0), days_ago(-7))
        assert not line.is_revoked


def test_nobody_elsewhere_reads_it(people: Cast, certificate: Certificate) -> None:
    assert read_by(people.actor(people.xu)) == []


def test_it_stands_there_on_its_day_and_the_seven_that_follow(
    people: Cast, certificate: Certificate, clock: Clock
) -> None:
    reader = people.actor(people.chen)
    clock.move_to(wall.instant(days_ago(-7), 24 * 60 - 1, ZONE))
    assert len(read_by(reader)) == 1
    clock.forward(minutes=1)
    assert read_by(reader) == []


@pytest.mark.parametrize(("days", "last"), [(30, 30), (3, 3), (0, None)])
def test_the_rules_of_its_day_decide(people: Cast, clock: Clock, days: int, last: int | None) -> None:
    make_rule(DISTRICT, {"certificate_notice_days": days}, days_ago(2))
    name_issuer(people)
    served(people)
    certified(people)
    start, seen = days_ago(0), []
    for day in range(40):
        clock.move_to(wall.instant(start + timedelta(days=day), 600, ZONE))
        seen += [day] * len(read_by(people.actor(people.chen)))
    assert seen == ([] if last is None else list(range(last + 1)))


@pytest.mark.parametrize("days", [0, 2, 60])
def test_a_later_rule_neither_lengthens_nor_ends_a_notice(
    people: Cast, certificate: Certificate, clock: Clock, days: int
) -> None:
    make_rule(COMMUNITY, {"certificate_notice_days": days}, days_ago(-3))
    start, seen = days_ago(0), []
    for day in range(12):
        clock.move_to(wall.instant(start + timedelta(days=day), 600, ZONE))
        lines = read_by(people.actor(people.chen))
        assert [line.until for line in lines] == [start + timedelta(days=7)] * len(lines)
        seen += [day] * len(lines)
    assert seen == list(range(8))


def test_where_the_rules_let_no_name_be_shown_none_is(people: Cast, certificate: Certificate) -> None:
    make_rule(COMMUNITY, {"volunteer_name_public": "never"}, days_ago(0))
    (line,) = read_by(people.actor(people.chen))
    assert (line.number, line.name) == (certificate.printed_number, "")


def test_an_erased_paper_leaves_number_and_time(people: Cast, certificate: Certificate) -> None:
    database.delete(database.get(CertificatePaper, certificate.id))
    (line,) = read_by(people.actor(people.chen))
    assert (line.number, line.name, line.minutes) == (certificate.printed_number, "", 42)


def test_what_was_revoked_is_said_so(people: Cast, certificate: Certificate) -> None:
    revoked(people, certificate)
    (line,) = read_by(people.actor(people.chen))
    assert line.is_revoked


def test_a_number_is_found_and_a_name_is_not(people: Cast, certificate: Certificate) -> None:
    reader = people.actor(people.chen)
    assert [line.number for line in read_by(reader, certificate.printed_number)] == [certificate.printed_number]
    assert len(read_by(reader, "000001")) == 1
    assert [read_by(reader, words) for words in ("000002", "李博", "李", "9" * 30)] == [[], [], [], []]


def test_a_change_of_the_rule_says_what_stands_there_now(people: Cast, certificate: Certificate) -> None:
    (told,) = effects_of(DISTRICT, "certificate_notice_days", 7, 14)
    assert (told["n"], told["now"], told["was"], told["days_new"]) == (1, 1, 7, 14)


# Pages ----------------------------------------------------------------------------------------------------------------


def issued(people: Cast) -> Certificate:
    with transaction():
        name_issuer(people)
        served(people)
        return certified(people)


def test_the_page_names_nobody_and_says_whom_to_call(stored: Cast, log_in: Any) -> None:
    certificate = issued(stored)
    for who in (stored.chen, stored.mei, stored.dan, stored.guo, stored.auditor):
        for lang, words in (("zh", "新开具的证明"), ("en", "New certificates")):
            answer = log_in(who).get(f"/notice/certificates?lang={lang}")
            said = answer.get_data(as_text=True)
            assert answer.status_code == 200
            assert words in said
            assert certificate.printed_number in said
            assert "李*" in said
            assert "tel:" in said
            assert [fact for fact in ("李博", "陈桂英", certificate.code, certificate.id) if fact in said] == []


def test_a_stranger_is_asked_to_sign_in(stored: Cast, client: Any) -> None:
    issued(stored)
    assert client.get("/notice/certificates").status_code == 401
    assert client.get("/public").get_data(as_text=True).count("/notice/certificates") == 0


def test_who_asks_for_one_reads_before_what_will_stand_there(stored: Cast, log_in: Any) -> None:
    with transaction():
        served(stored)
    said = log_in(stored.bo).get("/v/record/certificates?lang=en").get_data(as_text=True)
    assert "For 7 days people of the community can read" in said
    assert "李*" in said
    with transaction():
        make_rule(COMMUNITY, {"volunteer_name_public": "never"}, days_ago(0))
    assert "No name stands there." in log_in(stored.bo).get("/v/record/certificates?lang=en").get_data(as_text=True)


def test_a_longer_list_asks_no_more_of_the_database(stored: Cast, log_in: Any) -> None:
    numbers = {issued(stored).printed_number}
    one = count_of(lambda: log_in(stored.chen).get("/notice/certificates"))
    for ago in (4, 5, 6, 7):
        with transaction():
            served(stored, ago=ago)
            numbers.add(certified(stored, from_day=days_ago(9)).printed_number)
    said = log_in(stored.chen).get("/notice/certificates").get_data(as_text=True)
    assert [number for number in numbers if number not in said] == []
    assert count_of(lambda: log_in(stored.chen).get("/notice/certificates")) <= one
