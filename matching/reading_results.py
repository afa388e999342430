"""Results in: every entry of a result document is read here; what is wrong with one is named with its field and id."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from matching.problem import InvalidProblem
from matching.reading import show
from matching.result import PARTS, Level, Match, Plan, Result, Round, Unserved, VisitTimes

T = TypeVar("T")
Entry = dict[str, Any]
NAMED_BY = ("need", "volunteer", "name")  # the field that names an entry in a sentence


class _Wrong(Exception):
    """What is wrong with one entry: the rest of the sentence after its name."""


def read_result(document: Entry) -> Result:
    """The result of a decoded document of the published format; InvalidProblem if a field is wrong."""
    plan = Plan(
        levels=_entries(document, "levels", _level),
        rounds=_entries(document, "rounds", _round),
        matches=_entries(document, "matches", _match),
        unserved=_entries(document, "unserved", _unserved),
    )
    if [level.name for level in plan.levels] != ["serve", "care"]:
        raise InvalidProblem("levels must be serve, then care.")
    try:
        run = _object(document, "run") if document.get("run") is not None else {}
        for value in (run, document.get("status"), document.get("stopped_by")):
            _refuse_halves(value)
        return Result(plan, _text(document, "status"), _text(document, "stopped_by"), dict(run))
    except _Wrong as wrong:
        raise InvalidProblem(f"The result{wrong}.") from None


def _entries(document: Entry, name: str, read: Callable[[Entry], T]) -> tuple[T, ...]:
    rows = document.get(name)
    if not isinstance(rows, list):
        raise InvalidProblem(f"{name} must be a list, not {show(rows)}.")
    found = []
    for index, row in enumerate(rows):
        try:
            if not isinstance(row, dict):
                raise _Wrong(f" must be an object, not {show(row)}")
            _refuse_halves(row)
            found.append(read(row))
        except _Wrong as wrong:
            raise InvalidProblem(f"{name}[{index}]{_called(row)}{wrong}.") from None
    return tuple(found)


def _refuse_halves(value: Any) -> None:
    """_Wrong if a text anywhere in it holds half a surrogate pair, which could not be printed."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _Wrong(" holds a text that is not of whole characters") from None
    except (TypeError, ValueError, RecursionError):
        return  # whoever reads the field says what is wrong with it


def _called(row: Any) -> str:
    known = next((row[key] for key in NAMED_BY if isinstance(row.get(key), str)), None) if type(row) is dict else None
    return "" if known is None else f" ({show(known)[1:-1]})"


# --- single values -------------------------------------------------------------------------------------------------


def _given(entry: Entry, key: str) -> Any:
    if key not in entry:
        raise _Wrong(f" lacks the field {key!r}")
    return entry[key]


def _whole(entry: Entry, key: str) -> int:
    value = _given(entry, key)
    if type(value) is not int:
        raise _Wrong(f".{key} must be a whole number, not {show(value)}")
    return value


def _number(entry: Entry, key: str) -> float:
    value = entry.get(key) or 0.0
    if not isinstance(value, int | float) or not abs(value) <= 2**53:
        raise _Wrong(f".{key} must be a number, not {show(value)}")
    return float(value)


def _text(entry: Entry, key: str) -> str:
    value = _given(entry, key)
    if not isinstance(value, str):
        raise _Wrong(f".{key} must be a text, not {show(value)}")
    return value


def _object(entry: Entry, key: str) -> Entry:
    value = _given(entry, key)
    if not isinstance(value, dict):
        raise _Wrong(f".{key} must be an object, not {show(value)}")
    return value


def _list(entry: Entry, key: str, kind: type) -> list[Any]:
    value = _given(entry, key)
    if not isinstance(value, list) or not all(isinstance(member, kind) for member in value):
        raise _Wrong(f".{key} must be a list of {'texts' if kind is str else 'objects'}, not {show(value)}")
    return value


def _counts(entry: Entry, key: str) -> dict[str, int]:
    value = _object(entry, key)
    wrong = next((name for name, count in value.items() if type(count) is not int), None)
    if wrong is not None:
        raise _Wrong(f".{key}.{show(wrong)[1:-1]} must be a whole number, not {show(value[wrong])}")
    return dict(value)


# --- entries -------------------------------------------------------------------------------------------------------


def _level(entry: Entry) -> Level:
    gap = None if entry.get("gap") is None else _number(entry, "gap")
    return Level(_text(entry, "name"), _whole(entry, "value"), _whole(entry, "bound"), _text(entry, "bound_from"), gap)


def _round(entry: Entry) -> Round:
    visits = tuple(
        VisitTimes(_text(visit, "need"), _whole(visit, "arrive"), _whole(visit, "start"), _whole(visit, "end"))
        for visit in _list(entry, "visits", dict)
    )
    leave, back, walking, service = (_whole(entry, key) for key in ("leave", "back", "walking_min", "service_min"))
    return Round(_text(entry, "volunteer"), leave, back, walking, service, visits)


def _match(entry: Entry) -> Match:
    people, score = tuple(_list(entry, "volunteers", str)), _counts(entry, "score")
    missing = next((part for part in PARTS if part not in score), None)
    if missing is not None:
        raise _Wrong(f".score lacks the part {missing!r}")
    second = entry.get("runner_up")
    if second is not None:
        second = _object(entry, "runner_up")
        _list(second, "volunteers", str)
        for word in ("loses", *(["gains"] if "gains" in second else [])):
            _counts(second, word)
    return Match(_text(entry, "need"), people, _whole(entry, "start"), score, second)


def _unserved(entry: Entry) -> Unserved:
    change = None if entry.get("cheapest_change") is None else _object(entry, "cheapest_change")
    losses, others = (
        tuple(dict(one) for one in (_list(entry, key, dict) if entry.get(key) is not None else ()))
        for key in ("lost_to", "other_changes")
    )
    return Unserved(
        need=_text(entry, "need"),
        considered=_whole(entry, "considered"),
        removed_by=_counts(entry, "removed_by"),
        left=_whole(entry, "left"),
        reason=_text(entry, "class"),
        lost_to=losses,
        cheapest_change=change,
        other_changes=others,
        value_of_one_more_hour=_number(entry, "value_of_one_more_hour"),
    )
