# mypy: disable-error-code="no-untyped-def"
"""The compiled search for a person's day plans that are worth more than a threshold: depth first, with bounds.

Codes of visits and the state of a round are those of `kernels`.
"""

from __future__ import annotations

import numpy as np

from matching.compiled import njit
from matching.kernels import NOTHING

EPSILON = 1.0e-6
UNITS = 33  # parts of the minutes she has, in which durations are counted
LONG = 2  # visits looked at for one person, against what is to be known then: so many, and it is worth while
INSTANTS, CELLS = 48, 200_000  # of a day, at which is known what is to come; of such a table at most
ENDLESS = 1 << 62
PAID = 0.6  # of the time she is free: where she may serve no longer, a minute of service has a price
MOMENTS = 16  # of a day, at which is known what the rest of it can add at most


@njit
def best_of_each(group, values, groups, most):
    """Where the `most` greatest values of each group are: groups x most, greatest first, -1 where there are fewer."""
    best = np.full((groups, most), -1, np.int64)
    for j in range(len(group)):
        row = best[group[j]]
        if row[most - 1] >= 0 and values[j] <= values[row[most - 1]]:
            continue
        at = most - 1
        while at > 0 and (row[at - 1] < 0 or values[row[at - 1]] < values[j]):
            row[at] = row[at - 1]
            at -= 1
        row[at] = j
    return best


@njit
def minutes_after(moment, w0, windows, window_from, window_until):
    """The minutes of her free windows that lie after a moment."""
    total = 0
    for w in range(w0, w0 + windows):
        total += max(0, window_until[w] - max(window_from[w], moment))
    return total


@njit
def optimistic_additions(net, order, a_group, a_high, a_duration, first, tasks, kth, minutes):
    """What the rest of a day can add at most: (moments, unit, still[moment, visits made, minutes left // unit]).

    net: by local arc its value less its cheapest leg; order: the arcs, best first. A visit that begins after a moment
    is to a need whose window is not over then, each need is visited once, and the visits fit the minutes that are left:
    a knapsack over the best needs of each duration. Few needs or visits are not worth it: then minutes do not count.
    """
    m = len(net)
    moments = min(MOMENTS, m)
    highs = np.sort(a_high[first : first + m])
    breaks = np.empty(moments, np.int64)
    for t in range(moments):
        breaks[t] = highs[t * m // moments]
    hopeful = 0
    while hopeful < m and net[order[hopeful]] > 0.0:
        hopeful += 1
    units, unit = 1, 1 << 40
    if tasks > 2 and hopeful > 16:
        common = 0  # what all durations are multiples of: in such units nothing is lost
        for step in range(hopeful):
            common = np.gcd(common, a_duration[first + order[step]])
        units = UNITS
        unit = common * max(1, -(-minutes // (common * (units - 1))))  # rounded up: all minutes have an index
    still = np.zeros((moments, tasks + 1, units))
    best = np.empty((tasks + 1, units))
    taken = np.full(m, -1, np.int64)
    of_size = np.empty(units, np.int64)
    for t in range(moments):
        best[:] = NOTHING
        best[0] = 0.0
        of_size[:] = 0
        for step in range(hopeful):
            j = order[step]
            group = a_group[first + j]
            size = a_duration[first + j] // unit
            if a_high[first + j] < breaks[t] or taken[group] == t or size >= units or of_size[size] == tasks:
                continue
            taken[group] = t
            of_size[size] += 1
            for count in range(tasks, 0, -1):
                for c in range(units - 1, size - 1, -1):
                    if best[count - 1, c - size] + net[j] > best[count, c]:
                        best[count, c] = best[count - 1, c - size] + net[j]
        for k in range(tasks):
            for c in range(units):
                cost = 0.0
                for count in range(1, tasks - k + 1):
                    cost += kth[k + count - 1]
                    still[t, k, c] = max(still[t, k, c], best[count, c] - cost)
    return breaks, unit, still


@njit
def inserted(most, whose, other, value, group, second):
    """The most, whose it is and the most of another, with what a group (and a second one) can add."""
    if group == whose:
        return max(most, value), whose, max(other, second)
    if value > most:
        return value, group, max(most, second)
    return most, whose, max(other, value)


@njit
def later_instants(placed, tasks, window_from, window_until):
    """The instants of her windows at which is known what is to come: (minutes between them, first of each window)."""
    windows = len(window_from)
    tick = 1 + minutes_after(0, 0, windows, window_from, window_until) // min(
        INSTANTS, max(1, CELLS // ((tasks + 1) * (placed + 1)))
    )
    of_window = np.zeros(windows + 1, np.int64)
    for w in range(windows):
        of_window[w + 1] = of_window[w] + (window_until[w] - window_from[w]) // tick + 1
    return tick, of_window


@njit
def later_additions(
    tick, of_window, net, order, a_value, a_group, a_low, a_high, a_duration, a_out, a_back, a_remote, legs, first,
    placed, square, home_end, metric, tasks, kth, walking, window_from, window_until, per_minute, stop,
):  # fmt: skip
    """What the rest of a day can add at most, by where she stands and when: (most, whose, other).

    most[k, p, t]: with k visits made, at the place of the local arc p (`placed`: at home), in the minutes of window w
    from `window_from[w] + (t - of_window[w]) * tick` on; her way home is counted. The first of those visits is to the
    need `whose[k, p, t]`, and `other[k, p, t]` is the most where it is to another: a need may be visited again, but not
    twice in a row. Every visit takes its way and its time, within its window and one of hers, and `per_minute` is
    paid for its time; waiting and odd sets do not count. Without a limit where nobody can be, and where it was stopped.
    """
    m = len(net)
    shape = (tasks + 1, placed + 1, of_window[-1])
    most, other, whose = np.full(shape, np.inf), np.full(shape, np.inf), np.full(shape, -1, np.int64)
    to_end = np.full(placed + 1, home_end)
    to_end[:placed] = a_back[first : first + placed]
    for p in range(placed + 1):
        most[tasks, p] = other[tasks, p] = -walking * to_end[p]
    worth = net - per_minute * a_duration[first : first + m]
    order = np.argsort(-worth)
    able = np.empty(m, np.int64)  # whom she can reach from an instant on, best first
    next_most, next_other = np.full(tasks, NOTHING), np.full(tasks, NOTHING)  # where she leaves home in a later window
    next_whose = np.full(tasks, -1)
    for w in range(len(window_from) - 1, -1, -1):
        until = window_until[w]
        top = np.zeros(tasks + 1)
        for t in range(of_window[w + 1] - 1, of_window[w] - 1, -1):
            if stop[0] != 0:
                return most, whose, other
            minute = window_from[w] + (t - of_window[w]) * tick
            n_able = 0
            for j in order:
                if worth[j] <= NOTHING / 2:
                    break
                if minute <= a_high[first + j] and max(minute, a_low[first + j]) + a_duration[first + j] <= until:
                    able[n_able] = j
                    n_able += 1
            for k in range(tasks - 1, 0, -1):
                for p in range(placed, -1, -1):
                    if p < placed and minute + tick <= max(window_from[w], a_low[first + p]) + a_duration[first + p]:
                        continue  # she cannot have been there so soon
                    back = float(walking * to_end[p])
                    best, group, second = inserted(
                        -back, -1, -back, next_most[k] - back, next_whose[k], next_other[k] - back
                    )  # fmt: skip
                    home = minute + to_end[p]
                    if p < placed and home <= until:  # a call may be made from there while she would wait here
                        at = of_window[w] + (home - window_from[w]) // tick
                        best, group, second = inserted(
                            best, group, second, most[k, placed, at] - back, whose[k, placed, at],
                            other[k, placed, at] - back,
                        )  # fmt: skip
                    for j in able[:n_able]:
                        if worth[j] - kth[k] + top[k + 1] <= second:
                            break
                        leg, place = 0, p
                        if j < placed:
                            leg, place = a_out[first + j] if p == placed else legs[square + p * placed + j], j
                        end = max(minute + leg, a_low[first + j]) + a_duration[first + j]
                        if minute + leg > a_high[first + j] or end + (to_end[place] if metric else 0) > until:
                            continue
                        at = of_window[w] + (end - window_from[w]) // tick
                        mine = a_group[first + j]
                        rest = other[k + 1, place, at] if whose[k + 1, place, at] == mine else most[k + 1, place, at]
                        value = a_value[first + j] - per_minute * a_duration[first + j] - walking * leg - kth[k] + rest
                        best, group, second = inserted(best, group, second, value, mine, NOTHING)
                    most[k, p, t], whose[k, p, t], other[k, p, t] = best, group, second
                    top[k] = max(top[k], best)
        at = of_window[w]
        for k in range(1, tasks):
            next_most[k], next_whose[k], next_other[k] = inserted(
                next_most[k], next_whose[k], next_other[k], most[k, placed, at], whose[k, placed, at],
                other[k, placed, at],
            )  # fmt: skip
    return most, whose, other


@njit
def outdone_calls(
    enough, first, m, placed, a_value, a_group, a_low, a_high, a_duration, window_from, window_until, a_need,
    n_odd_at,
):  # fmt: skip
    """Which local arcs are calls that `enough` others outdo: a day with one of those can do without it.

    Another call outdoes it that is worth no less, is in no odd set, takes no longer and can be begun whenever this one
    can in the person's windows: put in its place it leaves everything else as it was, where waiting costs nothing. Of a
    day's visits fewer than `enough` can be such others already.
    """
    outdone = np.zeros(m, np.bool_)
    windows = len(window_from)
    earliest = np.empty((m, windows), np.int64)  # when a call can begin in a window
    latest = np.empty((m, windows), np.int64)
    for j in range(placed, m):
        for w in range(windows):
            earliest[j, w] = max(a_low[first + j], window_from[w])
            latest[j, w] = min(a_high[first + j], window_until[w] - a_duration[first + j])
            if latest[j, w] < earliest[j, w]:
                earliest[j, w], latest[j, w] = 1, 0
    for j in range(placed, m):
        others = 0
        last = -1
        for k in range(placed, m):
            if k == j or a_group[first + k] == last or a_group[first + k] == a_group[first + j]:
                continue
            if a_value[first + k] < a_value[first + j] or a_duration[first + k] > a_duration[first + j]:
                continue
            if n_odd_at[a_need[first + k]] < n_odd_at[a_need[first + k] + 1]:
                continue
            fits = True
            alike = a_value[first + k] == a_value[first + j] and a_duration[first + k] == a_duration[first + j]
            for w in range(windows):
                if earliest[j, w] <= latest[j, w]:
                    fits &= earliest[k, w] <= earliest[j, w] and latest[k, w] >= latest[j, w]
                alike &= earliest[k, w] == earliest[j, w] and latest[k, w] == latest[j, w]
            if not fits or (alike and k > j):
                continue
            last = a_group[first + k]
            others += 1
            if others >= enough:
                outdone[j] = True
                break
    return outdone


@njit
def place_in_table(key, row, count, capacity, table_row, table_slot, mask, out_key):
    """Where a set of needs was written before for the person of `row`; `count`, and noted so, where it was not."""
    at = key & mask
    while table_row[at] == row and out_key[table_slot[at]] != key:
        at = (at + np.uint64(1)) & mask
    if table_row[at] == row:
        return table_slot[at]
    if count < capacity:
        table_row[at] = row
        table_slot[at] = count
    return count


@njit
def place_among_best(key, begin, count, keep, out_key, out_value):
    """Where a set of needs stands among a person's best; else `count` if there is room, or the place of the least."""
    least = begin
    for old in range(begin, count):
        if out_key[old] == key:
            return old
        if out_value[old] < out_value[least]:
            least = old
    return least if count - begin == keep else count


@njit
def to_pay(need, n_odd_at, n_odd, price, used):
    """What visiting a need costs by the odd sets of which it is the second or fourth thing used, and so on."""
    total = 0.0
    for at in range(n_odd_at[need], n_odd_at[need + 1]):
        if used[n_odd[at]] & 1:
            total += price[n_odd[at]]
    return total


@njit
def use(need, n_odd_at, n_odd, used, more):
    """Count that a need is visited (more = 1), or that it is not any longer (more = -1)."""
    for at in range(n_odd_at[need], n_odd_at[need + 1]):
        used[n_odd[at]] += more


@njit
def enumerate_plans(
    volunteers, thresholds, keep, budget, stop, a_value, a_key, a_group, a_low, a_high, a_duration, a_out, a_back,
    a_remote, a_least, legs, v_first, v_placed, v_leg, v_window, window_from, window_until, v_one_round, v_home_end,
    v_most_tasks, v_most_minutes, kth, walking, waiting, metric, a_need, n_odd_at, n_odd, v_odd_at, v_odd,
    odd_price, out_volunteer, out_value, out_key, out_length, out_code,
):  # fmt: skip
    """The day plans worth more than each volunteer's threshold, less the prices of the odd sets they use two of.

    `a_group` is the first local arc of the same need: one need is visited once, whichever of its arcs is taken.
    With keep > 0 the best `keep` different sets of needs of each volunteer, otherwise every set until the buffers are
    full; each set once, in its best order.
    Returns (count, best, finished): how many plans were written, an upper bound on each volunteer's best plan (at
    least her threshold), and whether her search was complete within the budget of visits tried for everybody and
    before `stop[0]` was set (by the caller's clock, from another thread).
    """
    count = 0
    capacity = len(out_value)
    deepest = out_code.shape[1]
    best = np.empty(len(volunteers))
    finished = np.ones(len(volunteers), dtype=np.bool_)
    size = 2  # a table of the sets already written, by open addressing; only where all are wanted
    while keep == 0 and size < 2 * capacity:
        size *= 2
    table_slot = np.empty(size, dtype=np.int64)
    table_row = np.full(size, -1, dtype=np.int64)
    mask = np.uint64(size - 1)
    tried = 0
    looked = 0
    odd_used = np.zeros(len(odd_price), np.int64)
    for row in range(len(volunteers)):
        v = volunteers[row]
        first = v_first[v]
        m = v_first[v + 1] - first
        placed = v_placed[v]  # her arcs with a place come first, and only they have legs
        best[row] = thresholds[row]
        tasks = min(v_most_tasks[v], m)
        if m == 0 or tasks == 0:
            continue
        begin = count  # this volunteer's plans are written from here
        threshold = thresholds[row] + EPSILON
        w0 = v_window[v]
        windows = v_window[v + 1] - w0
        square = v_leg[v]
        minutes = v_most_minutes[v]
        home_end = v_home_end[v]

        out_of_play = np.zeros(m, np.bool_)
        if keep > 0 and waiting == 0:  # where care counts hardly two calls are so much alike
            out_of_play = outdone_calls(
                tasks - 1 + keep, first, m, placed, a_value, a_group, a_low, a_high, a_duration,
                window_from[w0 : w0 + windows], window_until[w0 : w0 + windows],
                a_need, n_odd_at,
            )  # fmt: skip
        odd_used[:] = 0
        for at in range(v_odd_at[v], v_odd_at[v + 1]):
            odd_used[v_odd[at]] = 1

        # An optimistic addition by the visits still allowed: the best values less their cheapest leg and task cost.
        net = np.empty(m)
        least_return = home_end
        for j in range(m):
            out_of_play[j] |= a_value[first + j] <= NOTHING
            net[j] = NOTHING if out_of_play[j] else a_value[first + j] - walking * a_least[first + j]
            if j < placed:
                least_return = min(least_return, a_back[first + j])
        order = np.argsort(-net)
        free = min(minutes, minutes_after(0, w0, windows, window_from, window_until))
        breaks, unit, still = optimistic_additions(
            net, order, a_group, a_high, a_duration, first, tasks, kth, free
        )  # fmt: skip
        units = still.shape[2]
        floor_return = walking * least_return
        most_of_all = still[0, 0, units - 1] - floor_return
        if most_of_all <= threshold:
            continue

        depth_limit = min(tasks, deepest)
        used = np.zeros(m, dtype=np.bool_)
        turn = np.zeros(depth_limit + 2, dtype=np.int64)
        code = np.zeros(depth_limit + 1, dtype=np.int64)
        place = np.full(depth_limit + 1, -1, dtype=np.int64)
        window = np.full(depth_limit + 1, -1, dtype=np.int64)
        a = np.zeros(depth_limit + 1, dtype=np.int64)
        b = np.zeros(depth_limit + 1, dtype=np.int64)
        l = np.zeros(depth_limit + 1, dtype=np.int64)  # noqa: E741
        served = np.zeros(depth_limit + 1, dtype=np.int64)
        value = np.zeros(depth_limit + 1)
        later = np.zeros(depth_limit + 1, dtype=np.int64)  # the row of `still` from the end of the visit on
        left = np.full(depth_limit + 1, units - 1, dtype=np.int64)  # its last index: the minutes left
        if depth_limit < tasks:
            finished[row] = False
        depth = 0
        timed = False
        whose_later = code.reshape(1, 1, -1)  # only their types matter until she turns out to be hard
        most_later = other_later = value.reshape(1, 1, -1)
        per_minute = 0.0
        tick, of_window = later_instants(
            placed, tasks, window_from[w0 : w0 + windows], window_until[w0 : w0 + windows]
        )  # fmt: skip
        cells = (tasks + 1) * (placed + 1) * of_window[windows]
        enough = looked + LONG * cells if cells < 2 * CELLS else ENDLESS
        choices = m * (windows + 1)
        while depth >= 0:
            looked += 1
            if looked & 1023 == 0 and stop[0] != 0:
                finished[row] = False
                best[row] = max(best[row], most_of_all)
                tried = budget  # the others are not begun
                break
            c = turn[depth]
            if c >= choices or depth == depth_limit:
                if depth > 0:
                    last = first + code[depth] // (windows + 1)
                    used[a_group[last]] = False
                    use(a_need[last], n_odd_at, n_odd, odd_used, -1)
                depth -= 1
                continue
            turn[depth] = c + 1
            j = order[c // (windows + 1)]
            q = c % (windows + 1)
            if used[a_group[first + j]] or out_of_play[j]:
                turn[depth] = (c // (windows + 1) + 1) * (windows + 1)
                continue
            arc = first + j
            if q == 0:  # in order of what they can add at most: if this one is hopeless, so is the rest
                stood = b[depth] - a[depth] - min(l[depth], b[depth] - a[depth]) if depth > 0 else 0
                most = value[depth] - waiting * stood + net[j] - kth[depth]
                if most + still[later[depth], depth + 1, left[depth]] - floor_return <= threshold:
                    turn[depth] = choices
                    continue
            duration = a_duration[arc]
            if served[depth] + duration > minutes:
                continue
            low = a_low[arc]
            high = a_high[arc]
            gain = value[depth] + a_value[arc] - kth[depth]
            here = place[depth]
            if depth > 0:
                back = home_end if here < 0 else a_back[first + here]
                home = b[depth] + back
            if q == 0:
                if depth == 0:
                    continue
                leg = 0
                if not a_remote[arc]:
                    leg = a_out[arc] if here < 0 else legs[square + here * placed + j]
                if b[depth] + leg > high:
                    continue
                new_a = a[depth] + leg + duration
                new_b = max(b[depth] + leg, low) + duration
                new_l = min(l[depth], high - a[depth] - leg)
                new_place = here if a_remote[arc] else j
                new_window = window[depth]
                new_value = gain - walking * leg
            else:
                new_window = q - 1
                leg = 0 if a_remote[arc] else a_out[arc]
                ready = window_from[w0 + new_window]
                new_value = gain - walking * leg
                if depth > 0:
                    if new_window < window[depth] or home > window_until[w0 + window[depth]]:
                        continue
                    if new_window == window[depth]:
                        if v_one_round[v]:
                            continue
                        ready = home
                    stood = b[depth] - a[depth] - min(l[depth], b[depth] - a[depth])
                    new_value -= walking * back + waiting * stood
                if ready + leg > high:
                    continue
                new_a = leg + duration
                new_b = max(ready + leg, low) + duration
                new_l = high - leg
                new_place = -1 if a_remote[arc] else j
                if depth > 0 and new_window == window[depth] and not a_remote[arc]:
                    # Going home first is pointless if walking on ends no later, costs no more and can shift as far.
                    on = a_out[arc] if here < 0 else legs[square + here * placed + j]
                    if b[depth] + on <= high:
                        on_a = a[depth] + on + duration
                        on_b = max(b[depth] + on, low) + duration
                        on_l = min(l[depth], high - a[depth] - on)
                        on_stood = on_b - on_a - min(on_l, on_b - on_a)
                        new_stood = new_b - new_a - min(new_l, new_b - new_a)
                        cheaper = walking * on + waiting * on_stood <= gain - new_value + waiting * new_stood
                        if cheaper and on_b <= new_b and max(on_b, on_l + on_a) >= max(new_b, new_l + new_a):
                            continue
            if new_b > window_until[w0 + new_window]:
                continue
            stood = new_b - new_a - min(new_l, new_b - new_a)
            back = home_end if new_place < 0 else a_back[first + new_place]
            closes = new_b + back <= window_until[w0 + new_window]
            if metric and not closes:
                continue
            new_value -= to_pay(a_need[arc], n_odd_at, n_odd, odd_price, odd_used)
            reached = new_value - waiting * stood
            new_later = later[depth]
            while new_later + 1 < len(breaks) and breaks[new_later + 1] <= new_b:
                new_later += 1
            new_left = left[depth]
            if units > 1:
                spare = min(
                    minutes - served[depth] - duration, minutes_after(new_b, w0, windows, window_from, window_until)
                )  # fmt: skip
                new_left = min(units - 1, max(0, spare) // unit)
            if reached - floor_return + still[new_later, depth + 1, new_left] <= threshold:
                continue
            if timed:
                at = of_window[new_window] + (new_b - window_from[w0 + new_window]) // tick
                stands = placed if new_place < 0 else new_place
                rest = most_later[depth + 1, stands, at]
                if whose_later[depth + 1, stands, at] == a_group[arc]:
                    rest = other_later[depth + 1, stands, at]
                if reached + per_minute * (minutes - served[depth] - duration) + rest <= threshold:
                    continue
            tried += 1
            if not timed and looked > enough:
                timed = True
                if minutes <= PAID * minutes_after(0, w0, windows, window_from, window_until):
                    per_minute = max(0.0, threshold) / minutes  # any price is right; so a full day is worth nothing
                most_later, whose_later, other_later = later_additions(
                    tick, of_window, net, order, a_value, a_group, a_low, a_high, a_duration, a_out, a_back, a_remote,
                    legs, first, placed, square, home_end, metric, tasks, kth, walking,
                    window_from[w0 : w0 + windows], window_until[w0 : w0 + windows], per_minute, stop,
                )  # fmt: skip
            if tried > budget:
                finished[row] = False
                best[row] = max(best[row], most_of_all)
                break
            depth += 1
            code[depth] = j * (windows + 1) + q
            used[a_group[arc]] = True
            use(a_need[arc], n_odd_at, n_odd, odd_used, 1)
            turn[depth] = 0
            place[depth] = new_place
            window[depth] = new_window
            a[depth] = new_a
            b[depth] = new_b
            l[depth] = new_l
            served[depth] = served[depth - 1] + duration
            value[depth] = new_value
            later[depth] = new_later
            left[depth] = new_left
            total = reached - walking * back
            if not closes or total <= threshold:
                continue

            # A plan to keep: once for each set of needs if only the best are wanted.
            best[row] = max(best[row], total)
            key = np.uint64(0)
            for step in range(1, depth + 1):
                key ^= a_key[code[step] // (windows + 1)]
            if keep == 0:
                slot = place_in_table(key, row, count, capacity, table_row, table_slot, mask, out_key)
            else:
                slot = place_among_best(key, begin, count, keep, out_key, out_value)
            if slot < count and out_value[slot] >= total:
                continue
            if slot == count:
                if count == capacity:
                    finished[row] = False
                    best[row] = max(best[row], most_of_all)
                    break
                count += 1
            out_volunteer[slot] = v
            out_value[slot] = total
            out_key[slot] = key
            out_length[slot] = depth
            for step in range(depth):
                out_code[slot, step] = code[step + 1]
            if keep > 0 and count - begin == keep:
                least_kept = out_value[begin]
                for old in range(begin + 1, count):
                    least_kept = min(least_kept, out_value[old])
                # Not above the best: its value must stay exact, so only plans that cannot enter are cut.
                threshold = max(threshold, least_kept)
    return count, best, finished
