"""The preview counts on the real data, in sentences, before anybody is asked and again for who decides."""

from typing import Any

from flask_babel import force_locale

from app.ledger.service import ensure_person_account
from app.rulechanges import pages
from app.rulechanges.effects import effects_of
from app.rulechanges.phrases import sentences
from app.rulechanges.service import pack_proposal, preview_again, preview_of
from tests.people import COMMUNITY, OTHER_COMMUNITY, Cast
from tests.rulepacks.support import FIRST, proposed
from tests.visits.support import issue


def said(key: str, before: Any, after: Any, unit_code: str = COMMUNITY) -> str:
    with force_locale("en"):
        return " ".join(sentences(effects_of(unit_code, key, before, after)))


def test_a_lower_cap_says_who_is_above_it_and_that_nothing_is_lost(people: Cast) -> None:
    issue(people, ensure_person_account(people.bo.id), 700)
    issue(people, ensure_person_account(people.dan.id), 500)
    words = said("store_cap_min", 90_000, 600)
    assert "There are 2 passbooks here." in words
    assert "1 person is above the new limit, by 1 hour 40 minutes in all." in words
    assert "0 minutes are lost: the surplus stays, new surplus goes to the fund." in words
    assert "Nobody is above the new limit" in said("store_cap_min", 90_000, 600, OTHER_COMMUNITY)


def test_whoever_decides_sees_it_counted_again(people: Cast) -> None:
    change = proposed(people, {"store_cap_min": 600})
    issue(people, ensure_person_account(people.bo.id), 700)
    assert change.preview["store_cap_min"][1]["n"] == 0
    assert preview_again(change)["store_cap_min"][1] == {"say": "cap_above", "n": 1, "minutes": 100}


def test_a_rule_that_cannot_be_counted_says_why(people: Cast) -> None:
    assert said("cash_handling_cap_yuan", 200, 100).startswith("Not counted: the site keeps no receipts")


def test_a_preview_of_earlier_times_without_a_count_can_still_be_read() -> None:
    with force_locale("en"):
        assert sentences([])[0].startswith("No count can be computed")


def test_rules_of_which_the_same_is_true_are_told_together_and_equal_values_say_so(people: Cast) -> None:
    wanted = pack_proposal(COMMUNITY, "nanjing-2019", FIRST, "试行")
    with force_locale("en"):
        told = pages.told(preview_of(wanted), pages.proposed_lines(wanted))
    same = [names for names, sentences in told if sentences[0].startswith("The value stays as it is.")]
    assert same == [["Most that one person can store", "What happens above that limit",
                     "Age from which stored time can be used", "Time served as a team"]]  # fmt: skip
    assert sum(len(names) for names, _sentences in told) == len(wanted.values)
