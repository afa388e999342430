# mypy: disable-error-code="no-untyped-def"
"""The compiled loops for long rounds: ruin a few rounds, recreate them, and keep what an annealing accepts.

A *slot* is a person and an interval in which she leaves home and is back; it holds the arcs of one round in order. For
each visit the earliest start (all before it as early as can be) and the latest start (all after it as late as can be)
are kept, so whether one more visit fits between two others is known at once.

Tables have named columns: one row is one line of the cache, and few arrays go from function to function.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.compiled import njit

FAR = 1 << 60
MISFIT = 1.0e300
TIDY = 0.02  # of a minute of care: what a minute walked costs at least while searching, so that rounds get shorter
ALL = 0.1  # of the steps: everything absent is tried everywhere; else what was absent before, where room was made
STRINGS = 0.7  # of the steps: ruin by strings, else by hours

# columns of Ground.arc, .person, .need, .slot and .weight
NEED, WHO, LOW, HIGH, DURATION, OUT, BACK, REMOTE, CARE = range(9)
FIRST, SIDE, SQUARE, HOME_END, MOST_TASKS, MOST_MINUTES, SLOTS = range(7)
PRIORITY, ARCS, FIXED = range(3)
PERSON, FROM, UNTIL = range(3)
WALKING, WAITING, PRIZE = range(3)
# columns of Draft.visit, .round and .load
ARC, START, LATE, PLACE, LEG = range(5)
SIZE, LEGS = range(2)
TASKS, MINUTES = range(2)
# fields of Memory.tally
HELD, STEP = range(2)

Ints = NDArray[np.int64]
Indices = NDArray[np.int32]
Floats = NDArray[np.float64]


class Ground(NamedTuple):
    """What does not change."""

    arc: Ints
    person: Ints  # one row more than persons: her slots end where the next one's begin
    need: Ints  # one row more than needs: its arcs are of_need[need[n, ARCS]:need[n + 1, ARCS]]
    slot: Ints
    of_need: Indices
    near: Ints  # for each need, others by the minutes between them, itself first; -1: no more
    legs: NDArray[np.int32]  # a square for each person, side SIDE, from SQUARE on
    kth: Floats  # what the first k tasks of a day cost together
    weight: Floats  # of a minute walked, a minute waited, and a unit of priority while searching


class Draft(NamedTuple):
    """What changes: the rounds with their times, by slot and position."""

    visit: Ints  # PLACE: the arc at whose place she is afterwards, -1 home
    round: Ints
    care: Floats
    load: Ints
    at: Ints  # the slot in which a need is visited; -1 none, -2 may not be


class Memory(NamedTuple):
    """The slots as they were before a step, and room to work in."""

    visits: Ints
    size: Ints
    held: Ints
    held_in: Ints  # the step in which a slot was last remembered
    gone_in: Ints  # the step in which a need was last taken out
    absent: Ints
    keys: Floats
    tally: Ints


@njit
def draw(dice):
    """A number above 0 and below 1: two multiplicative generators taken together (L'Ecuyer 1988)."""
    dice[0] = (40014 * dice[0]) % 2147483563
    dice[1] = (40692 * dice[1]) % 2147483399
    z = dice[0] - dice[1]
    if z < 1:
        z += 2147483562
    return z / 2147483563.0


@njit
def pick(dice, n):
    """A whole number from 0 to n - 1."""
    return int(draw(dice) * n)


@njit
def leg_between(g, here, arc):
    """Minutes from the place of an arc (-1: home) to another arc of the same person."""
    if g.arc[arc, REMOTE]:
        return 0
    if here < 0:
        return g.arc[arc, OUT]
    v = g.arc[arc, WHO]
    first = g.person[v, FIRST]
    return int(g.legs[g.person[v, SQUARE] + (here - first) * g.person[v, SIDE] + arc - first])


@njit
def leg_home(g, r, here):
    """Minutes from there to where the round ends."""
    return g.person[g.slot[r, PERSON], HOME_END] if here < 0 else g.arc[here, BACK]


@njit
def retime(g, d, r):
    """Work the times of a round out again; False if it cannot be walked."""
    size = d.round[r, SIZE]
    if size == 0:
        d.care[r] = 0.0
        d.round[r, LEGS] = 0
        return True
    now = g.slot[r, FROM]
    here = -1
    spent = 0
    latest = FAR
    legs = 0
    care = 0.0
    for i in range(size):
        arc = d.visit[r, i, ARC]
        way = leg_between(g, here, arc)
        legs += way
        spent += way
        latest = min(latest, g.arc[arc, HIGH] - spent)
        now = max(now + way, g.arc[arc, LOW])
        if now > g.arc[arc, HIGH]:
            return False
        d.visit[r, i, LEG] = way
        d.visit[r, i, START] = now
        now += g.arc[arc, DURATION]
        spent += g.arc[arc, DURATION]
        care += g.arc[arc, CARE]
        if not g.arc[arc, REMOTE]:
            here = arc
        d.visit[r, i, PLACE] = here
    back = leg_home(g, r, here)
    if now + back > g.slot[r, UNTIL]:
        return False
    end = g.slot[r, UNTIL] - back
    for i in range(size - 1, -1, -1):
        arc = d.visit[r, i, ARC]
        d.visit[r, i, LATE] = min(g.arc[arc, HIGH], end - g.arc[arc, DURATION])
        end = d.visit[r, i, LATE] - d.visit[r, i, LEG]
    legs += back
    stood = now - spent - min(latest, now - spent)
    d.care[r] = care - g.weight[WALKING] * legs - g.weight[WAITING] * stood
    d.round[r, LEGS] = legs
    return True


@njit
def put(g, d, r, i, arc):
    """Put an arc into a round before position i; times are not worked out."""
    for k in range(d.round[r, SIZE], i, -1):
        d.visit[r, k, ARC] = d.visit[r, k - 1, ARC]
    d.visit[r, i, ARC] = arc
    d.round[r, SIZE] += 1
    v = g.slot[r, PERSON]
    d.load[v, TASKS] += 1
    d.load[v, MINUTES] += g.arc[arc, DURATION]
    d.at[g.arc[arc, NEED]] = r


@njit
def take(g, d, r, i):
    """Take the visit at position i out of a round; times are not worked out."""
    arc = d.visit[r, i, ARC]
    d.round[r, SIZE] -= 1
    for k in range(i, d.round[r, SIZE]):
        d.visit[r, k, ARC] = d.visit[r, k + 1, ARC]
    v = g.slot[r, PERSON]
    d.load[v, TASKS] -= 1
    d.load[v, MINUTES] -= g.arc[arc, DURATION]
    d.at[g.arc[arc, NEED]] = -1
    return arc


@njit
def fits_before_remote(g, d, r, i, arc):
    """Whether an arc fits before a remote visit, where the ways after that change too."""
    put(g, d, r, i, arc)
    good = retime(g, d, r)
    take(g, d, r, i)
    retime(g, d, r)
    return good


@njit
def best_place(g, d, r, arc, by_shift, blink, dice):
    """Where an arc fits into a round at the least cost: (cost, position); MISFIT if nowhere.

    The cost is care lost, and `by_shift` for each minute by which the rest of the round is pushed back. A share
    `blink` of the places is overlooked, which keeps the search from doing the same again and again.
    """
    v = g.slot[r, PERSON]
    size = d.round[r, SIZE]
    duration = g.arc[arc, DURATION]
    best = MISFIT
    where = -1
    if (
        d.load[v, TASKS] >= g.person[v, MOST_TASKS]
        or d.load[v, MINUTES] + duration > g.person[v, MOST_MINUTES]
        or size == d.visit.shape[1]
    ):
        return best, where
    low = g.arc[arc, LOW]
    high = g.arc[arc, HIGH]
    remote = g.arc[arc, REMOTE]
    begin = 0
    above = size
    while begin < above:  # where all that follows can wait for a visit as early as this may start
        middle = (begin + above) // 2
        if d.visit[r, middle, LATE] < low + duration:
            begin = middle + 1
        else:
            above = middle
    for i in range(begin, size + 1):
        if i == 0:
            ready = g.slot[r, FROM]
            here = -1
        else:
            ready = d.visit[r, i - 1, START] + g.arc[d.visit[r, i - 1, ARC], DURATION]
            here = d.visit[r, i - 1, PLACE]
        if ready > high:
            break
        way = leg_between(g, here, arc)
        start = max(ready + way, low)
        if start > high:
            continue
        end = start + duration
        there = here if remote else arc
        off = 0
        if i == size:
            on = leg_home(g, r, there)
            if end + on > g.slot[r, UNTIL]:
                continue
            if size > 0:
                off = leg_home(g, r, here)
                shift = end + on - ready - off
            else:
                shift = duration + way + on
        else:
            following = d.visit[r, i, ARC]
            if g.arc[following, REMOTE] and not remote:
                if end > d.visit[r, i, LATE] or not fits_before_remote(g, d, r, i, arc):
                    continue
                on = 0
            else:
                on = leg_between(g, there, following)
                if end + on > d.visit[r, i, LATE]:
                    continue
            off = d.visit[r, i, LEG]
            shift = max(end + on, g.arc[following, LOW]) - d.visit[r, i, START]
        if blink > 0.0 and draw(dice) < blink:
            continue
        cost = by_shift * shift + (g.weight[WALKING] + TIDY) * (way + on - off) - g.arc[arc, CARE]
        if cost < best:
            best = cost
            where = i
    return best, where


@njit
def hold(d, m, r):
    """Remember a round as it was before this step; False if it is remembered already."""
    if m.held_in[r] == m.tally[STEP]:
        return False
    m.held_in[r] = m.tally[STEP]
    m.held[m.tally[HELD]] = r
    m.tally[HELD] += 1
    m.size[r] = d.round[r, SIZE]
    for i in range(m.size[r]):
        m.visits[r, i] = d.visit[r, i, ARC]
    return True


@njit
def undo(g, d, m):
    """Put the remembered rounds back."""
    for k in range(m.tally[HELD]):
        r = m.held[k]
        while d.round[r, SIZE] > 0:
            take(g, d, r, d.round[r, SIZE] - 1)
    for k in range(m.tally[HELD]):
        r = m.held[k]
        for i in range(m.size[r]):
            put(g, d, r, i, m.visits[r, i])
        retime(g, d, r)


@njit
def cut_out(g, d, m, r, first, length):
    """Take `length` visits from position `first` out of a round, but for those that stay; False if it cannot be."""
    at = first
    for _ in range(length):
        need = g.arc[d.visit[r, at, ARC], NEED]
        if g.need[need, FIXED]:
            at += 1
        else:
            take(g, d, r, at)
            m.gone_in[need] = m.tally[STEP]
    return retime(g, d, r)  # in a strange table the straight way may be longer than the detour


@njit
def ruin_strings(g, d, m, dice, most):
    """Cut a string of visits out of each of a few rounds near one need; False if a round cannot do without."""
    seed = pick(dice, len(d.at))
    longest = 1 + pick(dice, most)
    strings = 1 + pick(dice, 1 + 2 * most // longest)
    for k in range(g.near.shape[1]):
        need = g.near[seed, k]
        if need < 0 or strings == 0:
            break
        r = d.at[need]
        if r < 0 or not hold(d, m, r):
            continue
        strings -= 1
        size = d.round[r, SIZE]
        at = 0
        while g.arc[d.visit[r, at, ARC], NEED] != need:
            at += 1
        length = 1 + pick(dice, min(longest, size))
        first = min(max(0, at - pick(dice, length)), size - length)
        if not cut_out(g, d, m, r, first, length):
            return False
    return True


@njit
def ruin_hours(g, d, m, dice, most):
    """Take visits that start about the same time out of some rounds; False if a round cannot do without."""
    rounds = len(d.round)
    r = pick(dice, rounds)
    if d.round[r, SIZE] == 0:
        return True
    middle = d.visit[r, pick(dice, d.round[r, SIZE]), START]
    for _ in range(1 + pick(dice, min(rounds, 4))):
        size = d.round[r, SIZE]
        if size > 0:
            hold(d, m, r)
            at = 0
            while at < size - 1 and d.visit[r, at, START] < middle:
                at += 1
            length = 1 + pick(dice, min(most, size))
            if not cut_out(g, d, m, r, min(max(0, at - length // 2), size - length), length):
                return False
        r = (r + 1) % rounds
    return True


@njit
def rank(g, d, m, dice):
    """Put the absent needs in some order, mostly the worthiest for their time first; how many there are."""
    n = 0
    way = pick(dice, 6)
    power = 0.5 + 1.5 * draw(dice)
    noise = 0.1 + 0.9 * draw(dice)
    for need in range(len(d.at)):
        if d.at[need] != -1:
            continue
        arc = g.of_need[g.need[need, ARCS]]
        key = float(g.need[need, PRIORITY]) ** power
        if way == 0:
            key *= draw(dice)
        elif way == 2 or way == 3:
            key /= g.arc[arc, DURATION]
        elif way == 4:
            key = 1.0 / (1 + g.arc[arc, HIGH] - g.arc[arc, LOW])
        elif way == 5:
            key /= g.arc[arc, DURATION] + 2 * g.arc[arc, OUT]
        m.absent[n] = need
        m.keys[n] = -key * (1.0 - noise * draw(dice))
        n += 1
    return n


@njit
def recreate(g, d, m, dice, blink):
    """Put back what is absent, each need at its cheapest place."""
    n = rank(g, d, m, dice)
    order = np.argsort(m.keys[:n])
    by_shift = draw(dice)
    step = m.tally[STEP]
    anywhere = draw(dice) < ALL
    for k in range(n):
        need = m.absent[order[k]]
        everywhere = anywhere or m.gone_in[need] == step
        best = MISFIT
        slot = -1
        where = -1
        chosen = -1
        for j in range(g.need[need, ARCS], g.need[need + 1, ARCS]):
            arc = g.of_need[j]
            v = g.arc[arc, WHO]
            for r in range(g.person[v, SLOTS], g.person[v + 1, SLOTS]):
                if everywhere or m.held_in[r] == step:
                    cost, at = best_place(g, d, r, arc, by_shift, blink, dice)
                    if cost < best:
                        best = cost
                        slot = r
                        where = at
                        chosen = arc
        if slot >= 0:
            hold(d, m, slot)
            put(g, d, slot, where, chosen)
            retime(g, d, slot)


@njit
def worth(g, d):
    """(priority served, care, minutes walked)."""
    serve = 0
    for need in range(len(d.at)):
        if d.at[need] >= 0:
            serve += g.need[need, PRIORITY]
    care = 0.0
    legs = 0
    for r in range(len(d.round)):
        care += d.care[r]
        legs += d.round[r, LEGS]
    for v in range(len(d.load)):
        care -= g.kth[d.load[v, TASKS]]
    return serve, care, legs


@njit
def anneal(g, d, m, dice, steps, hot, cold, most, blink, best_visits, best_size, best):
    """So many steps from temperature `hot` to `cold`; the best plan seen goes to `best_visits` and `best_size`.

    `best` holds (priority, care) of the best plan so far and is renewed. Returns how many steps were accepted.
    """
    serve, care, legs = worth(g, d)
    value = g.weight[PRIZE] * serve + care - TIDY * legs
    accepted = 0
    cooling = (cold / hot) ** (1.0 / max(1, steps))
    warmth = hot
    for _ in range(steps):
        warmth *= cooling
        m.tally[STEP] += 1
        m.tally[HELD] = 0
        if draw(dice) < STRINGS:
            good = ruin_strings(g, d, m, dice, most)
        else:
            good = ruin_hours(g, d, m, dice, most)
        if not good:
            undo(g, d, m)
            continue
        recreate(g, d, m, dice, blink)
        serve, care, legs = worth(g, d)
        reached = g.weight[PRIZE] * serve + care - TIDY * legs
        if reached < value + warmth * np.log(draw(dice)):
            undo(g, d, m)
            continue
        accepted += 1
        value = reached
        if serve > best[0] or (serve == best[0] and care > best[1] + 1e-6):
            best[0] = serve
            best[1] = care
            best_size[:] = d.round[:, SIZE]
            best_visits[:, :] = d.visit[:, :, ARC]
    return accepted


@njit
def dive(g, r, dice, used, metric):
    """(how many rounds a slot allows, stops of one of them), estimated by one dive into the tree of all (Knuth 1975).

    At random one of the visits that may follow is made until none may; the product of their numbers estimates how many
    sequences of each length there are.
    """
    v = g.slot[r, PERSON]
    first = g.person[v, FIRST]
    many = g.person[v + 1, FIRST] - first
    used[:many] = False
    now = g.slot[r, FROM]
    here = -1
    minutes = g.person[v, MOST_MINUTES]
    product = 1.0
    estimate = 0.0
    stops = 0
    for _ in range(min(many, g.person[v, MOST_TASKS])):
        ways = 0
        chosen = -1
        for j in range(many):
            arc = first + j
            start = max(now + leg_between(g, here, arc), g.arc[arc, LOW])
            end = start + g.arc[arc, DURATION]
            if used[j] or start > g.arc[arc, HIGH] or g.arc[arc, DURATION] > minutes:
                continue
            if end + (leg_home(g, r, here if g.arc[arc, REMOTE] else arc) if metric else 0) > g.slot[r, UNTIL]:
                continue
            ways += 1
            if draw(dice) * ways < 1.0:
                chosen = arc
        if ways == 0:
            break
        product *= ways
        estimate += product
        stops += 1
        used[chosen - first] = True
        now = max(now + leg_between(g, here, chosen), g.arc[chosen, LOW]) + g.arc[chosen, DURATION]
        minutes -= g.arc[chosen, DURATION]
        if not g.arc[chosen, REMOTE]:
            here = chosen
    return estimate, stops


@njit
def refill(g, d, visits, size):
    """Make the draft hold these rounds, which can be walked."""
    for r in range(len(size)):
        while d.round[r, SIZE] > 0:
            take(g, d, r, d.round[r, SIZE] - 1)
    for r in range(len(size)):
        for i in range(size[r]):
            put(g, d, r, i, visits[r, i])
        retime(g, d, r)


@njit
def nearest(needs, legs, near, minutes):
    """Enter what one person's legs say: rows of `near` hold the nearest needs in order, `minutes` how near they are."""
    last = near.shape[1] - 1
    for i in range(len(needs)):
        here = needs[i]
        for j in range(len(needs)):
            there = needs[j]
            leg = legs[i, j]
            if there == here or leg >= minutes[here, last]:
                continue
            k = 1
            while k < last and near[here, k] >= 0 and near[here, k] != there:
                k += 1
            if near[here, k] == there and minutes[here, k] <= leg:
                continue
            while k > 1 and minutes[here, k - 1] > leg:
                near[here, k] = near[here, k - 1]
                minutes[here, k] = minutes[here, k - 1]
                k -= 1
            near[here, k] = there
            minutes[here, k] = leg
