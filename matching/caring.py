"""Care of many pairs at once: everything but legs, waiting and the k-th task."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from matching.problem import Need, Problem, Wish
from matching.ways import Ints


class PairCare:
    """The sum of `instance.pair_care` for arrays of needs and volunteers, by position in the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        goals, people = problem.goals, problem.volunteers
        asked = [0 if v.asked_days_ago is None else max(0, 3 - v.asked_days_ago) for v in people]
        served = [v.served_30d_min // 60 for v in people]
        self._fairness = -goals.served_hour_30d * np.array(served, np.int64)
        self._fairness -= goals.asked_recently * np.array(asked, np.int64)
        self._gender = self._wishes(lambda need: need.gender, lambda value: [v.gender == value for v in people])
        self._language = self._wishes(lambda need: need.language, lambda value: [value in v.languages for v in people])
        row = {v.id: index for index, v in enumerate(people)}
        regular = {
            index * len(people) + row[name]: goals.regular
            for index, need in enumerate(problem.needs)
            for name in need.regular
            if name in row
        }
        order = {need.id: index for index, need in enumerate(problem.needs)} if problem.pairs else {}
        scores = {
            order[one.need] * len(people) + row[one.volunteer]: one.score
            for one in problem.pairs
            if one.score and one.need in order and one.volunteer in row
        }
        self._named = [_sorted(regular), _sorted(scores)]

    def _wishes(
        self, wish_of: Callable[[Need], Wish | None], holds: Callable[[str], list[bool]]
    ) -> tuple[Ints, NDArray[np.bool_]]:
        """The number of each need's preferred value (0: none), and by number who has it."""
        numbers: dict[str, int] = {}
        of = np.zeros(len(self.problem.needs), np.int64)
        for index, need in enumerate(self.problem.needs):
            wish = wish_of(need)
            if wish is not None and not wish.required:
                of[index] = numbers.setdefault(wish.value, len(numbers) + 1)
        rows = [[False] * len(self.problem.volunteers), *(holds(value) for value in numbers)]
        return of, np.array(rows, bool).reshape(len(numbers) + 1, -1)

    def __call__(self, need: Ints, volunteer: Ints) -> Ints:
        """The care of each pair, in minutes of walking."""
        goals = self.problem.goals
        value = self._fairness[volunteer]
        for weight, (of, has) in ((goals.gender, self._gender), (goals.language, self._language)):
            value = value + weight * has[of[need], volunteer]
        code = need * len(self.problem.volunteers) + volunteer
        for codes, worth in self._named:
            if len(codes):
                at = np.minimum(np.searchsorted(codes, code), len(codes) - 1)
                value = value + np.where(codes[at] == code, worth[at], 0)
        return value.astype(np.int64)


    def named(self, need: int) -> Ints:
        """The people whom a need names: its regular ones, and those it has a score with."""
        found = [codes[self._rows(codes, need)] for codes, _ in self._named]
        return np.concatenate(found).astype(np.int64) - need * len(self.problem.volunteers)

    def most(self, need: int) -> int:
        """What nobody's care for a need exceeds."""
        goals = self.problem.goals
        most = int(self._fairness.max(initial=0))
        for weight, (of, _) in ((goals.gender, self._gender), (goals.language, self._language)):
            most += max(0, weight) if of[need] else 0
        for codes, worth in self._named:
            most += int(worth[self._rows(codes, need)].max(initial=0))
        return most

    def _rows(self, codes: Ints, need: int) -> slice:
        people = len(self.problem.volunteers)
        return slice(*np.searchsorted(codes, [need * people, (need + 1) * people]).tolist())


def _sorted(values: dict[int, int]) -> tuple[Ints, Ints]:
    codes = np.array(sorted(values), np.int64)
    return codes, np.array([values[code] for code in codes.tolist()], np.int64)
