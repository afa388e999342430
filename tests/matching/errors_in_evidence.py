"""Errors in what a result says of its plan: one row a kind (see planting)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.matching.planting import Document, Gone, add


def rows() -> Iterator[tuple[Any, ...]]:
    """Name, scene, rule, edits."""
    yield from _scores()
    yield from _claims()
    yield from _leftovers()
    yield from _changes()
    yield from _runners_up()


# --- scores and claims ---------------------------------------------------------------------------------------------


def _scores() -> Iterator[tuple[Any, ...]]:
    parts = ("priority", "regular", "gender", "language", "pair", "walking", "waiting", "fairness")
    for part in parts:
        for sign, word in ((1, "more"), (-1, "less")):
            yield f"one {word} of {part}", "street", "score", (f"r/matches/bath/score/{part}", add(sign))
            yield f"one {word} of {part} for two", "street", "score", (f"r/matches/lift/score/{part}", add(sign))
            yield f"one {word} of {part} by the table", "table", "score", (f"r/matches/cook/score/{part}", add(sign))
    yield "a part that there is not", "street", "score", ("r/matches/bath/score/luck", 0)
    yield "two parts trade a minute", "table", "score", ("r/matches/cook/score/walking", -11), (
        "r/matches/cook/score/waiting", -9,
    )  # fmt: skip
    wishes = ("regular", "language", "gender")
    for goal in (*wishes, "walking_minute", "waiting_minute", "served_hour_30d", "asked_recently"):
        yield f"{goal} weighs one more", "table", "score", (f"p/goals/{goal}", add(1))
    yield "the first task costs one more", "table", "score", ("p/goals/kth_task", [2, 4])
    yield "the second task costs one more", "table", "score", ("p/goals/kth_task", [1, 5])
    yield "the third task costs more", "table", "score", ("p/goals/kth_task", [1, 4, 5])
    yield "tasks cost nothing", "table", "score", ("p/goals/kth_task", [])
    yield "she served an hour more", "table", "score", ("p/volunteers/wu/served_30d_min", 60)
    yield "she was asked a day before", "table", "score", ("p/volunteers/xi/asked_days_ago", 3), (
        "p/volunteers/wu/asked_days_ago", 1,
    )  # fmt: skip
    yield "she was never asked", "table", "score", ("p/volunteers/wu/asked_days_ago", Gone)
    yield "she is no familiar face", "street", "score", ("p/needs/bath/regular", [])
    yield "another is a familiar face too", "street", "score", ("p/needs/lift/regular", ["bea", "ann"])
    yield "another gender is preferred", "table", "score", ("p/needs/cook/gender/value", "f")
    yield "another language is preferred", "table", "score", ("p/needs/wash/language/value", "fr")
    yield "the gender is required, not preferred", "table", "score", ("p/needs/cook/gender/required", True)
    yield "the pair has another score", "table", "score", ("p/pairs/0/score", 6)
    yield "the priority is one more", "street", "level", ("p/needs/shop/priority", 3)
    for level in ("serve", "care"):
        for sign, word in ((1, "more"), (-1, "less")):
            yield f"{level} is one {word}", "street", "level", (f"r/levels/{level}/value", add(sign))
        yield f"the bound of {level} is below its value", "table", "bound", (f"r/levels/{level}/bound", add(-1))
    yield "both levels trade their values", "street", "level", ("r/levels", _traded)


def _traded(levels: list[Document]) -> list[Document]:
    one, other = levels
    return [{**one, "value": other["value"]}, {**other, "value": one["value"]}]


def _claims() -> Iterator[tuple[Any, ...]]:
    street, table = "street", "table"
    for level in ("serve", "care"):
        yield f"the gap of {level} is too small", street, "gap", (f"r/levels/{level}/gap", 0.0)
        yield f"the gap of {level} is off by the last digit", street, "gap", (f"r/levels/{level}/gap", add(0.0002))
        yield f"{level} has a gap though it is proven", table, "gap", (f"r/levels/{level}/gap", 0.1)
        yield f"the bound of {level} comes from nowhere", street, "bound_from", (f"r/levels/{level}/bound_from", "hope")
        yield f"the bound of {level} has no source", table, "bound_from", (f"r/levels/{level}/bound_from", "")
        yield f"optimal though {level} has a gap", table, "status", (f"r/levels/{level}/bound", add(1))
    yield "optimal though both have gaps", street, "status", ("r/status", "optimal")
    yield "feasible though both are proven", table, "status", ("r/status", "feasible")
    yield "a status that there is not", street, "status", ("r/status", "perfect")
    yield "stopped by proof with gaps", street, "stopped_by", ("r/stopped_by", "proof")
    yield "stopped by time though proven", table, "stopped_by", ("r/stopped_by", "time")
    yield "stopped by rounds though proven", table, "stopped_by", ("r/stopped_by", "rounds")
    yield "stopped by something else", street, "stopped_by", ("r/stopped_by", "boredom")


# --- reasons -------------------------------------------------------------------------------------------------------

COUNTED = ("skill", "gate:insured", "gate:vetted", "trainee", "gender", "language", "excluded", "forbidden", "reach")


def _leftovers() -> Iterator[tuple[Any, ...]]:
    street, late = "street", "r/unserved/late"
    for sign, word in ((1, "more"), (-1, "fewer")):
        yield f"one {word} considered", street, "considered", (f"{late}/considered", add(sign))
        yield f"one {word} left", street, "unserved", (f"{late}/left", add(sign))
    for rule in (*COUNTED, "free", "minutes"):
        at = f"{late}/removed_by/{rule}"
        yield f"one more removed by {rule}", street, "unserved", (at, add(1))
        other = "free" if rule != "free" else "reach"
        moved = (f"{late}/removed_by/{other}", add(-1))
        yield f"{rule} removed one whom {other} removed", street, "removed_by", (at, add(1)), moved
        yield f"{rule} is not counted", street, "removed_by", (at, Gone)
    yield "one who is left was removed", street, "removed_by", (f"{late}/left", 1), (
        f"{late}/removed_by/free", 2,
    ), (f"{late}/class", "outbid"), (f"{late}/lost_to", [])  # fmt: skip
    yield "a rule that there is not", street, "removed_by", (f"{late}/removed_by/weather", 0)
    yield "a gate that the need has not", street, "removed_by", ("r/unserved/tune/removed_by/gate:vetted", 0)
    yield "rules in another order", street, "removed_by", (f"{late}/removed_by", _upside_down)
    yield "a count below nothing", street, "removed_by", ("r/unserved/tune/removed_by/free", -1), (
        "r/unserved/tune/removed_by/skill", 15,
    )  # fmt: skip
    for need, wrong in (
        ("tune", ("needs_second_person", "clash", "outbid", "bad luck")),
        ("late", ("no_candidate", "needs_second_person")),
        ("move", ("no_candidate", "clash", "outbid", "")),
    ):  # fmt: skip
        for word in wrong:
            yield f"{need} is called {word or 'nothing'}", street, "class", (f"r/unserved/{need}/class", word)
    loss = f"{late}/lost_to/0"
    yield "lost to somebody who is not there", street, "lost_to", (f"{loss}/volunteer", "cat")
    yield "lost to nobody known", street, "lost_to", (f"{loss}/volunteer", "nobody")
    yield "lost to a visit she does not make", street, "lost_to", (f"{loss}/busy_with", "read")
    yield "lost to a need that there is not", street, "lost_to", (f"{loss}/busy_with", "nothing")
    for name in ("from", "until"):
        for sign, word in ((1, "later"), (-1, "earlier")):
            yield f"lost {name} a minute {word}", street, "lost_to", (f"{loss}/{name}", add(sign))
    yield "lost without a time", street, "lost_to", (f"{loss}/until", Gone)
    taken = {"volunteer": "ann", "busy_with": "lift", "from": 655, "until": 695}
    yield "lost to somebody though nobody is left", street, "lost_to", ("r/unserved/tune/lost_to", [taken])
    yield "an hour is worth less than nothing", street, "value_of_one_more_hour", (
        "r/unserved/tune/value_of_one_more_hour", -0.1,
    )  # fmt: skip
    yield "an hour is worth more than the need", street, "value_of_one_more_hour", (
        "r/unserved/tune/value_of_one_more_hour", 3.1,
    )  # fmt: skip


def _upside_down(counts: Document) -> Document:
    return dict(reversed(counts.items()))


def _changes() -> Iterator[tuple[Any, ...]]:
    for field, where in (("cheapest_change", "cheapest"), ("other_changes/0", "other")):
        at = f"r/unserved/late/{field}"
        yield f"the {where} change does not begin at what is", "street", "change", (f"{at}/from", 7)
        yield f"the {where} change changes nothing", "street", "change", (f"{at}/to", 299 if where == "cheapest" else 0)
        yield f"the {where} change is somebody unknown's", "street", "change", (f"{at}/volunteer", "nobody")
        yield f"the {where} change lacks its end", "street", "change", (f"{at}/to", Gone)
        yield f"the {where} change lacks its kind", "street", "change", (f"{at}/change", Gone)
    move = "r/unserved/move/cheapest_change"
    yield "a changed window is not the need's", "street", "change", (move, _window_change())
    yield "a changed wish is not the need's", "street", "change", (
        "r/unserved/late/other_changes/1/from", {"value": "m", "required": True},
    )  # fmt: skip
    yield "changed skills are not hers", "street", "change", ("r/unserved/tune/cheapest_change/from", [])


def _window_change() -> Document:
    window = {"change": "start_window", "from": [620, 639], "to": [600, 640], "volunteer": None}
    return {**window, "effect": "", "verified": True}


def _runners_up() -> Iterator[tuple[Any, ...]]:
    bath, lift = "r/matches/bath/runner_up", "r/matches/lift/runner_up"
    unfit = {
        "rude": "skill", "new": "gate:vetted", "tom": "gender", "deaf": "language", "shut": "excluded",
        "banned": "forbidden", "far": "reach", "learner": "trainees only", "bea": "max_tasks", "full": "max_tasks",
    }  # fmt: skip
    for name, rule in unfit.items():
        yield f"the next one may not come for {rule}: {name}", "street", "runner_up", (f"{bath}/volunteers", [name])
    for names, why in (
        (["nobody"], "is unknown"), (["ann"], "is who comes"), ([], "is nobody"), (["cat", "shut"], "are two"),
    ):  # fmt: skip
        yield f"the next one {why}", "street", "runner_up", (f"{bath}/volunteers", names)
    for names, why in (
        (["ann", "bea"], "are those who come"), (["banned", "full"], "are both new"), (["bea", "bea"], "are one"),
        (["bea"], "lack the second"), (["bea", "dan"], "include one who is elsewhere"),
    ):  # fmt: skip
        yield f"the next two {why}", "street", "runner_up", (f"{lift}/volunteers", names)
    yield "the next one would serve too long", "street", "runner_up", ("r/matches/meal/runner_up/volunteers", ["ann"])
    second = {"volunteers": ["wu", "xi"], "loses": {}}
    yield "the next one is beside a trainee and another trainee", "table", "runner_up", (
        "r/matches/walk/runner_up", second), ("p/volunteers/xi/trainee", True)  # fmt: skip
    for sign, word in ((1, "more"), (-1, "less")):
        yield f"the next one would lose one {word}", "street", "runner_up", (f"{bath}/loses/regular", add(sign))
    yield "what is lost is missing", "street", "runner_up", (f"{bath}/loses", {})
    for part in ("gender", "language", "pair"):
        yield f"{part} would not be lost", "street", "runner_up", (f"{bath}/loses/{part}", 5)
    yield "a loss of nothing", "street", "runner_up", (f"{bath}/loses/walking", 0)
    yield "a loss that is a gain", "street", "runner_up", (f"{bath}/loses/walking", -3)
    yield "priority cannot be lost", "street", "runner_up", (f"{bath}/loses/priority", 5)
    yield "a loss of something else", "street", "runner_up", (f"{bath}/loses/luck", 5)
    for part in ("regular", "gender", "language", "pair"):
        yield f"{part} would not be gained", "street", "runner_up", (f"{bath}/gains", {part: 5})
    gained = ("r/matches/lift/runner_up/gains", {"pair": 3})
    yield "the next two would gain one less", "street", "runner_up", gained
