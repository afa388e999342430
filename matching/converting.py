"""Public test instances as problems: team orienteering with time windows, and the assignment files of the OR-Library.

Both keep every number exact. Orienteering files count time in units of which distances keep one or two decimals, so a
minute of the problem is a tenth or a hundredth of such a unit, and legs are a table. The weights of care are all zero:
what is compared with the published value is the first level alone (for assignment files the scores, thus care).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isqrt
from pathlib import Path

from matching.problem import Goals, InvalidProblem, Matrix, Need, Pair, Problem, Volunteer
from matching.reading import HIGHEST_PRIORITY, LARGEST, LATEST

NOTHING_WEIGHS = Goals(0, 0, 0, 0, 0, (), 0, 0)
COLUMNS = ("number", "x", "y", "duration", "score", "frequency", "combinations")
MOST_VERTICES = 5_000  # the table of minutes has this many squared
MOST_AGENTS = 5_000
MOST_WALKERS = 10_000
DECIMALS = range(4)


def read_toptw(path: str | Path, walkers: int, decimals: int | None = None) -> Problem:
    """A team orienteering problem with time windows, for so many walkers who start and end at the first vertex.

    The format of Vansteenwegen's collection (Solomon's and Cordeau's instances): two lines of which only the number
    of vertices counts, then for each vertex `number x y duration score frequency n <n numbers> opening closing`.
    decimals: how many of them a distance keeps, the rest cut off; by the collection's rule 1 where all coordinates
        are whole (Solomon) and else 2 (Cordeau). The unit of time is the last kept decimal.

    Raises InvalidProblem, naming line and field.
    """
    if not 1 <= walkers <= MOST_WALKERS:
        raise InvalidProblem(f"--walkers must be a whole number from 1 to {MOST_WALKERS}, not {walkers}.")
    if decimals is not None and decimals not in DECIMALS:
        raise InvalidProblem(f"--decimals must be a whole number from 0 to {DECIMALS[-1]}, not {decimals}.")
    vertices = list(_vertices(path))
    if decimals is None:
        decimals = 1 if all(v.x == int(v.x) and v.y == int(v.y) for v in vertices) else 2
    scale = 10**decimals
    depot, *others = vertices
    begin, end = depot.whole("opening", scale), depot.whole("closing", scale)
    if begin >= end:
        raise depot.wrong("closing", "after its opening")
    names = tuple(f"p{row}" for row in range(len(vertices)))
    return Problem(
        needs=tuple(v.need(row, scale) for row, v in enumerate(others, 1) if v.score > 0),
        volunteers=tuple(Volunteer(f"v{k}", "p0", ((begin, end),)) for k in range(1, walkers + 1)),
        travel=Matrix(names, _minutes(vertices, decimals)),
        goals=NOTHING_WEIGHS,
    )


@dataclass(frozen=True)
class _Vertex:
    where: str
    values: dict[str, Decimal]

    @property
    def x(self) -> Decimal:
        return self.values["x"]

    @property
    def y(self) -> Decimal:
        return self.values["y"]

    @property
    def score(self) -> int:
        return self.whole("score", 1, high=HIGHEST_PRIORITY)

    def wrong(self, field: str, wanted: str) -> InvalidProblem:
        return InvalidProblem(f"{self.where}: the {field} must be {wanted}, not {self.values[field]}.")

    def whole(self, field: str, scale: int, low: int = 0, high: int = LATEST) -> int:
        """The field in units of 1 / scale."""
        value = self.values[field] * scale
        if value != value.to_integral_value() or not low <= value <= high:
            raise self.wrong(field, f"from {Decimal(low) / scale} to {high // scale} in steps of {Decimal(1) / scale}")
        return int(value)

    def need(self, row: int, scale: int) -> Need:
        """The visit to this vertex."""
        opening, closing = self.whole("opening", scale), self.whole("closing", scale)
        if opening > closing:
            raise self.wrong("closing", "at or after its opening")
        duration = self.whole("duration", scale, low=1)
        return Need(f"n{row}", f"p{row}", (opening, closing), duration, priority=self.score)


def _vertices(path: str | Path) -> Iterator[_Vertex]:
    lines = [(number, line.split()) for number, line in enumerate(_text(path).splitlines(), 1) if line.split()]
    if len(lines) < 3:
        raise InvalidProblem(f"{path} must have two lines of headings and a line for each vertex.")
    number, heading = lines[0]
    if len(heading) < 3:
        raise InvalidProblem(f"{path}, line {number}: the number of vertices (the third field) is missing.")
    wanted = _number(f"{path}, line {number}", "number of vertices", heading[2])
    if wanted + 1 != len(lines) - 2:
        raise InvalidProblem(
            f"{path}, line {number}: the number of vertices is {wanted}, but {len(lines) - 3} follow the first."
        )
    if wanted > MOST_VERTICES:
        raise InvalidProblem(f"{path}, line {number}: the number of vertices must be at most {MOST_VERTICES}.")
    for number, words in lines[2:]:
        yield _vertex(f"{path}, line {number}", words)


def _vertex(where: str, words: list[str]) -> _Vertex:
    if len(words) < len(COLUMNS) + 2:
        raise InvalidProblem(f"{where}: a vertex has at least {len(COLUMNS) + 2} fields, not {len(words)}.")
    values = {name: _number(where, name, word) for name, word in zip(COLUMNS, words, strict=False)}
    listed = len(words) - len(COLUMNS) - 2
    if values["combinations"] != listed:
        raise InvalidProblem(
            f"{where}: the list has {listed} entries, but its length (field {len(COLUMNS)}) is "
            f"{values['combinations']}."
        )
    values["opening"] = _number(where, "opening", words[-2])
    values["closing"] = _number(where, "closing", words[-1])
    return _Vertex(where, values)


def _number(where: str, name: str, word: str) -> Decimal:
    try:
        value = Decimal(word)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) > LARGEST or len(word) > 20:
        raise InvalidProblem(f"{where}: the {name} must be a number up to {LARGEST}, not {word[:20]!r}.")
    return value


def _minutes(vertices: list[_Vertex], decimals: int) -> tuple[tuple[int, ...], ...]:
    """Euclidean distances, cut off after so many decimals; in whole numbers throughout."""
    finest = max(-int(value.as_tuple().exponent) for v in vertices for value in (v.x, v.y))
    places = max(0, min(finest, 20))
    points = [(int(v.x.scaleb(places)), int(v.y.scaleb(places))) for v in vertices]
    stretch, shrink = 10 ** (2 * decimals), 10**places
    rows = tuple(
        tuple(isqrt(((x - a) ** 2 + (y - b) ** 2) * stretch) // shrink for a, b in points) for x, y in points
    )
    if max(map(max, rows)) > LATEST:
        raise InvalidProblem(f"Two vertices are too far apart: a way takes more than {LATEST} steps of time.")
    return rows


def read_assignment(path: str | Path) -> Problem:
    """An assignment file of the OR-Library: n, then n rows of n costs; one volunteer for each need.

    The score of a pair is its cost with the sign turned, so the care of the best plan is minus the least cost.

    Raises InvalidProblem, naming the entry.
    """
    words = _text(path).split()
    size = _entry(path, "first entry, the number of agents", words[0] if words else "", 1, MOST_AGENTS)
    if len(words) - 1 != size * size:
        raise InvalidProblem(f"{path} must hold {size} x {size} costs after the first entry, not {len(words) - 1}.")
    costs = [_cost(path, size, index, word) for index, word in enumerate(words[1:])]
    ids = [str(row) for row in range(1, size + 1)]
    return Problem(
        needs=tuple(Need(f"n{name}", None, (0, 0), 1, remote=True) for name in ids),
        volunteers=tuple(Volunteer(f"v{name}", (0.0, 0.0), ((0, 1),), max_tasks=1) for name in ids),
        goals=NOTHING_WEIGHS,
        pairs=tuple(
            Pair(f"n{ids[index // size]}", f"v{ids[index % size]}", -cost) for index, cost in enumerate(costs)
        ),
        pairs_only=True,
    )


def _cost(path: str | Path, size: int, index: int, word: str) -> int:
    if word.isascii() and word.isdigit() and len(word) < 10:  # the plain case, 640,000 times
        return int(word)
    return _entry(path, f"cost in row {index // size + 1}, column {index % size + 1}", word, -LARGEST, LARGEST)


def _entry(path: str | Path, name: str, word: str, low: int, high: int) -> int:
    try:
        value = int(word)
    except ValueError:
        value = high + 1
    if not low <= value <= high:
        raise InvalidProblem(f"{path}: the {name} must be a whole number from {low} to {high}, not {word[:20]!r}.")
    return value


def _text(path: str | Path) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError as error:
        raise InvalidProblem(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InvalidProblem(f"{path} is not plain text.") from None
