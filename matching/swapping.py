# mypy: disable-error-code="no-untyped-def"
"""Compiled loops that make days better visit by visit: room for needs left over, and visits to whom they suit best."""

from __future__ import annotations

import numpy as np

from matching.compiled import njit
from matching.kernels import NOTHING, best_insertion, judge_plan


@njit
def swap(
    order, need_first, need_arcs, codes, lengths, values, served, movable, n_priority, lot, a_need, a_volunteer,
    a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs, v_first, v_placed, v_leg, v_window, window_from,
    window_until, v_one_round, v_home_end, v_most_tasks, v_most_minutes, kth, walking, waiting,
):  # fmt: skip
    """Place each need of `order` where one visit can make room for it, and write the days in place.

    The visit goes to another day that has room as it stands; where none has, the need takes the place of one of lower
    priority, or of the same (which by `lot`, a number for each arc): who is left over then may find room elsewhere.
    movable: the needs that may be moved or placed (for one person, not locked). Returns the priorities gained.
    """
    gained = 0
    width = codes.shape[1]
    for n in order:
        if served[n] or not movable[n]:
            continue
        gain, gain_lot, gain_v, gain_m = 0, -1, -1, -1
        gain_plan = np.zeros(width + 1, np.int64)
        done = False
        for place in range(need_first[n], need_first[n + 1]):
            arc = need_arcs[place]
            v = a_volunteer[arc]
            windows = v_window[v + 1] - v_window[v] + 1
            for gone in range(lengths[v]):
                m = a_need[v_first[v] + codes[v, gone] // windows]
                if not movable[m]:
                    continue
                rest = day_without(codes[v], lengths[v], gone, windows)
                value, plan = best_insertion(
                    v, rest, lengths[v] - 1, arc - v_first[v], a_value, a_low, a_high, a_duration, a_out, a_back,
                    a_remote, legs, v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round,
                    v_home_end, v_most_tasks, v_most_minutes, kth, walking, waiting,
                )  # fmt: skip
                if value <= NOTHING:
                    continue
                more = n_priority[n] - n_priority[m]
                if more > gain or (more == gain and lot[arc] > gain_lot):
                    gain, gain_lot, gain_v, gain_m = more, lot[arc], v, m
                    gain_plan[: lengths[v]] = plan
                done = elsewhere(
                    m, v, need_first, need_arcs, codes, lengths, values, a_volunteer, a_value, a_low, a_high,
                    a_duration, a_out, a_back, a_remote, legs, v_first, v_placed, v_leg, v_window, window_from,
                    window_until, v_one_round, v_home_end, v_most_tasks, v_most_minutes, kth, walking, waiting,
                )  # fmt: skip
                if done:
                    codes[v, : lengths[v]] = plan
                    values[v] = value
                    served[n] = True
                    gained += n_priority[n]
                    break
            if done:
                break
        if not done and gain_v >= 0:
            codes[gain_v, : lengths[gain_v]] = gain_plan[: lengths[gain_v]]
            values[gain_v] = judge_plan(
                gain_v, codes[gain_v], lengths[gain_v], a_value, a_low, a_high, a_duration, a_out, a_back, a_remote,
                legs, v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end,
                v_most_tasks, v_most_minutes, kth, walking, waiting,
            )  # fmt: skip
            served[n], served[gain_m] = True, False
            gained += gain
    return gained


@njit
def elsewhere(
    n, v, need_first, need_arcs, codes, lengths, values, a_volunteer, a_value, a_low, a_high, a_duration, a_out, a_back,
    a_remote, legs, v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end,
    v_most_tasks, v_most_minutes, kth, walking, waiting,
):  # fmt: skip
    """Put need n into the first day that has room for it as it stands, v's left out; whether there is one."""
    for place in range(need_first[n], need_first[n + 1]):
        arc = need_arcs[place]
        w = a_volunteer[arc]
        if w == v or lengths[w] >= min(v_most_tasks[w], codes.shape[1]):
            continue
        value, plan = best_insertion(
            w, codes[w], lengths[w], arc - v_first[w], a_value, a_low, a_high, a_duration, a_out, a_back, a_remote,
            legs, v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end, v_most_tasks,
            v_most_minutes, kth, walking, waiting,
        )  # fmt: skip
        if value > NOTHING:
            lengths[w] += 1
            codes[w, : lengths[w]] = plan
            values[w] = value
            return True
    return False


@njit
def day_without(code, length, gone, windows):
    """A day without one of its visits; where that began a round, the next one does."""
    rest = np.zeros(len(code), np.int64)
    begins = 0
    at = 0
    for step in range(length):
        q = code[step] % windows
        if step == gone:
            begins = q
            continue
        if step == gone + 1 and begins > 0 and q == 0:
            q = begins
        rest[at] = (code[step] // windows) * windows + q
        at += 1
    return rest


@njit
def move(
    order, need_first, need_arcs, codes, lengths, values, movable, arc_of, a_need, a_volunteer, a_value, a_low, a_high,
    a_duration, a_out, a_back, a_remote, legs, v_first, v_placed, v_leg, v_window, window_from, window_until,
    v_one_round, v_home_end, v_most_tasks, v_most_minutes, kth, walking, waiting,
):  # fmt: skip
    """Move each visit of `order` to the day and the place where care gains most, and write the days in place.

    arc_of: by need the arc that serves it (-1: none), kept up to date. Returns the care gained.
    """
    width = codes.shape[1]
    gained = 0.0
    for n in order:
        stands = arc_of[n]
        if stands < 0 or not movable[n]:
            continue
        u = a_volunteer[stands]
        windows = v_window[u + 1] - v_window[u] + 1
        gone = 0
        while codes[u, gone] // windows != stands - v_first[u]:
            gone += 1
        rest = day_without(codes[u], lengths[u], gone, windows)
        left = 0.0
        if lengths[u] > 1:
            left = judge_plan(
                u, rest, lengths[u] - 1, a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs, v_first,
                v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end, v_most_tasks,
                v_most_minutes, kth, walking, waiting,
            )  # fmt: skip
            if left <= NOTHING:
                continue
        best, best_arc, best_value = values[u] - left + 1e-6, -1, 0.0
        best_plan = np.zeros(width + 1, np.int64)
        for place in range(need_first[n], need_first[n + 1]):
            arc = need_arcs[place]
            v = a_volunteer[arc]
            if a_value[arc] - kth[0] <= best:
                continue  # even without a step on the way
            if v == u:
                day, length, before = rest, lengths[u] - 1, left
            else:
                day, length, before = codes[v], lengths[v], values[v]
            if length >= min(v_most_tasks[v], width):
                continue
            value, plan = best_insertion(
                v, day, length, arc - v_first[v], a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs,
                v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end, v_most_tasks,
                v_most_minutes, kth, walking, waiting,
            )  # fmt: skip
            if value > NOTHING and value - before > best:
                best, best_arc, best_value = value - before, arc, value
                best_plan[: length + 1] = plan
        if best_arc < 0:
            continue
        gained += best - (values[u] - left)
        lengths[u] -= 1
        codes[u, : lengths[u]] = rest[: lengths[u]]
        values[u] = left
        v = a_volunteer[best_arc]
        lengths[v] += 1
        codes[v, : lengths[v]] = best_plan[: lengths[v]]
        values[v] = best_value
        arc_of[n] = best_arc
    return gained
