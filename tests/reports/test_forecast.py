"""The forecast of coverage, figure by figure: what is said, what is not, and what its assumptions do."""

from dataclasses import replace
from datetime import date

import pytest

from app.reports import chart
from app.reports.forecast import Assumptions, Facts, Period, forecast, quarters_from, share_spent

TODAY = date(2026, 10, 1)  # the first day of a quarter of 92 days
STEADY = Facts(
    periods=(Period(2_800, 10),) * 6, stored=10_000, may_spend=4_000, quarter_spent=1_000,
    quarter_start_may_spend=5_000, quarter_paid_by_funds=910,
)  # fmt: skip


def test_quarters_are_those_of_the_calendar_and_the_first_is_what_is_left_of_the_present_one() -> None:
    assert quarters_from(date(2026, 11, 25), 3) == [
        (date(2026, 11, 25), date(2026, 12, 31)), (date(2027, 1, 1), date(2027, 3, 31)),
        (date(2027, 4, 1), date(2027, 6, 30)),
    ]  # fmt: skip
    assert quarters_from(date(2024, 1, 31), 1) == [(date(2024, 1, 31), date(2024, 3, 31))]


def test_a_steady_past_goes_on_and_has_no_doubt_about_it() -> None:
    first = forecast(STEADY, TODAY)[0]
    assert first.low == first.middle == first.high == round(2_800 * 92 / 28)
    assert first.by_holders == round(4_000 * 0.2 * 92 / 91)
    assert first.by_funds == round(910 * 92 / 91)
    assert first.coverage_pct == round(100 * first.middle / (first.by_holders + first.by_funds))
    assert not first.is_short


def test_an_unsteady_past_gives_a_band_around_its_middle() -> None:
    wild = replace(STEADY, periods=tuple(Period(minutes, 10) for minutes in (2_000, 2_400, 2_800, 3_200, 3_600)))
    first = forecast(wild, TODAY)[0]
    assert first.low < first.middle < first.high
    assert abs(first.middle - 2_800 * 92 / 28) < 700
    assert forecast(wild, TODAY) == forecast(wild, TODAY), "the same question has the same answer"


@pytest.mark.parametrize(
    "periods", [(), (Period(100, 2),) * 2, (Period(100, 2), Period(0, 0), Period(0, 0), Period(9, 1))]
)
def test_with_too_little_past_nothing_is_said(periods: tuple[Period, ...]) -> None:
    assert forecast(replace(STEADY, periods=periods), TODAY) == []


def test_three_periods_with_visits_are_enough() -> None:
    assert len(forecast(replace(STEADY, periods=(Period(100, 2),) * 3), TODAY)) == 8


def test_more_volunteers_than_before_count_at_the_rate_of_the_past() -> None:
    grown = replace(STEADY, periods=(*(Period(1_400, 5),) * 5, *(Period(2_800, 10),) * 3))
    assert forecast(grown, TODAY)[0].middle == round(2_800 * 92 / 28)


def test_assumed_growth_adds_up_quarter_by_quarter() -> None:
    quarters = forecast(STEADY, TODAY, Assumptions(growth_pct=-10))
    assert quarters[2].middle == round(2_800 * 0.81 * 91 / 28)


def test_the_share_that_is_spent_is_measured_or_assumed_or_the_readers() -> None:
    assert share_spent(STEADY, Assumptions()) == 20
    assert share_spent(STEADY, Assumptions(spent_pct=0)) == 0
    assert share_spent(replace(STEADY, quarter_start_may_spend=0), Assumptions(spent_pct_unmeasured=25)) == 25
    assert share_spent(replace(STEADY, quarter_spent=9_000), Assumptions()) == 100


def test_holders_who_reach_the_age_add_to_what_may_be_spent_in_the_quarter_after() -> None:
    coming = ((date(2026, 10, 1), 500), (date(2026, 12, 31), 700), (date(2027, 1, 1), 40))
    grown = forecast(replace(STEADY, coming=coming), TODAY)
    plain = forecast(STEADY, TODAY)
    assert grown[0].may_spend == plain[0].may_spend
    assert grown[1].may_spend - plain[1].may_spend == 1_200


def test_what_older_volunteers_earn_may_be_spent_by_them() -> None:
    older = replace(STEADY, quarter_earned=1_000, quarter_earned_by_old=500)
    first, second = forecast(older, TODAY)[:2]
    assert second.may_spend == round(first.may_spend - 4_000 * 0.2 * 92 / 91 + first.middle / 2)


def test_a_shortage_to_come_is_seen_early() -> None:
    crowded = replace(STEADY, may_spend=200_000)
    first = forecast(crowded, TODAY)[0]
    assert first.is_short
    assert (first.run_pct or 0) < (first.coverage_pct or 0) < 100


def test_two_years_of_past_are_drawn_by_season() -> None:
    year = [Period(280, 10)] * 13
    year[6] = year[7] = year[8] = Period(5_600, 10)  # a busy summer
    facts = replace(STEADY, periods=tuple(year * 2))
    assert forecast(facts, TODAY)[0].high < 5_600 * 92 / 28
    assert max(quarter.middle for quarter in forecast(facts, TODAY)) > forecast(facts, TODAY)[0].middle


def test_the_drawing_holds_every_quarter_inside_its_frame() -> None:
    drawing = chart.draw(forecast(STEADY, TODAY))
    assert drawing is not None
    assert len(drawing.columns) == len(drawing.middle) == len(drawing.asked) == 8
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.bottom for x, y in (*drawing.middle, *drawing.asked))
    assert drawing.levels[0] == (drawing.bottom, 0)
    assert [hours for _y, hours in drawing.levels] == sorted({hours for _y, hours in drawing.levels})
    assert drawing.columns[0][1] == "26Q4"
    assert chart.draw([]) is None
