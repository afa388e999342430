# mypy: disable-error-code="no-untyped-def"
"""The compiled loops over one given day of a person: what it is worth, and where one more visit fits.

A day plan is a list of codes, one a visit: `code = local_arc * (windows + 1) + q`, where q = 0 continues the round and
q >= 1 begins a new round in free window q - 1.

The state of a round is three numbers (the concatenation of time windows known from vehicle routing):
    a  minutes walked and served since leaving home,
    b  earliest end of the last visit,
    l  latest leaving time that still meets every start window so far.
Leaving at min(l, b - a) ends the round at its earliest end *and* with the least waiting, b - a - min(l, b - a): an
earlier departure waits longer and a later one ends later. So nothing is lost by keeping one state per sequence.
"""

from __future__ import annotations

import numpy as np

from matching.compiled import njit

NOTHING = -1.0e300


@njit
def judge_plan(
    v, code, length, a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs, v_first, v_placed, v_leg,
    v_window, window_from, window_until, v_one_round, v_home_end, v_most_tasks, v_most_minutes, kth, walking, waiting,
):  # fmt: skip
    """The value of one given day plan within the given start windows; NOTHING if it cannot be walked."""
    first = v_first[v]
    w0 = v_window[v]
    windows = v_window[v + 1] - w0
    if length > v_most_tasks[v]:
        return NOTHING
    value = 0.0
    a = 0
    b = 0
    l = 0  # noqa: E741
    here = -1
    window = -1
    served = 0
    for step in range(length):
        j = code[step] // (windows + 1)
        q = code[step] % (windows + 1)
        arc = first + j
        served += a_duration[arc]
        value += a_value[arc] - kth[step]
        if q == 0:
            if step == 0:
                return NOTHING
            leg = 0
            if not a_remote[arc]:
                leg = a_out[arc] if here < 0 else legs[v_leg[v] + here * v_placed[v] + j]
            ready = b
            before = a
            latest = l
        else:
            leg = 0 if a_remote[arc] else a_out[arc]
            ready = window_from[w0 + q - 1]
            if step > 0:
                back = v_home_end[v] if here < 0 else a_back[first + here]
                if b + back > window_until[w0 + window] or q - 1 < window or (q - 1 == window and v_one_round[v]):
                    return NOTHING
                if q - 1 == window:
                    ready = b + back
                value -= walking * back + waiting * (b - a - min(l, b - a))
            window = q - 1
            here = -1
            before = 0
            latest = a_high[arc] - leg
        if ready + leg > a_high[arc]:
            return NOTHING
        a = before + leg + a_duration[arc]
        b = max(ready + leg, a_low[arc]) + a_duration[arc]
        l = min(latest, a_high[arc] - before - leg)  # noqa: E741
        if not a_remote[arc]:
            here = j
        value -= walking * leg
    back = v_home_end[v] if here < 0 else a_back[first + here]
    if b + back > window_until[w0 + window] or served > v_most_minutes[v]:
        return NOTHING
    return value - walking * back - waiting * (b - a - min(l, b - a))


@njit
def judge_plans(
    volunteers, codes, lengths, a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs, v_first, v_placed,
    v_leg, v_window, window_from, window_until, v_one_round, v_home_end, v_most_tasks, v_most_minutes, kth, walking,
    waiting,
):  # fmt: skip
    """The values of day plans, one a row of codes; NOTHING for those that cannot be walked."""
    values = np.empty(len(volunteers))
    for row in range(len(volunteers)):
        values[row] = judge_plan(
            volunteers[row], codes[row], lengths[row], a_value, a_low, a_high, a_duration, a_out, a_back, a_remote,
            legs, v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end,
            v_most_tasks, v_most_minutes, kth, walking, waiting,
        )  # fmt: skip
    return values


@njit
def best_insertion(
    v, code, length, j, a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs, v_first, v_placed, v_leg,
    v_window, window_from, window_until, v_one_round, v_home_end, v_most_tasks, v_most_minutes, kth, walking, waiting,
):  # fmt: skip
    """The day plan with local arc j put into the best place of a given one: (value, codes); NOTHING if it fits none."""
    windows = v_window[v + 1] - v_window[v]
    found = np.zeros(length + 1, dtype=np.int64)
    trial = np.zeros(length + 1, dtype=np.int64)
    best = NOTHING
    for at in range(length + 1):
        for q in range(windows + 1):
            for after in range(windows + 1):  # the next visit keeps its way of being reached, or begins a round
                if after > 0 and at == length:
                    break
                for step in range(at):
                    trial[step] = code[step]
                trial[at] = j * (windows + 1) + q
                for step in range(at, length):
                    trial[step + 1] = code[step]
                if after > 0:
                    trial[at + 1] = (code[at] // (windows + 1)) * (windows + 1) + after
                elif at == 0 and length > 0 and q > 0:
                    # The old first visit began a round; once more as a continuation of the new one.
                    old = trial[1]
                    trial[1] = (old // (windows + 1)) * (windows + 1)
                    value = judge_plan(
                        v, trial, length + 1, a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs,
                        v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end,
                        v_most_tasks, v_most_minutes, kth, walking, waiting,
                    )  # fmt: skip
                    if value > best:
                        best = value
                        found[:] = trial
                    trial[1] = old
                value = judge_plan(
                    v, trial, length + 1, a_value, a_low, a_high, a_duration, a_out, a_back, a_remote, legs,
                    v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end,
                    v_most_tasks, v_most_minutes, kth, walking, waiting,
                )  # fmt: skip
                if value > best:
                    best = value
                    found[:] = trial
    return best, found
