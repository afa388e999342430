"""Errors in who goes where and when: one row a kind (see planting)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.matching.planting import Document, Edit, Gone, add, repeated, swapped, with_one_more, without


def rows() -> Iterator[tuple[Any, ...]]:
    """Name, scene, rule, edits."""
    yield from _people()
    yield from _days()
    yield from _times()
    yield from _locks()
    yield from _documents()


# --- who may come --------------------------------------------------------------------------------------------------


def _people() -> Iterator[tuple[Any, ...]]:
    street, ann, bea = "street", "p/volunteers/ann", "p/volunteers/bea"
    yield "she lacks the skill", street, "skill", (f"{ann}/skills", ["nurse"])
    yield "the need asks for one skill more", street, "skill", ("p/needs/bath/skills", with_one_more("cook"))
    yield "a call asks for a skill", street, "skill", ("p/needs/call/skills", ["talk"])
    for gate in ("insured", "vetted"):
        yield f"she is not {gate}", street, f"gate:{gate}", (f"{ann}/gates", without(gate))
    yield "she passed no gate", street, "gate:vetted", (f"{ann}/gates", [])
    yield "the need has one gate more", street, "gate:first_aid", ("p/needs/bath/gates", with_one_more("first_aid"))
    yield "a call has a gate", street, "gate:trained", ("p/needs/call/gates", ["trained"])
    yield "she is a man", street, "gender", (f"{ann}/gender", "m")
    yield "her gender is not known", street, "gender", (f"{ann}/gender", Gone)
    yield "a preferred gender becomes required", street, "gender", ("p/needs/lift/gender", _must("m"))
    yield "she does not speak the language", street, "language", (f"{ann}/languages", ["zh"])
    yield "she speaks nothing", street, "language", (f"{ann}/languages", [])
    yield "a preferred language becomes required", "table", "language", ("p/needs/wash/language", _must("zh"))
    yield "the elder excluded her", street, "excluded", ("p/needs/bath/excluded", ["ann"])
    yield "she excluded the elder", street, "excluded", (f"{ann}/excluded", ["bath"])
    pair = {"need": "bath", "volunteer": "ann", "forbidden": True}
    yield "the pair is forbidden", street, "forbidden", ("p/pairs", with_one_more(pair))
    yield "a scored pair is forbidden", "table", "forbidden", ("p/pairs/0/forbidden", True)
    yield "only listed pairs count", street, "forbidden", ("p/pairs_only", True)
    yield "the pair is not listed", "table", "forbidden", ("p/pairs/1", Gone)
    yield "the reach ends one metre before", street, "reach", (f"{bea}/reach_m", 389)
    yield "the reach is nothing", street, "reach", (f"{ann}/reach_m", 0)
    yield "the door is farther than the reach", street, "reach", ("p/needs/shop/place", [30.02, 111.0])
    yield "her home is farther than the reach", street, "reach", (f"{bea}/place", [30.0, 111.0])
    yield "the reach of the second person", street, "reach", ("p/volunteers/dan/reach_m", 99)
    for need, scene, name in (("bath", street, "ann"), ("call", street, "ann"), ("read", street, "dan")):
        yield f"a trainee goes alone to {need}", scene, "trainee", (f"p/volunteers/{name}/trainee", True)
    yield "two trainees go together", "table", "trainee", ("p/volunteers/vi/trainee", True)
    for name in ("ann", "bea"):
        for rule, field, value in (
            ("skill", "skills", ["piano"]), ("gate:medic", "gates", ["medic"]), ("gender", "gender", _must("m")),
            ("language", "language", _must("fr")), ("excluded", "excluded", [name]),
        ):  # fmt: skip
            edits: list[Edit] = [(f"p/needs/lift/{field}", value)]
            other = "bea" if name == "ann" else "ann"
            able = {"skills": ["escort", "piano"], "gates": ["insured", "vetted", "medic"], "languages": ["wu", "fr"]}
            edits += [(f"p/volunteers/{other}/{key}", has) for key, has in able.items()]
            edits += [(f"p/volunteers/{other}/gender", "m")] if rule == "gender" else []
            yield f"of two people {name} breaks {rule}", street, rule, *edits
        banned = {"need": "lift", "volunteer": name, "forbidden": True}
        yield f"of two people {name} is forbidden", street, "forbidden", ("p/pairs", [banned])
        yield f"of two people {name} excluded it", street, "excluded", (f"p/volunteers/{name}/excluded", ["lift"])


def _must(value: str) -> Document:
    return {"value": value, "required": True}


# --- days ----------------------------------------------------------------------------------------------------------


def _days() -> Iterator[tuple[Any, ...]]:
    street, table, ann, vi = "street", "table", "p/volunteers/ann", "p/volunteers/vi"
    yield "the window ends a minute before the start", table, "start_window", ("p/needs/wash/start_window", [20, 29])
    yield "the window begins a minute after", street, "start_window", ("p/needs/bath/start_window", [541, 600])
    yield "two start outside their window", street, "start_window", ("p/needs/lift/start_window", [580, 654])
    yield "a call starts outside its window", street, "start_window", ("p/needs/call/start_window", [696, 720])
    yield "she leaves a minute before she is free", street, "free", (f"{ann}/free", [[537, 800], [880, 1000]])
    yield "she is back a minute after", street, "free", (f"{ann}/free", [[500, 709], [880, 1000]])
    yield "she is not free in the afternoon", street, "free", (f"{ann}/free", [[500, 800]])
    yield "the second person is back too late", street, "free", ("p/volunteers/bea/free", [[500, 723]])
    yield "she is never free", table, "free", ("p/volunteers/wu/free", [])
    yield "two free windows that touch are not one", street, "free", (f"{ann}/free", [[500, 680], [680, 1000]])
    yield "her round spans two windows", table, "free", (f"{vi}/free", [[0, 60], [60, 300]])
    yield "one visit more than her tasks", street, "max_tasks", (f"{ann}/max_tasks", 3)
    yield "no tasks at all", street, "max_tasks", ("p/volunteers/dan/max_tasks", 0)
    yield "one visit more with an end place", table, "max_tasks", (f"{vi}/max_tasks", 3)
    yield "a minute more than her service", street, "max_service", (f"{ann}/max_service_min", 109)
    yield "no service at all", table, "max_service", ("p/volunteers/wu/max_service_min", 0)
    yield "a call counts as service", table, "max_service", (f"{vi}/max_service_min", 64)
    yield "two rounds in a window that ends elsewhere", table, "end_place", (f"{vi}/free", [[0, 300]])
    yield "an end place allows one round", street, "end_place", (f"{ann}/end_place", [30.0, 111.0])
    yield "rounds of one person overlap", street, "rounds", ("r/rounds/1", Gone), ("r/rounds", repeated(0))
    yield "she leaves before she is back", street, "rounds", ("r/rounds/1/leave", 573)
    yield "a round without a visit", street, "rounds", ("r/rounds", with_one_more(_empty_round()))


def _empty_round() -> Document:
    return {"volunteer": "full", "leave": 600, "back": 600, "walking_min": 0, "service_min": 0, "visits": []}


def _times() -> Iterator[tuple[Any, ...]]:
    street, table = "street", "table"
    for sign, word in ((1, "later"), (-1, "earlier")):
        for scene, row, where in ((street, 1, "on the street"), (table, 0, "by the table")):
            path = f"r/rounds/{row}"
            yield f"she leaves a minute {word} {where}", scene, "travel", (f"{path}/leave", add(sign))
            yield f"she is back a minute {word} {where}", scene, "travel", (f"{path}/back", add(sign))
            for visit in (0, 1):
                at = f"{path}/visits/{visit}"
                yield f"she comes {word} to visit {visit} {where}", scene, "travel", (f"{at}/arrive", add(sign))
                yield f"visit {visit} ends a minute {word} {where}", scene, "duration", (f"{at}/end", add(sign))
                yield f"visit {visit} starts a minute {word} {where}", scene, "match", (f"{at}/start", add(sign))
        amount = "more" if sign > 0 else "less"
        yield f"a minute {amount} walked", street, "walking", ("r/rounds/3/walking_min", add(sign))
        yield f"a minute {amount} walked by the table", table, "walking", ("r/rounds/0/walking_min", add(sign))
        yield f"a minute {amount} served", street, "service", ("r/rounds/3/service_min", add(sign))
        yield f"a visit takes a minute {amount}", street, "duration", ("p/needs/bath/duration_min", add(sign))
        yield f"a call takes a minute {amount}", table, "duration", ("p/needs/talk/duration_min", add(sign))
        for leg, cell in (("out", "0/1"), ("between", "1/2"), ("home", "2/3"), ("back", "0/2")):
            yield f"the leg {leg} takes a minute {amount}", table, "travel", (f"p/travel/minutes/{cell}", add(sign))
    yield "she starts before she arrives", street, "travel", ("r/rounds/0/visits/0/start", 539)
    yield "she walks more slowly", street, "travel", ("p/volunteers/bea/metres_per_minute", 49)
    yield "she walks faster", street, "travel", ("p/volunteers/bea/metres_per_minute", 60)
    yield "everybody walks more slowly", street, "travel", ("p/travel/metres_per_minute", 90)
    yield "streets wind more", street, "travel", ("p/travel/detour", 1.01)
    yield "the door is elsewhere", street, "travel", ("p/needs/shop/place", [30.0028, 111.0])
    yield "her home is elsewhere", street, "travel", ("p/volunteers/dan/place", [29.9999, 111.0])
    yield "her round ends elsewhere", street, "travel", ("p/volunteers/bea/end_place", [30.0, 111.0])
    yield "her round ends at home", table, "travel", ("p/volunteers/vi/end_place", Gone)
    yield "a call is a visit", table, "travel", ("p/needs/talk/remote", False), ("p/needs/talk/place", "a")
    yield "a visit is a call", table, "travel", ("p/needs/cook/remote", True)
    yield "two people begin a minute apart", street, "together", *_moved("r/rounds/3", 1, 2)
    yield "two people begin a minute apart the other way", street, "together", *_moved("r/rounds/3", -1, 2)
    yield "two people begin apart by the table", table, "together", *_moved("r/rounds/2", 1, 1)


def _moved(path: str, minutes: int, visits: int) -> list[Edit]:
    times = [f"{path}/leave", f"{path}/back"]
    times += [f"{path}/visits/{row}/{name}" for row in range(visits) for name in ("arrive", "start", "end")]
    return [(each, add(minutes)) for each in times]


def _locks() -> Iterator[tuple[Any, ...]]:
    locks = (
        ("the locked person does not come", "bath", ["cat"], None),
        ("the locked second person does not come", "lift", ["banned"], None),
        ("one of two locked people does not come", "lift", ["ann", "banned"], None),
        ("the locked start is a minute later", "bath", ["ann"], 541),
        ("the locked start is for another person", "read", ["banned"], 590),
        ("a locked start of two is missed", "lift", ["ann"], 650),
        ("a locked call starts later", "call", ["ann"], 696),
        ("a locked need is left over", "late", ["bea"], None),
    )
    for name, need, people, start in locks:
        yield name, "street", "lock", ("p/locked", [{"need": need, "volunteers": people, "start": start}])


# --- documents -----------------------------------------------------------------------------------------------------


def _documents() -> Iterator[tuple[Any, ...]]:
    street = "street"
    for where in ("matches/bath/need", "unserved/tune/need", "rounds/0/visits/0/need"):
        yield f"an unknown need in {where.split('/')[0]}", street, "need", (f"r/{where}", "nothing")
    yield "an unknown volunteer in a match", street, "volunteer", ("r/matches/bath/volunteers", ["nobody"])
    yield "an unknown volunteer in a round", street, "volunteer", ("r/rounds/0/volunteer", "nobody")
    yield "a match is missing", street, "once", ("r/matches/shop", Gone)
    yield "a match stands twice", street, "once", ("r/matches", repeated(2))
    yield "a need left over is missing", street, "once", ("r/unserved/tune", Gone)
    yield "a need left over stands twice", street, "once", ("r/unserved", repeated(0))
    yield "a need is both served and left over", street, "once", ("r/unserved/tune/need", "bath")
    yield "nothing is left over", street, "once", ("r/unserved", [])
    yield "nothing is matched", street, "once", ("r/matches", [])
    yield "a round is missing", street, "match", ("r/rounds/2", Gone)
    yield "a round stands twice", street, "match", ("r/rounds", repeated(4))
    yield "no rounds at all", street, "match", ("r/rounds", [])
    yield "a visit is missing", street, "match", ("r/rounds/1/visits/1", Gone)
    yield "she goes to a need twice", street, "match", ("r/rounds/0/visits", repeated(0))
    yield "two visits change places", street, "travel", ("r/rounds/1/visits", swapped(0, 1))
    visit = {"need": "late", "arrive": 571, "start": 571, "end": 601}
    yield "she visits a need left over", street, "match", ("r/rounds/0/visits", with_one_more(visit))
    yield "somebody else walks the round", street, "match", ("r/rounds/4/volunteer", "rude")
    yield "somebody else is matched", street, "match", ("r/matches/read/volunteers", ["rude"])
    yield "the match starts a minute later", street, "match", ("r/matches/bath/start", add(1))
    yield "the match starts a minute earlier", street, "match", ("r/matches/meal/start", add(-1))
    yield "one of two people is missing", street, "volunteers", ("r/matches/lift/volunteers", ["ann"])
    yield "one person counts as two", street, "volunteers", ("r/matches/lift/volunteers", ["ann", "ann"])
    yield "a third person comes", street, "volunteers", ("r/matches/lift/volunteers", ["ann", "bea", "dan"])
    yield "a second person comes to one", street, "volunteers", ("r/matches/bath/volunteers", ["ann", "cat"])
    yield "nobody comes", street, "volunteers", ("r/matches/read/volunteers", [])
    yield "the need asks for two", street, "volunteers", ("p/needs/read/volunteers", 2)
    yield "the need asks for one", street, "volunteers", ("p/needs/lift/volunteers", 1)
    yield "matches are not in order", street, "order", ("r/matches", swapped(0, 1))
    yield "needs left over are not in order", street, "order", ("r/unserved", swapped(1, 2))
    yield "rounds are not by volunteer", street, "order", ("r/rounds", swapped(3, 4))
    yield "rounds are not by time", street, "order", ("r/rounds", swapped(0, 1))
