# mypy: disable-error-code="no-untyped-def"
"""The compiled loop that puts needs into days one after the other, each where care gains most."""

from __future__ import annotations

import numpy as np

from matching.compiled import njit
from matching.kernels import NOTHING, best_insertion, judge_plan


@njit
def fill(
    order, need_first, need_arcs, open_arcs, codes, lengths, values, served, starts, pieces, n_people, a_locked,
    a_volunteer, v_trainee, s_low, s_high, a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs, v_first,
    v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end, v_most_tasks, v_most_minutes, kth,
    walking, waiting,
):  # fmt: skip
    """Place each need of `order` that is not served, by the arcs that are open, and write the days in place.

    codes, lengths, values: everybody's day and its care. starts: by need the minute two people meet at (-1: none);
    a_low and a_high are narrowed to it. A need for two tries the ends of `pieces` equal parts of its window; for one,
    nobody is tried who would bring less than somebody before her even without a step on the way.
    """
    width = codes.shape[1]
    for n in order:
        first, last = need_first[n], need_first[n + 1]
        m = last - first
        if served[n] or m == 0:
            continue
        two = n_people[n] == 2
        tries = pieces + 1 if two else 1
        gains = np.empty(m)
        plans = np.zeros((m, width + 1), np.int64)
        best_gain, best_start, best_one, best_other = NOTHING, -1, -1, -1
        best_plans = np.zeros((2, width + 1), np.int64)
        low, high = s_low[need_arcs[first]], s_high[need_arcs[first]]
        last_start, most = -1, NOTHING
        for attempt in range(tries):
            start = low + (high - low) * attempt // pieces
            if two and start == last_start:
                continue
            last_start = start
            for i in range(m):
                arc = need_arcs[first + i]
                v = a_volunteer[arc]
                gains[i] = NOTHING
                if two:
                    a_low[arc], a_high[arc] = start, start
                if not open_arcs[arc] or lengths[v] >= min(v_most_tasks[v], width):
                    continue
                if not two and a_value[arc] - kth[0] <= most:
                    continue
                value, plan = best_insertion(
                    v, codes[v], lengths[v], arc - v_first[v], a_value, a_low, a_high, a_duration, a_out, a_back,
                    a_remote, legs, v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round,
                    v_home_end, v_most_tasks, v_most_minutes, kth, walking, waiting,
                )  # fmt: skip
                if value > NOTHING:
                    gains[i] = value - values[v]
                    plans[i, : lengths[v] + 1] = plan
                    if not two:
                        most = max(most, gains[i])
            one, other = -1, -1
            locked = 0
            for i in range(m):
                locked += a_locked[need_arcs[first + i]]
            if not two:
                for i in range(m):
                    if gains[i] > NOTHING and (one < 0 or gains[i] > gains[one]):
                        one = i
                if one >= 0:
                    best_gain, best_one = gains[one], one
                    best_plans[0] = plans[one]
                continue
            most = NOTHING
            for i in range(m):
                if gains[i] <= NOTHING:
                    continue
                for k in range(i + 1, m):
                    both = gains[i] + gains[k]
                    if gains[k] <= NOTHING or both <= most:
                        continue
                    here, there = need_arcs[first + i], need_arcs[first + k]
                    if v_trainee[a_volunteer[here]] and v_trainee[a_volunteer[there]]:
                        continue
                    if a_locked[here] + a_locked[there] < min(2, locked):
                        continue
                    most, one, other = both, i, k
            if one >= 0 and most > best_gain:
                best_gain, best_start, best_one, best_other = most, start, one, other
                best_plans[0], best_plans[1] = plans[one], plans[other]
        if two:
            for i in range(m):
                arc = need_arcs[first + i]
                a_low[arc] = best_start if best_one >= 0 else s_low[arc]
                a_high[arc] = best_start if best_one >= 0 else s_high[arc]
        if best_one < 0:
            continue
        served[n] = True
        starts[n] = best_start if two else -1
        for row in range(2 if two else 1):
            arc = need_arcs[first + (best_one if row == 0 else best_other)]
            v = a_volunteer[arc]
            lengths[v] += 1
            codes[v, : lengths[v]] = best_plans[row, : lengths[v]]
            values[v] = judge_plan(
                v, codes[v], lengths[v], a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs, v_first,
                v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end, v_most_tasks,
                v_most_minutes, kth, walking, waiting,
            )  # fmt: skip
