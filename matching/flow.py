"""The whole day as one flow: a proven bound for serve, and whom it would send where if times did not matter.

Every need is a source of its people, every volunteer takes at most her most tasks: a relaxation without time. OR-Tools'
`SimpleMinCostFlow` solves it exactly (cost scaling, Goldberg and Tarjan).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matching.instance import Instance
from matching.search import outside
from matching.ways import Ints

LARGEST = 2**61  # of cost x nodes, which the solver scales by


@dataclass(frozen=True)
class Flow:
    """No plan serves more than `bound`; `arcs` are the pairs the flow uses."""

    bound: int
    arcs: Ints
    care: int | None = None  # the most care among plans that serve most, where nobody makes more than one visit


def flow(instance: Instance) -> Flow:
    """The flow of most priority, and among those of most care less the way alone."""
    from ortools.graph.python import min_cost_flow

    one = instance
    arcs = np.flatnonzero(~one.candidates.thinned[one.a_need]).astype(np.int64)
    need, volunteer = one.a_need[arcs], one.a_volunteer[arcs]
    cost, care = _costs(one, arcs)
    source, sink = 0, one.n_needs + one.n_volunteers + 1
    needs, people = np.arange(one.n_needs), np.arange(one.n_volunteers)
    asked = one.n_people
    solver = min_cost_flow.SimpleMinCostFlow()
    pairs = solver.add_arcs_with_capacity_and_unit_cost(
        1 + need, 1 + one.n_needs + volunteer, np.ones(len(arcs), np.int64), cost
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        np.full(one.n_needs, source), 1 + needs, asked, np.zeros(one.n_needs, np.int64)
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        1 + one.n_needs + people, np.full(one.n_volunteers, sink), one.v_most_tasks,
        np.zeros(one.n_volunteers, np.int64),
    )  # fmt: skip
    total = int(asked.sum())
    solver.add_arc_with_capacity_and_unit_cost(source, sink, total, 0)
    solver.set_node_supply(source, total)
    solver.set_node_supply(sink, -total)
    if solver.solve() != solver.OPTIMAL:
        return Flow(int(one.n_priority.sum()), arcs[:0])
    used = arcs[np.asarray(solver.flows(pairs)) > 0]
    halves = int((2 * one.n_priority[one.a_need[used]] // one.n_people[one.a_need[used]]).sum())
    reached = None if care is None or not is_assignment(one) else int(care[np.isin(arcs, used)].sum())
    return Flow(halves // 2 + outside(one)[0], used, reached)


def is_assignment(one: Instance) -> bool:
    """Whether the flow is the problem itself: everybody makes one visit at most, for which times leave no choice."""
    alone = bool((one.v_most_tasks <= 1).all() and (one.n_people == 1).all() and one.metric)
    return alone and not one.n_locked.any() and not one.candidates.thinned.any()


def _costs(one: Instance, arcs: Ints) -> tuple[Ints, Ints | None]:
    """Costs for the solver, where less is better, and the care of each pair alone (None: it had to be left out).

    They are half units of priority, each outweighing what care and way could add up to.
    """
    need = one.a_need[arcs]
    priority = 2 * one.n_priority[need] // one.n_people[need]
    ways = (one.a_out[arcs] + one.a_back[arcs]).astype(np.int64)
    lone = one.walking * ways - one.a_care[arcs] + round(float(one.kth_cost[0]))
    most = int(np.abs(lone).max(initial=0)) * int(one.n_people.sum()) * 2 + 1
    nodes = one.n_needs + one.n_volunteers + 2
    if most * int(priority.max(initial=1)) < LARGEST // nodes:
        return (lone - most * priority).astype(np.int64), -lone
    return (-priority).astype(np.int64), None
