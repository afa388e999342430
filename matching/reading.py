"""Documents in: every field of a problem is read here, and whatever is not understood is refused by name."""

from __future__ import annotations

import itertools
import json
import math
import reprlib
from collections.abc import Callable, Container, Iterable
from pathlib import Path
from typing import Any

from matching.problem import (
    FORMAT,
    Goals,
    InvalidProblem,
    Lock,
    Matrix,
    Need,
    Pair,
    Place,
    Problem,
    Volunteer,
    Walking,
    Window,
    Wish,
)

LATEST = 10**7  # minutes: some 19 years, so a caller may count from an origin of his own
HIGHEST_PRIORITY = 10**6
LARGEST = 10**9  # for weights, scores and metres: sums over a city stay exact in 64 bits
SLOWEST, FASTEST = 1, 10**6  # metres a minute; slower, the last bit of a distance would decide about a minute
EXACT = 2**53  # sums of care up to here are exact in floating point, whatever the order of adding
SHOWN = 40  # letters of a wrong value that a sentence quotes

Reader = Callable[[Any, str], Any]


def load_json(path: str | Path) -> Any:
    """The decoded document of a JSON file, with repeated fields and NaN refused."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidProblem(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InvalidProblem(f"{path} is not UTF-8 text.") from None
    try:
        return json.loads(text, object_pairs_hook=_without_repeats, parse_constant=_refuse_constant)
    except InvalidProblem:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidProblem(f"{path} is not valid JSON: {_first_line(error)}.") from None


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise InvalidProblem(f"The field {key!r} appears twice in one object.")
        found[key] = value
    return found


def _refuse_constant(name: str) -> Any:
    raise InvalidProblem(f"{name} is not a number that can be used.")


# --- single values -------------------------------------------------------------------------------------------------


_quoting = reprlib.Repr()
_quoting.maxstring = _quoting.maxother = _quoting.maxlong = SHOWN


def show(value: Any) -> str:
    """The value as a sentence may quote it: never long, however long or deep it is."""
    try:
        quoted = _quoting.repr(value)
    except ValueError:  # a whole number of thousands of digits
        return "a number too long to be shown"
    return quoted if len(quoted) <= SHOWN else quoted[: SHOWN - 3] + "..."


def _refuse(where: str, wanted: str, value: Any) -> InvalidProblem:
    return InvalidProblem(f"{where} must be {wanted}, not {show(value)}.")


def whole(low: int, high: int) -> Reader:
    """A reader of whole numbers within two inclusive limits."""

    def read(value: Any, where: str) -> int:
        if isinstance(value, float) and math.isfinite(value) and value == int(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _refuse(where, f"a whole number from {low} to {high}", value)
        return value

    return read


def real(low: float, high: float, *, above: bool = False) -> Reader:
    """A reader of finite numbers within two limits, the lower one excluded if `above`."""

    def read(value: Any, where: str) -> float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
        if not good or not low <= value <= high or (above and value == low):  # NaN is in no range
            raise _refuse(where, f"a number {'above' if above else 'from'} {low} {'up ' * above}to {high}", value)
        return float(value)

    return read


def text(value: Any, where: str) -> str:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        raise _refuse(where, "a text", value)
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _refuse(where, "a text of whole characters", ascii(value))
    return value


def flag(value: Any, where: str) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise _refuse(where, "true or false", value)
    return value


def list_of(read: Reader) -> Reader:
    """A reader of lists whose members are read by `read`."""

    def read_list(value: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise _refuse(where, "a list", value)
        return tuple(read(member, f"{where}[{index}]") for index, member in enumerate(value))

    return read_list


def names(value: Any, where: str) -> tuple[str, ...]:
    """A list of texts, each kept once in the order given."""
    if type(value) is list and all(type(member) is str and member and member.isascii() for member in value):
        return tuple(dict.fromkeys(value))  # the usual case, quickly
    return tuple(dict.fromkeys(list_of(text)(value, where)))


def sex(value: Any, where: str) -> str:
    """The letter f or m."""
    if value not in ("f", "m") or not isinstance(value, str):
        raise _refuse(where, '"f" or "m"', value)
    return value


def window(value: Any, where: str) -> Window:
    """Two times, the first not after the second."""
    if type(value) is list and len(value) == 2 and type(value[0]) is int is type(value[1]):
        start, end = value
        if 0 <= start <= end <= LATEST:
            return start, end  # the usual case, quickly
    times = list_of(whole(0, LATEST))(value, where)
    if len(times) != 2 or times[0] > times[1]:
        raise _refuse(where, "two times, the earlier first", value)
    return times[0], times[1]


def free_windows(value: Any, where: str) -> tuple[Window, ...]:
    """The free windows in order of time; overlapping or empty ones are refused."""
    windows = tuple(sorted(list_of(window)(value, where)))
    if any(start == end for start, end in windows):
        raise InvalidProblem(f"{where} holds an empty window.")
    if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(windows)):
        raise InvalidProblem(f"{where} holds windows that overlap.")
    return windows


def point(value: Any, where: str) -> Place:
    """A pair of degrees: latitude, longitude."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise _refuse(where, "[lat_deg, lon_deg]", value)
    lat, lon = value
    if type(lat) is float is type(lon) and -90 <= lat <= 90 and -180 <= lon <= 180:
        return lat, lon  # the usual case, quickly
    return real(-90, 90)(value[0], f"{where}[0]"), real(-180, 180)(value[1], f"{where}[1]")


def named_place(known: Container[Place]) -> Reader:
    """A reader of places by name, for travel by matrix."""

    def read(value: Any, where: str) -> str:
        if not isinstance(value, str) or value not in known:
            raise _refuse(where, "a name from travel.places", value)
        return value

    return read


# --- objects -------------------------------------------------------------------------------------------------------


def fields(document: Any, where: str, readers: dict[str, Reader], required: Iterable[str] = ()) -> dict[str, Any]:
    """The fields an object gives, each read by its reader; null counts as omitted, an unknown field is refused."""
    if not isinstance(document, dict):
        raise _refuse(where, "an object", document)
    unknown = next((key for key in document if key not in readers), None)
    if unknown is not None:
        raise InvalidProblem(f"{where} has the unknown field {show(unknown)}.")
    missing = next((key for key in required if document.get(key) is None), None)
    if missing is not None:
        raise InvalidProblem(f"{where} lacks the field {missing!r}.")
    return {key: readers[key](value, f"{where}.{key}") for key, value in document.items() if value is not None}


def wish(read_value: Reader) -> Reader:
    """A reader of `{"value": ..., "required": ...}`."""

    def read(value: Any, where: str) -> Wish:
        return Wish(**fields(value, where, {"value": read_value, "required": flag}, ("value", "required")))

    return read


PACE = real(SLOWEST, FASTEST)


def read_travel(document: Any, where: str = "travel") -> Walking | Matrix:
    """How legs are measured."""
    if not isinstance(document, dict):
        raise _refuse(where, "an object", document)
    kind = document.get("kind")
    if kind == "walking":
        detour = real(0, FASTEST, above=True)
        given = fields(document, where, {"kind": text, "metres_per_minute": PACE, "detour": detour})
        return Walking(**{key: value for key, value in given.items() if key != "kind"})
    if kind == "matrix":
        return _read_matrix(document, where)
    raise _refuse(f"{where}.kind", '"walking" or "matrix"', kind)


def _matrix_row(value: Any, where: str) -> tuple[int, ...]:
    if type(value) is list and all(type(member) is int and 0 <= member <= LATEST for member in value):
        return tuple(value)  # the usual case, quickly
    row: tuple[int, ...] = list_of(whole(0, LATEST))(value, where)
    return row


def _read_matrix(document: dict[str, Any], where: str) -> Matrix:
    readers: dict[str, Reader] = {"kind": text, "places": list_of(text), "minutes": list_of(_matrix_row)}
    given = fields(document, where, readers, ("places", "minutes"))
    places, minutes = given["places"], given["minutes"]
    _refuse_repeats(places, f"{where}.places")
    if len(minutes) != len(places) or any(len(line) != len(places) for line in minutes):
        raise InvalidProblem(f"{where}.minutes must have one row and one column for each of {len(places)} places.")
    for index, line in enumerate(minutes):
        if line[index] != 0:
            raise _refuse(f"{where}.minutes[{index}][{index}]", "0 on the diagonal", line[index])
    return Matrix(places, minutes)


def _refuse_repeats(ids: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise InvalidProblem(f"{where} names {show(name)} twice.")
        seen.add(name)


WEIGHT = whole(0, LARGEST)
GOAL_READERS: dict[str, Reader] = {
    "regular": WEIGHT,
    "language": WEIGHT,
    "gender": WEIGHT,
    "walking_minute": WEIGHT,
    "waiting_minute": WEIGHT,
    "kth_task": list_of(WEIGHT),
    "served_hour_30d": WEIGHT,
    "asked_recently": WEIGHT,
}


def read_goals(document: Any, where: str = "goals") -> Goals:
    """What care weighs."""
    goals = Goals(**fields(document, where, GOAL_READERS))
    if any(later < earlier for earlier, later in zip(goals.kth_task, goals.kth_task[1:], strict=False)):
        raise _refuse(f"{where}.kth_task", "a list that never falls", list(goals.kth_task))
    return goals


def _called(document: Any, where: str) -> str:
    """The name of an object in a message: its id if it has a usable one, else its position."""
    known = document.get("id") if isinstance(document, dict) else None
    if not isinstance(known, str) or not known:
        return where
    return f"{where} ({known if known.isprintable() and len(known) <= SHOWN else show(known)})"


def need_reader(place: Reader) -> Reader:
    """A reader of needs whose places are read by `place`."""
    readers: dict[str, Reader] = {
        "id": text,
        "place": place,
        "start_window": window,
        "duration_min": whole(1, LATEST),
        "priority": whole(1, HIGHEST_PRIORITY),
        "volunteers": whole(1, 2),
        "remote": flag,
        "skills": names,
        "gates": names,
        "gender": wish(sex),
        "language": wish(text),
        "excluded": names,
        "regular": names,
    }

    def read(value: Any, where: str) -> Need:
        where = _called(value, where)
        given = fields(value, where, readers, ("id", "start_window", "duration_min"))
        if given.get("place") is None and not given.get("remote", False):
            raise InvalidProblem(f"{where} lacks the field 'place'.")
        return Need(**({"place": None} | given))

    return read


def volunteer_reader(place: Reader) -> Reader:
    """A reader of volunteers whose places are read by `place`."""
    readers: dict[str, Reader] = {
        "id": text,
        "place": place,
        "end_place": place,
        "free": free_windows,
        "reach_m": whole(0, LARGEST),
        "metres_per_minute": PACE,
        "max_tasks": whole(0, LATEST),
        "max_service_min": whole(0, LARGEST),
        "skills": names,
        "gates": names,
        "trainee": flag,
        "languages": names,
        "gender": sex,
        "excluded": names,
        "served_30d_min": whole(0, LARGEST),
        "asked_days_ago": whole(0, LARGEST),
    }

    def read(value: Any, where: str) -> Volunteer:
        where = _called(value, where)
        return Volunteer(**fields(value, where, readers, ("id", "place", "free")))

    return read


PAIR_READERS: dict[str, Reader] = {
    "need": text,
    "volunteer": text,
    "score": whole(-LARGEST, LARGEST),
    "forbidden": flag,
}
PLAIN_PAIR = {"need", "volunteer", "score"}
LOCK_READERS: dict[str, Reader] = {"need": text, "volunteers": list_of(text), "start": whole(0, LATEST)}


def read_pair(value: Any, where: str) -> Pair:
    """One pair's extra score or ban."""
    if type(value) is dict and value.keys() == PLAIN_PAIR:  # the usual kind, of which there may be a million
        need, volunteer, score = value["need"], value["volunteer"], value["score"]
        plain = type(need) is str and type(volunteer) is str and need.isascii() and volunteer.isascii()
        if plain and need and volunteer and type(score) is int and -LARGEST <= score <= LARGEST:
            return Pair(need, volunteer, score)
    return Pair(**fields(value, where, PAIR_READERS, ("need", "volunteer")))


def read_lock(value: Any, where: str) -> Lock:
    """One lock."""
    return Lock(**fields(value, where, LOCK_READERS, ("need", "volunteers")))


def read_problem(document: Any) -> Problem:
    """The problem a decoded document describes."""
    if not isinstance(document, dict):
        raise _refuse("The problem", "an object", document)
    if document.get("format") != FORMAT:
        raise _refuse("format", f'"{FORMAT}"', document.get("format"))
    travel = read_travel(document["travel"]) if document.get("travel") is not None else Walking()
    place = named_place(travel.index) if isinstance(travel, Matrix) else point
    readers: dict[str, Reader] = {
        "format": text,
        "travel": lambda value, where: travel,
        "goals": lambda value, where: read_goals(value),
        "needs": lambda value, where: list_of(need_reader(place))(value, "needs"),
        "volunteers": lambda value, where: list_of(volunteer_reader(place))(value, "volunteers"),
        "pairs": lambda value, where: list_of(read_pair)(value, "pairs"),
        "pairs_only": lambda value, where: flag(value, "pairs_only"),
        "locked": lambda value, where: list_of(read_lock)(value, "locked"),
    }
    given = fields(document, "The problem", readers, ("needs", "volunteers"))
    given.pop("format")
    problem = Problem(**given)
    _refuse_contradictions(problem)
    return problem


# --- the parts together --------------------------------------------------------------------------------------------


def _refuse_contradictions(problem: Problem) -> None:
    _refuse_repeats((need.id for need in problem.needs), "needs")
    _refuse_repeats((volunteer.id for volunteer in problem.volunteers), "volunteers")
    if isinstance(problem.travel, Matrix):
        for volunteer in problem.volunteers:
            if volunteer.reach_m is not None:
                where = f"volunteers ({show(volunteer.id)[1:-1]})"
                raise InvalidProblem(f"{where}.reach_m must be null when travel is a matrix.")
    _refuse_bad_pairs(problem)
    _refuse_great_weights(problem)
    _refuse_bad_locks(problem)


def _refuse_great_weights(problem: Problem) -> None:
    """Care is summed in floating point: no sum of its parts, whatever the plan, may reach where that is inexact."""
    goals, people = problem.goals, problem.volunteers
    visits = sum(need.volunteers for need in problem.needs)
    away = sum(end - begin for person in people for begin, end in person.free)
    served = max((person.served_30d_min for person in people), default=0) // 60
    score = max((abs(pair.score) for pair in problem.pairs), default=0)
    most = {
        "goals.regular": visits * goals.regular,
        "goals.language": visits * goals.language,
        "goals.gender": visits * goals.gender,
        "goals.kth_task": visits * max(goals.kth_task, default=0),
        "goals.served_hour_30d": visits * goals.served_hour_30d * served,
        "goals.asked_recently": visits * goals.asked_recently * 3,
        "goals.walking_minute": away * goals.walking_minute,
        "goals.waiting_minute": away * goals.waiting_minute,
        "pairs.score": visits * score,
    }
    if sum(most.values()) >= EXACT:
        field = max(most, key=lambda name: most[name])
        if field == "pairs.score":
            field = f"pairs[{[abs(pair.score) for pair in problem.pairs].index(score)}].score"
        raise InvalidProblem(f"{field} is too great for this problem: its care could pass {EXACT}, and be inexact.")


def _refuse_bad_pairs(problem: Problem) -> None:
    strangers = {pair.need for pair in problem.pairs} - problem.need_by_id.keys()
    strangers |= {pair.volunteer for pair in problem.pairs} - problem.volunteer_by_id.keys()
    if not strangers and len(problem.pair_by_ids) == len(problem.pairs):
        return
    seen: set[tuple[str, str]] = set()
    for index, pair in enumerate(problem.pairs):
        where = f"pairs[{index}]"
        if pair.need not in problem.need_by_id:
            raise InvalidProblem(f"{where}.need names the unknown need {show(pair.need)}.")
        if pair.volunteer not in problem.volunteer_by_id:
            raise InvalidProblem(f"{where}.volunteer names the unknown volunteer {show(pair.volunteer)}.")
        if (pair.need, pair.volunteer) in seen:
            both = f"need {show(pair.need)} and volunteer {show(pair.volunteer)}"
            raise InvalidProblem(f"{where} repeats the pair of {both}.")
        seen.add((pair.need, pair.volunteer))


def _refuse_bad_locks(problem: Problem) -> None:
    seen: set[str] = set()
    for index, lock in enumerate(problem.locked):
        where = f"locked[{index}]"
        if lock.need not in problem.need_by_id:
            raise InvalidProblem(f"{where}.need names the unknown need {show(lock.need)}.")
        if lock.need in seen:
            raise InvalidProblem(f"{where} locks the need {show(lock.need)} a second time.")
        seen.add(lock.need)
        _refuse_bad_lock(problem, lock, where)


def _refuse_bad_lock(problem: Problem, lock: Lock, where: str) -> None:
    from matching.rules import broken_rules

    need = problem.need_by_id[lock.need]
    if not 1 <= len(lock.volunteers) <= need.volunteers:
        some = f"1 to {need.volunteers} volunteers"
        raise InvalidProblem(f"{where}.volunteers must name {some} for need {show(need.id)}.")
    _refuse_repeats(lock.volunteers, f"{where}.volunteers")
    unknown = next((name for name in lock.volunteers if name not in problem.volunteer_by_id), None)
    if unknown is not None:
        raise InvalidProblem(f"{where}.volunteers names the unknown volunteer {show(unknown)}.")
    people = [problem.volunteer_by_id[name] for name in lock.volunteers]
    for volunteer in people:
        broken = broken_rules(problem, need, volunteer, start=lock.start)
        if broken:
            who = f"volunteer {show(volunteer.id)} at need {show(need.id)}"
            raise InvalidProblem(f"{where}.volunteers: {who} breaks the rule {show(broken[0])[1:-1]}.")
    if len(people) == 2 and all(volunteer.trainee for volunteer in people):
        raise InvalidProblem(f"{where}.volunteers: need {show(need.id)} would be served by two trainees.")
