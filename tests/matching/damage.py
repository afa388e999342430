"""Documents with something wrong: a seeded mutator of problems, of results and of the text they are written in.

Damage need not be invalid: a priority may become another good priority. So nothing here says what must happen; a
damaged document is either refused in one sentence or it is a problem like any other.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

Place = tuple[Any, Any]  # a container and a key or index of it


def deep(levels: int) -> Any:
    """A list in a list in a list."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


ODD_VALUES: tuple[Any, ...] = (
    None, True, False, 0, 1, 2, 3, -1, -0.0, 0.5, 1.0, 599.0, 1e-300, 1e308, -1e308, float("nan"), float("inf"),
    float("-inf"), 10**6, 10**6 + 1, 10**7, 10**7 + 1, 10**9, -(10**9), 10**9 + 1, 2**31, 2**53, 2**63, -(2**63), 2**64,
    10**400, -(10**400), "", " ", "x", "0", "n0", "v0", "p0", "\ud800", "a\udfffb", "\u0000", "\n", "名", "x" * 10_000,
    [], {}, [[]], [{}], [None], [0, 1], [1, 0], [0, 0], [480, 600], [[480, 600]], [90, 180], [-90, -180],
    {"value": "f", "required": True}, {"value": None, "required": False}, deep(5), deep(200),
)  # fmt: skip


def places_in(value: Any) -> Iterator[Place]:
    """Every place of a document that holds something."""
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield value, key
        yield from places_in(member)


def all_of(document: Any, *names: str) -> list[Place]:
    """The places called one of these, wherever they are."""
    return [(holder, key) for holder, key in places_in(document) if key in names and isinstance(holder, dict)]


# --- damage to the document ----------------------------------------------------------------------------------------


def odd_value(document: Any, dice: random.Random) -> None:
    holder, key = dice.choice(list(places_in(document)))
    holder[key] = copy.deepcopy(dice.choice(ODD_VALUES))


def missing(document: Any, dice: random.Random) -> None:
    holder, key = dice.choice(list(places_in(document)))
    del holder[key]


def emptied(document: Any, dice: random.Random) -> None:
    full = [(holder, key) for holder, key in places_in(document) if isinstance(holder[key], list | dict)]
    holder, key = dice.choice(full)
    holder[key] = type(holder[key])()


def doubled(document: Any, dice: random.Random) -> None:
    lists = [holder[key] for holder, key in places_in(document) if isinstance(holder[key], list) and holder[key]]
    if lists:
        members = dice.choice(lists)
        members.insert(dice.randrange(len(members) + 1), copy.deepcopy(dice.choice(members)))


def swapped(document: Any, dice: random.Random) -> None:
    (one, here), (other, there) = (dice.choice(list(places_in(document))) for _ in range(2))
    one[here], other[there] = copy.deepcopy(other[there]), copy.deepcopy(one[here])


def misspelt(document: Any, dice: random.Random) -> None:
    objects = [(holder, key) for holder, key in places_in(document) if isinstance(holder, dict)]
    holder, key = dice.choice(objects)
    holder[dice.choice([key + "s", key.upper(), "", "\ud800", key + "\n", "x" * 500])] = holder.pop(key)


def same_ids(document: Any, dice: random.Random) -> None:
    ids = all_of(document, "id")
    if ids:
        (holder, key), (other, there) = dice.choice(ids), dice.choice(ids)
        holder[key] = other[there]


def unknown_reference(document: Any, dice: random.Random) -> None:
    named = all_of(document, "need", "volunteer", "volunteers", "excluded", "regular", "end_place")
    if named:
        holder, key = dice.choice(named)
        holder[key] = ["nobody"] if isinstance(holder[key], list) else "nobody"


def impossible_windows(document: Any, dice: random.Random) -> None:
    for holder, key in all_of(document, "start_window", "free"):
        if dice.random() < 0.5:
            low = dice.choice([0, 480, 10**7 - 1, 10**7])
            window = [low, dice.choice([low, low + 1, 479, 10**7])]
            holder[key] = window if key == "start_window" else [window]


def wide_windows(document: Any, dice: random.Random) -> None:
    for holder, key in all_of(document, "start_window", "free"):
        if dice.random() < 0.7:
            window = [dice.choice([0, 0, 480]), 10**7]
            holder[key] = window if key == "start_window" else [window]


def many_windows(document: Any, dice: random.Random) -> None:
    for holder, key in all_of(document, "free"):
        if dice.random() < 0.3:
            holder[key] = [[begin, begin + 1] for begin in range(0, 2 * dice.choice([20, 200]), 2)]


def edges_of_the_earth(document: Any, dice: random.Random) -> None:
    for holder, key in all_of(document, "place", "end_place"):
        if isinstance(holder[key], list):
            near = dice.choice([90, -90, 89.9999999, 0, 30]), dice.choice([180, -180, 179.9999, -179.9999, 0])
            holder[key] = list(near)


def extreme_pace(document: Any, dice: random.Random) -> None:
    travel = document.setdefault("travel", {"kind": "walking"})
    for holder in [travel, *document["volunteers"]]:
        if isinstance(holder, dict) and holder.get("kind") != "matrix" and dice.random() < 0.6:
            holder["metres_per_minute"] = dice.choice([1e-300, 5e-324, 1e-9, 0.001, 10**6, 1e6])
    if isinstance(travel, dict) and travel.get("kind") == "walking":
        travel["detour"] = dice.choice([1e-300, 1e-9, 1, 10**6])


def extreme_weights(document: Any, dice: random.Random) -> None:
    names = ("regular", "language", "gender", "walking_minute", "waiting_minute", "served_hour_30d", "asked_recently")
    goals = {name: dice.choice([0, 1, 10**6, 10**9]) for name in names}
    document["goals"] = {**goals, "kth_task": dice.choice([[], [0, 10**9], [10**9], list(range(100))])}
    for holder, key in all_of(document, "priority", "score", "served_30d_min", "asked_days_ago"):
        most = {"priority": [1, 10**6], "score": [-(10**9), 10**9]}.get(key, [0, 10**9])
        holder[key] = dice.choice(most)


def extreme_matrix(document: Any, dice: random.Random) -> None:
    travel = document.get("travel")
    if isinstance(travel, dict) and isinstance(travel.get("minutes"), list):
        for row, line in enumerate(travel["minutes"]):
            for column in range(len(line) if isinstance(line, list) else 0):
                if row != column and dice.random() < 0.5:
                    line[column] = dice.choice([0, 10**7, 10**7 + 1, 5])


def every_limit(document: Any, dice: random.Random) -> None:
    for holder, key in all_of(document, "reach_m", "max_tasks", "max_service_min", "duration_min", "priority"):
        if dice.random() < 0.5:
            holder[key] = dice.choice([0, 1, 10**6, 10**7, 10**9, None])


def ten_times(document: Any, dice: random.Random) -> None:
    for name in ("needs", "volunteers"):
        rows = document.get(name)
        if isinstance(rows, list):
            more = [copy.deepcopy(row) for _ in range(9) for row in rows if isinstance(row, dict)]
            for index, row in enumerate(more):
                row["id"] = f"{row.get('id')}-{index}"
            rows += more


DAMAGES: tuple[Callable[[Any, random.Random], None], ...] = (
    odd_value, odd_value, odd_value, odd_value, missing, missing, emptied, doubled, swapped, misspelt, same_ids,
    unknown_reference, impossible_windows, wide_windows, many_windows, edges_of_the_earth, extreme_pace,
    extreme_weights, extreme_matrix, every_limit, ten_times,
)  # fmt: skip


# --- damage to the text --------------------------------------------------------------------------------------------


def cut_short(text: str, dice: random.Random) -> bytes:
    return text.encode(errors="surrogatepass")[: dice.randrange(len(text))]


def a_byte_changed(text: str, dice: random.Random) -> bytes:
    raw = bytearray(text.encode(errors="surrogatepass"))
    raw[dice.randrange(len(raw))] = dice.randrange(256)
    return bytes(raw)


def a_piece_inserted(text: str, dice: random.Random) -> bytes:
    at = dice.randrange(len(text))
    pieces = ["NaN", "-Infinity", ",", "{", "]", "'", "//", "\\u", "\x00", "[" * 5000, '"id": "n0", ', "1e999", "00"]
    return (text[:at] + dice.choice(pieces) + text[at:]).encode(errors="surrogatepass")


def another_encoding(text: str, dice: random.Random) -> bytes:
    return text.encode(dice.choice(["utf-16", "utf-32", "utf-8-sig", "cp037", "utf-7"]), errors="replace")


def twice(text: str, dice: random.Random) -> bytes:
    return (text + dice.choice(["", "\n", ","]) + text).encode(errors="surrogatepass")


def nested_far_too_deep(text: str, dice: random.Random) -> bytes:
    depth, (left, right) = dice.choice([500, 990, 5000, 200_000]), dice.choice([("[", "]"), ('{"a":', "}")])
    return text.replace("480", left * depth + "1" + right * depth, 1).encode(errors="surrogatepass")


TEXT_DAMAGES: tuple[Callable[[str, random.Random], bytes], ...] = (
    cut_short, a_byte_changed, a_byte_changed, a_piece_inserted, a_piece_inserted, another_encoding, twice,
    nested_far_too_deep,
)  # fmt: skip


def damaged(document: Any, seed: int) -> tuple[str, bytes]:
    """What was done to the document, and the file that came of it."""
    dice, done = random.Random(seed), []
    document = copy.deepcopy(document)
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        damage = dice.choice(DAMAGES)
        done.append(damage.__name__)
        try:
            damage(document, dice)
        except (IndexError, KeyError, TypeError, AttributeError):  # an earlier damage took what this one works on
            done[-1] += " (nothing left)"
    text = json.dumps(document, ensure_ascii=dice.random() < 0.5)
    if dice.random() < 0.8:
        return ", ".join(done), text.encode(errors="surrogatepass")
    spoil = dice.choice(TEXT_DAMAGES)
    return ", ".join([*done, spoil.__name__]), spoil(text, dice)
