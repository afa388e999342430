"""Settings: dated, attached to a unit, inherited downwards, and never altered."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.rulepacks.packs import neutral_pack
from app.rulepacks.queries import above, history, setting, setting_row, settings_of
from app.rulepacks.service import load_neutral_pack
from tests.factories import make_rule
from tests.people import COMMUNITY, DISTRICT, GRID3, OTHER_COMMUNITY, Cast
from tests.rulepacks.support import proposed

DAY = date(2026, 6, 16)


def test_the_neutral_pack_holds_everywhere_and_may_be_loaded_again(people: Cast) -> None:
    assert load_neutral_pack() == 0
    held = {row.key: row.value for row in settings_of(GRID3, on=DAY)}
    assert held == {entry["key"]: entry["value"] for entry in neutral_pack()["settings"]}
    assert setting_row(None, "minutes_per_coin", on=DAY).source.startswith("published: 《北京市")


def test_the_nearest_unit_above_decides(people: Cast) -> None:
    make_rule(DISTRICT, {"probation_visits": 3}, date(2026, 2, 1))
    make_rule(COMMUNITY, {"probation_visits": 1}, date(2026, 1, 15))
    assert setting(GRID3, "probation_visits", on=DAY) == 1
    assert setting(DISTRICT, "probation_visits", on=DAY) == 3
    assert setting(OTHER_COMMUNITY, "probation_visits", on=DAY) == 2
    assert above(COMMUNITY, "probation_visits", on=DAY).value == 3


def test_a_later_value_holds_from_its_day_and_the_days_before_keep_theirs(people: Cast) -> None:
    make_rule(COMMUNITY, {"offer_reply_by": "21:00"}, date(2026, 6, 17))
    assert setting(COMMUNITY, "offer_reply_by", on=DAY) == "20:00"
    assert setting(COMMUNITY, "offer_reply_by", on=date(2026, 6, 17)) == "21:00"


def test_of_two_changes_for_the_same_day_the_later_one_holds(people: Cast) -> None:
    for value in (5, 6):
        make_rule(COMMUNITY, {"probation_visits": value}, DAY)
    assert setting(COMMUNITY, "probation_visits", on=DAY) == 6
    assert [row.value for row in history(COMMUNITY, "probation_visits")] == [6, 5, 2]


def test_a_unit_can_go_back_to_what_holds_above(people: Cast) -> None:
    make_rule(DISTRICT, {"probation_visits": 3}, date(2026, 2, 1))
    make_rule(COMMUNITY, {"probation_visits": 1}, date(2026, 3, 1))
    make_rule(COMMUNITY, {"probation_visits": None}, DAY)
    assert setting(COMMUNITY, "probation_visits", on=DAY) == 3
    assert setting(COMMUNITY, "probation_visits", on=date(2026, 6, 15)) == 1


def test_a_key_that_no_pack_has_is_an_error(people: Cast) -> None:
    with pytest.raises(KeyError):
        setting(COMMUNITY, "nothing", on=DAY)
    with pytest.raises(KeyError):
        setting(COMMUNITY, "probation_visits", on=date(2025, 12, 31))


NEW = (
    "INSERT INTO setting (unit_code, key, value, effective_from, pack, source, change_id, made_at)"
    " VALUES ({unit}, '{key}', '{value}', '{day}', '', '', {change}, '2026-06-16 01:00:00.000000')"
)
ATTACKS = {
    "raise a cap that holds": "UPDATE setting SET value = '999999' WHERE key = 'store_cap_min'",
    "move a rule into the past": "UPDATE setting SET effective_from = '2025-01-01' WHERE key = 'store_cap_min'",
    "forget a rule": "DELETE FROM setting WHERE key = 'store_cap_min'",
    "a second default": NEW.format(unit="NULL", key="store_cap_min", value="1", day="2026-01-02", change="NULL"),
    "a rule nobody agreed to": NEW.format(
        unit=f"'{COMMUNITY}'", key="store_cap_min", value="1", day="2026-06-20", change="NULL"
    ),
    "a rule of a change about something else": NEW.format(
        unit=f"'{COMMUNITY}'", key="store_cap_min", value="1", day="2026-06-16", change=":change"
    ),
    "another value than was agreed": NEW.format(
        unit=f"'{COMMUNITY}'", key="probation_visits", value="9", day="2026-06-16", change=":change"
    ),
    "another day than was agreed": NEW.format(
        unit=f"'{COMMUNITY}'", key="probation_visits", value="5", day="2026-06-01", change=":change"
    ),
    "the agreed rule stored again after it began": NEW.format(
        unit=f"'{COMMUNITY}'", key="probation_visits", value="5", day="2026-06-16", change=":change"
    ),
    "reword what was agreed": "UPDATE rule_entry SET value = '9' WHERE change_id = :change",
    "forget who agreed": "DELETE FROM rule_word WHERE change_id = :change",
    "add a line to what was agreed": (
        "INSERT INTO rule_entry (change_id, key, value, before, source) VALUES (:change, 'store_cap_min', '1', '1', '')"
    ),
    "approve one's own": (
        "INSERT INTO rule_word (change_id, person_id, step, reason, said_at)"
        " SELECT c.id, c.proposed_by, 'approve', '', '2026-06-16 01:00:00.000000' FROM rule_change c"
        " WHERE c.id = :waiting"
    ),
    "approve when it has begun": (
        "INSERT INTO rule_word (change_id, person_id, step, reason, said_at)"
        " VALUES (:waiting, 'somebody', 'approve', '', '2026-06-20 01:00:00.000000')"
    ),
    "take back what another proposed": (
        "INSERT INTO rule_word (change_id, person_id, step, reason, said_at)"
        " VALUES (:waiting, 'somebody', 'withdraw', '', '2026-06-16 01:00:00.000000')"
    ),
    "propose for yesterday": (
        "INSERT INTO rule_change (id, unit_code, starts_on, pack, reason, preview, proposed_by, proposed_at)"
        f" VALUES ('x', '{COMMUNITY}', '2026-06-15', '', 'r', '{{}}', 'p', '2026-06-16 01:00:00.000000')"
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_itself_refuses_to(attack: str, session: Any, people: Cast) -> None:
    agreed = make_rule(COMMUNITY, {"probation_visits": 5}, DAY)
    waiting = proposed(people, {"probation_visits": 7}, date(2026, 6, 18))
    session.flush()
    names = {"change": agreed.id, "waiting": waiting.id}
    given = {name: value for name, value in names.items() if f":{name}" in ATTACKS[attack]}
    before = setting(COMMUNITY, "store_cap_min", on=DAY)
    with pytest.raises(DBAPIError, match=r"guard|unique|UNIQUE"), session.begin_nested():
        session.execute(text(ATTACKS[attack]), given)
    assert setting(COMMUNITY, "store_cap_min", on=DAY) == before
