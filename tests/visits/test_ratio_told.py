"""Where time counts more than one to one, who helps and who is helped read beforehand that it may fall to one."""

from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.db import transaction
from tests.factories import ZONE, make_assignment, make_rule
from tests.people import COMMUNITY, cast
from tests.visits.support import paid_need

VOLUNTEER = {"en": "This time counts 1 to 1.5", "zh": "这次服务按1比1.5记时间"}
ELDER = {"en": "may count up to 1 to 1.5", "zh": "志愿者的时间最多按1比1.5记"}
FALLS = {"en": "When the fund is empty", "zh": "账户没有时间时，按1比1记"}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ratio", [15_000, 10_000])
def test_the_ratio_and_that_it_may_fall_is_said(session: Any, log_in: Any, ratio: int, lang: str) -> None:
    with transaction():
        people = cast(session)
        if ratio != 10_000:  # the neutral rule
            make_rule(COMMUNITY, {"ratio_bp_by_item": {"companion-chat": ratio}}, clock.today(ZONE) - timedelta(days=3))
        world = paid_need(people)
        offer = make_assignment(need=world.need, volunteer=people.volunteer, start_min=570, why=["skill", "near"])
    task = log_in(people.bo).get(f"/v/tasks/{offer.id}?lang={lang}").get_data(as_text=True)
    order = log_in(people.chen).get(f"/me/orders/{world.need.id}?lang={lang}").get_data(as_text=True)
    said = [VOLUNTEER[lang] in task, FALLS[lang] in task, ELDER[lang] in order, FALLS[lang] in order]
    assert said == [ratio > 10_000] * 4
