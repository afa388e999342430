"""The pages of rules: read by everybody who may, proposed in one's own words, decided by somebody else."""

from collections.abc import Callable
from typing import Any

import pytest

from app.db import transaction
from app.rulepacks.queries import setting
from tests.conftest import Clock, Visitor
from tests.house.test_sources import FILE
from tests.people import COMMUNITY, Cast
from tests.rulepacks.support import FIRST, take_over

LogIn = Callable[[Any], Visitor]
CIRCLE = f"/c/rules/keys/gift_circle/{{}}?unit={COMMUNITY}"
WORDS = {
    "zh": ("配偶\n子女", "配偶 · 子女", "现有"),
    "en": ("Spouse\nchildren", "spouse · children", "Holds now"),
}


@pytest.mark.parametrize("language", WORDS)
def test_a_rule_is_proposed_in_ones_own_words_and_decided_by_a_colleague(
    log_in: LogIn, cast: Cast, session: Any, language: str
) -> None:
    typed, shown, now = WORDS[language]
    form = {"value": typed, "starts_on": FIRST.isoformat(), "reason": "居民会议决定", "source": "会议纪要 3 号"}
    lin, other = log_in(cast.lin), log_in(cast.approver)
    preview = lin.post(CIRCLE.format("preview") + f"&lang={language}", data=form)
    assert preview.status_code == 200
    for words in (shown, now, "会议纪要 3 号"):
        assert words in preview.text
    assert setting(COMMUNITY, "gift_circle", on=FIRST) == ["spouse", "parents", "grandparents", "parents_in_law"]
    there = lin.post(CIRCLE.format("propose") + f"&lang={language}", data=form).headers["Location"]
    assert lin.post(f"{there}/approve").status_code == 303, "refused with a sentence on the page"
    session.expire_all()
    assert setting(COMMUNITY, "gift_circle", on=FIRST) == ["spouse", "parents", "grandparents", "parents_in_law"]
    page = other.get(f"{there}?lang={language}").text
    assert shown in page
    assert other.post(f"{there}/approve").status_code == 303
    session.expire_all()
    assert setting(COMMUNITY, "gift_circle", on=FIRST) == ["spouse", "children"]
    assert shown in lin.get(f"/c/rules?unit={COMMUNITY}&lang={language}").text, "told as coming"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("wizards", "“wizards” is not one of the words that are known here."),
        ("spouse\nspouse", "A word stands there twice."),
    ],
)
def test_what_cannot_stand_is_said_beside_the_field_and_what_was_typed_stays(
    log_in: LogIn, cast: Cast, value: str, sentence: str
) -> None:
    form = {"value": value, "starts_on": FIRST.isoformat(), "reason": "x"}
    page = log_in(cast.lin).post(CIRCLE.format("preview") + "&lang=en", data=form)
    assert page.status_code == 422
    assert sentence in page.text
    assert value.split("\n")[0] in page.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_say_what_a_city_pack_sets_and_what_is_inherited_and_name_no_file(
    log_in: LogIn, cast: Cast, clock: Clock, language: str
) -> None:
    inherited = {"zh": "沿用默认</span>", "en": "inherited from the default</span>"}[language]
    with transaction():
        take_over(cast, clock, "nanjing-2019")
    lin = log_in(cast.lin)
    for path in (f"/c/rules?unit={COMMUNITY}", f"/public/rules?unit={COMMUNITY}"):
        page = lin.get(f"{path}&lang={language}").text
        assert page.count(inherited) == 126 - 6, path
        assert not FILE.search(page.partition("<main")[2]), path
    own = lin.get(f"/c/rules/keys/store_cap_min?unit={COMMUNITY}&lang={language}").text
    assert own.count(inherited) == 1, "in its history only"
    rest = lin.get(f"/c/rules/packs/nanjing-2019?unit={COMMUNITY}&lang={language}").text
    assert rest.count(inherited) == 126 - 6
