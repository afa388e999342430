"""The pages tell where each value comes from, in the reader's language, and what a place inherits."""

from datetime import timedelta
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from app.org.queries import name_of
from app.rulechanges import pages
from app.rulechanges.service import approve_change, propose_pack
from app.rulechanges.sources import Source, source_of, source_of_row
from app.rulepacks.keys import KEYS
from app.rulepacks.models import Setting
from app.rulepacks.packs import shipped
from tests.conftest import Clock
from tests.factories import make_rule
from tests.house.test_sources import CHINESE, FILE
from tests.people import COMMUNITY, DISTRICT, GRID3, Cast
from tests.rulepacks.support import FIRST


def lines(unit_code: str = COMMUNITY) -> dict[str, pages.Line]:
    return {line.key: line for group in pages.groups(unit_code).values() for line in group}


def test_every_rule_shows_its_source_in_the_readers_language(people: Cast) -> None:
    for language, is_right in (("zh_Hans_CN", lambda words: CHINESE.search(words)), ("en", str.isascii)):
        with force_locale(language):
            shown = lines()
        assert list(shown) == list(KEYS)
        for line in shown.values():
            assert line.source.basis, line.key
            assert is_right(line.source.words.replace("’", "'")), line.source.words
            assert not FILE.search(line.source.words)


def test_after_a_city_pack_each_value_says_whether_it_is_inherited(people: Cast, clock: Clock) -> None:
    make_rule(DISTRICT, {"probation_visits": 3}, FIRST - timedelta(days=9))
    change = propose_pack(people.actor(people.lin), COMMUNITY, "nanjing-2019", FIRST, "试行")
    approve_change(people.actor(people.approver), change.id)
    clock.forward(days=1)
    pack = shipped()["nanjing-2019"]
    for key, line in lines().items():
        assert (line.is_own, line.is_default) == (pack.value(key) is not None, pack.value(key) is None
                                                  and key != "probation_visits"), key  # fmt: skip
    assert (lines()["probation_visits"].is_own, lines()["probation_visits"].where) == (False, name_of(DISTRICT))
    assert not lines(GRID3)["store_cap_min"].is_own
    with force_locale("en"):
        assert lines()["store_cap_min"].source.words.startswith("Nanjing, rules for the time bank of elder care, 2019")
        assert {one.source.words for one in pages.agreed_lines(pages.queries.standing(change))} == {
            pack.values[0].source_en
        }


def test_what_a_person_typed_is_told_as_she_typed_it_and_never_as_the_law(people: Cast) -> None:
    assert source_of("probation_visits", 3, pack="", stored="law: my own") == Source("", "law: my own")


def test_a_value_of_an_earlier_edition_is_not_given_the_source_of_this_one(session: Any, people: Cast) -> None:
    row = session.scalars(select(Setting).where(Setting.key == "forecast_months")).one()
    earlier = Setting(key=row.key, value=6, source="assumption: old_file.csv line 3", pack=row.pack, change_id=None)
    with force_locale("en"):
        assert source_of_row(row).words.endswith("chosen by us: one whole year holds every season once")
        assert source_of_row(earlier).words == "Neutral default rules, an earlier edition"
    assert source_of("store_cap_min", 1, pack="nanjing-2019", stored="published: 早先的文件").words == "早先的文件"
