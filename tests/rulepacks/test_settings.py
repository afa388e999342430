"""Settings: dated, attached to a unit, inherited downwards."""

from datetime import date
from typing import Any

import pytest

from app.rulepacks.queries import setting, setting_row, settings_of
from app.rulepacks.service import load_neutral_pack, load_pack, neutral_pack
from tests.people import COMMUNITY, DISTRICT, GRID3, OTHER_COMMUNITY, cast

DAY = date(2026, 6, 16)


def test_the_neutral_pack_holds_everywhere_and_may_be_loaded_again(session: Any) -> None:
    cast(session)
    assert load_neutral_pack() == 0
    held = {row.key: row.value for row in settings_of(GRID3, on=DAY)}
    assert held == {entry["key"]: entry["value"] for entry in neutral_pack()["settings"]}
    assert len(held) == 104
    assert setting_row(None, "minutes_per_coin", on=DAY).zh


def test_the_nearest_unit_above_decides(session: Any) -> None:
    cast(session)
    load_pack(DISTRICT, {"probation_visits": 3}, date(2026, 2, 1))
    load_pack(COMMUNITY, {"probation_visits": 1}, date(2026, 1, 1))
    assert setting(GRID3, "probation_visits", on=DAY) == 1
    assert setting(DISTRICT, "probation_visits", on=DAY) == 3
    assert setting(OTHER_COMMUNITY, "probation_visits", on=DAY) == 2
    assert setting_row(COMMUNITY, "probation_visits", on=DAY).en


def test_a_later_value_holds_from_its_day(session: Any) -> None:
    cast(session)
    load_pack(COMMUNITY, {"offer_reply_by": "21:00"}, date(2026, 6, 17))
    assert setting(COMMUNITY, "offer_reply_by", on=DAY) == "20:00"
    assert setting(COMMUNITY, "offer_reply_by", on=date(2026, 6, 17)) == "21:00"


def test_a_value_loaded_again_is_changed_and_not_doubled(session: Any) -> None:
    cast(session)
    for value in (5, 6):
        assert load_pack(COMMUNITY, {"probation_visits": value}, DAY) == 1
    assert load_pack(COMMUNITY, {"probation_visits": 6}, DAY) == 0
    assert setting(COMMUNITY, "probation_visits", on=DAY) == 6


def test_a_key_that_no_pack_has_is_an_error(session: Any) -> None:
    cast(session)
    with pytest.raises(KeyError):
        setting(COMMUNITY, "nothing", on=DAY)
    with pytest.raises(KeyError):
        setting(COMMUNITY, "probation_visits", on=date(2025, 12, 31))
