"""One more visit in a day that stands: at which minutes she could start it, and what she would walk and wait more.

Her other visits keep their minutes; whether she goes home between two of them may change. Rounds with fixed starts are
a chain of choices, so the best way up to each visit and the best way on from it are worked out once, and a new visit
between two of them costs a straight line over its start: nothing is tried minute by minute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from matching.problem import Need, Place, Problem, Volunteer, Window
from matching.result import Round
from matching.rules import Visit, has_minutes_left, has_tasks_left, start_spans
from matching.travel import home_again, leg_min

Ways = tuple[int, int, int]  # what it costs in care, minutes walked, minutes waited


@dataclass(frozen=True)
class Piece:
    """Starts from `first` to `last` that are walked in one way; `walking` and `waiting` are minutes more than before.

    `waiting` is that of the first start; every later minute adds `slope` (-1, 0 or 1).
    """

    first: int
    last: int
    walking: int
    waiting: int
    slope: int

    def within(self, low: int, high: int) -> Piece | None:
        """The part of it between these minutes."""
        first, last = max(low, self.first), min(high, self.last)
        waiting = self.waiting + self.slope * (first - self.first)
        return Piece(first, last, self.walking, waiting, self.slope) if first <= last else None

    @property
    def best(self) -> int:
        """The start with the least waiting, the earliest of several."""
        return self.last if self.slope < 0 else self.first

    def waiting_at(self, start: int) -> int:
        """Minutes waited more when she starts then."""
        return self.waiting + self.slope * (start - self.first)


class Day:
    """One person's visits at their minutes, ready for another.

    rounds: how she walks them as planned; the most careful way if not given.
    """

    def __init__(
        self, problem: Problem, person: Volunteer, visits: Sequence[Visit], rounds: Iterable[Round] | None = None
    ) -> None:
        self.problem, self.person = problem, person
        self.visits = sorted(visits, key=lambda visit: visit[1])
        self.home, self.end = person.place, home_again(person)
        self.planned = None if rounds is None else _as_walked(rounds)
        self._on: dict[tuple[int, Place], Ways | None] = {}
        self._own = {self.home, self.end, *(need.place for need, _ in visits)}
        self._known: dict[tuple[Place, Place], int] = {}

    def pieces(self, need: Need, alone: Sequence[Window] | None = None) -> list[Piece]:
        """Every way to put the visit into her day, each over the starts it allows; limits of the day included.

        alone: the spans of `start_spans`, where they are known.
        """
        if not self._has_room(need):
            return []
        alone = start_spans(self.problem, need, self.person) if alone is None else alone
        found = []
        for piece in self._pieces(need, *self.before):
            found += [part for low, high in alone if (part := piece.within(low, high))]
        return found

    def _has_room(self, need: Need) -> bool:
        more = [*self.visits, (need, 0)]
        return has_tasks_left(self.person, more) and has_minutes_left(self.person, more)

    @cached_property
    def before(self) -> tuple[int, int]:
        """Minutes walked and waited as the day stands; none where it cannot be walked without another visit."""
        if self.planned is not None:
            return self.planned
        best = min(self._days(), default=(0, 0, 0))
        return best[1], best[2]

    # --- the day without the new visit ------------------------------------------------------------------------------

    def _days(self) -> Iterator[Ways]:
        last = len(self.visits) - 1
        for place, way in self._up_to[last].items() if self.visits else ():
            on = self._way_on(last, place)
            if on is not None:
                yield _sum(way, on)

    @cached_property
    def windows(self) -> list[int]:
        """The free window of each visit; -1 where there is none."""
        found = []
        for need, start in self.visits:
            spans = enumerate(self.person.free)
            found.append(next((w for w, (a, b) in spans if a <= start and start + need.duration_min <= b), -1))
        return found

    @cached_property
    def _up_to(self) -> list[dict[Place, Ways]]:
        """For each visit, where she may be after it and the best way there."""
        found: list[dict[Place, Ways]] = []
        for index, (need, start) in enumerate(self.visits):
            here: dict[Place, Ways] = {}
            window = self.windows[index]
            if index == 0:
                self._keep(here, self._first(need, start, window))
            else:
                for place, way in found[-1].items():
                    for there, more in self._steps(index - 1, place):
                        self._keep(here, (there, _sum(way, more)))
            found.append(here)
        return found

    def _keep(self, here: dict[Place, Ways], one: tuple[Place, Ways] | None) -> None:
        if one is not None and (one[0] not in here or one[1] < here[one[0]]):
            here[one[0]] = one[1]

    def _first(self, need: Need, start: int, window: int) -> tuple[Place, Ways] | None:
        out = self._leg(self.home, need)
        fits = window >= 0 and self.person.free[window][0] + out <= start
        return (self._after(self.home, need), self._cost(out, 0)) if fits else None

    def _steps(self, index: int, place: Place) -> Iterator[tuple[Place, Ways]]:
        """From after a visit to after the next: straight on, or by way of home."""
        need, start = self.visits[index]
        window = self.windows[index]
        yield from self._onward(place, start + need.duration_min, window, index + 1)

    def _onward(self, place: Place, ended: int, window: int, index: int) -> Iterator[tuple[Place, Ways]]:
        need, start = self.visits[index]
        following = self.windows[index]
        if following == window:
            leg = self._leg(place, need)
            if ended + leg <= start:
                yield self._after(place, need), self._cost(leg, start - ended - leg)
        if self._may_go_home(window, following):
            back, out = self._back(place), self._leg(self.home, need)
            begin = self.person.free[following][0]
            if ended + back <= self.person.free[window][1] and max(begin, ended + back) + out <= start:
                yield self._after(self.home, need), self._cost(back + out, 0)

    def _way_on(self, index: int, place: Place) -> Ways | None:
        """The best way from after a visit, being at this place, to the end of the day."""
        key = index, place
        if key not in self._on:
            self._on[key] = self._find_way_on(index, place)
        return self._on[key]

    def _find_way_on(self, index: int, place: Place) -> Ways | None:
        need, start = self.visits[index]
        if index == len(self.visits) - 1:
            back = self._back(place)
            late = start + need.duration_min + back > self.person.free[self.windows[index]][1]
            return None if late else self._cost(back, 0)
        ways = ((more, self._way_on(index + 1, there)) for there, more in self._steps(index, place))
        return min((_sum(more, on) for more, on in ways if on is not None), default=None)

    # --- the new visit ----------------------------------------------------------------------------------------------

    def _pieces(self, need: Need, walked: int, waited: int) -> Iterator[Piece]:
        earliest, latest = need.start_window
        free = enumerate(self.person.free)
        windows = [w for w, (a, b) in free if a <= latest and earliest + need.duration_min <= b]
        for gap in self._gaps(need):
            for window in windows:
                for low, place, to, slope in self._arrivals(need, gap, window):
                    for high, on, back_slope in self._departures(need, gap, window, place):
                        first, last = max(low, earliest), min(high, latest)
                        if first <= last:
                            waiting = to[2] + on[2] + slope * (first - low) + back_slope * (first - high)
                            walking = to[1] + on[1] - walked
                            yield Piece(first, last, walking, waiting - waited, slope + back_slope)

    def _gaps(self, need: Need) -> list[int]:
        """Before which of her visits there could be time for it, or after the last, however she walks."""
        low, high = need.start_window
        ended = [0, *(start + visited.duration_min for visited, start in self.visits)]
        begins = [*(start for _, start in self.visits), None]
        return [
            gap
            for gap, (a, b) in enumerate(zip(ended, begins, strict=True))
            if a <= high and (b is None or max(a, low) + need.duration_min <= b)
        ]

    def _arrivals(self, need: Need, gap: int, window: int) -> Iterator[tuple[int, Place, Ways, int]]:
        """Earliest start, where she then is, the way so far, and whether a later start means waiting."""
        begin = self.person.free[window][0]
        out = self._leg(self.home, need)
        from_home = self._after(self.home, need)
        if gap == 0:
            yield begin + out, from_home, self._cost(out, 0), 0
            return
        before, start = self.visits[gap - 1]
        ended, last_window = start + before.duration_min, self.windows[gap - 1]
        for place, way in self._up_to[gap - 1].items():
            if window == last_window:
                leg = self._leg(place, need)
                yield ended + leg, self._after(place, need), _sum(way, self._cost(leg, 0)), 1
            if self._may_go_home(last_window, window):
                back = self._back(place)
                if ended + back <= self.person.free[last_window][1]:
                    yield max(begin, ended + back) + out, from_home, _sum(way, self._cost(back + out, 0)), 0

    def _departures(self, need: Need, gap: int, window: int, place: Place) -> Iterator[tuple[int, Ways, int]]:
        """Latest start, the way on, and whether an earlier start means waiting at the next door (-1)."""
        until, back = self.person.free[window][1], self._back(place)
        if gap == len(self.visits):
            yield until - back - need.duration_min, self._cost(back, 0), 0
            return
        following, start = self.visits[gap]
        next_window = self.windows[gap]
        if window == next_window:
            leg = self._leg(place, following)
            on = self._way_on(gap, self._after(place, following))
            if on is not None:
                yield start - leg - need.duration_min, _sum(self._cost(leg, 0), on), -1
        out = self._leg(self.home, following)
        on = self._way_on(gap, self._after(self.home, following))
        if on is None or not self._may_go_home(window, next_window) or self.person.free[next_window][0] + out > start:
            return
        yield min(until, start - out) - back - need.duration_min, _sum(self._cost(back + out, 0), on), 0

    # --- legs -------------------------------------------------------------------------------------------------------

    def _may_go_home(self, window: int, following: int) -> bool:
        return window < following or (window == following and self.person.end_place is None)

    def _leg(self, place: Place, need: Need) -> int:
        return 0 if need.remote else self._minutes(place, need.place)

    def _back(self, place: Place) -> int:
        return self._minutes(place, self.end)

    def _minutes(self, place: Place, there: Place) -> int:
        if place == there:
            return 0
        known = self._known.get((place, there))
        if known is None:
            known = leg_min(self.problem, self.person, place, there)
            if place in self._own and there in self._own:
                self._known[place, there] = known
        return known

    def _after(self, place: Place, need: Need) -> Place:
        return place if need.remote else need.place

    def _cost(self, walking: int, waiting: int) -> Ways:
        goals = self.problem.goals
        return goals.walking_minute * walking + goals.waiting_minute * waiting, walking, waiting


def _sum(one: Ways, other: Ways) -> Ways:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


def _as_walked(rounds: Iterable[Round]) -> tuple[int, int]:
    walking = waiting = 0
    for one in rounds:
        walking += one.walking_min
        waiting += sum(visit.start - visit.arrive for visit in one.visits)
    return walking, waiting


def merged_spans(pieces: Iterable[Piece]) -> tuple[tuple[int, int], ...]:
    """The starts of all pieces as spans without overlaps, in order."""
    spans: list[tuple[int, int]] = []
    for first, last in sorted((piece.first, piece.last) for piece in pieces):
        if spans and first <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], last))
        else:
            spans.append((first, last))
    return tuple(spans)
