"""What the engine has to reach at one size, held against what was measured, and where it falls short of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from tools.bench.standing import Lead, Size, Standing, times

SIZE: Size = (200, 400)
FASTER = 20.0  # times, than other solvers
CUT = 10.0  # times, of what a greedy plan leaves unserved
DOUBLED = 2.0  # times its care
GREEDY = ("greedy_nearest", "greedy_weight", "greedy_care")
NO_SEARCH = ("ours", "choosing", *GREEDY)
HEADS = (
    "solver", "its best plan stands after", "ours as good after", "times as long, by day", "median",
    "load, its / ours", "by processor time", "median",
)  # fmt: skip
GREEDY_HEADS = ("greedy", "short of the bound: its / ours", "cut", "care: its / ours", "care")


def marks(found: Sequence[Standing]) -> list[str]:
    """Two tables with a sentence under each; one sentence where that size was not measured."""
    here = {one.peer: one for one in found if one.size == SIZE and not one.broken}
    others = [one for name, one in here.items() if name not in NO_SEARCH]
    quick = [here[name] for name in GREEDY if name in here]
    ours = here.get("ours")
    if ours is None:
        return ["Not measured yet."]
    rows = (_faster(one, ours) for one in others)
    lines = [*_table(HEADS, rows), "", *map(_verdict, others), ""] if others else []
    if quick:
        lines += [*_table(GREEDY_HEADS, (_better(one, ours) for one in quick)), ""]
        lines += [_judged(one, ours) for one in quick]
    return lines or ["No other solver was measured yet."]


def _table(heads: Sequence[str], rows: Iterable[str]) -> list[str]:
    return ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|", *rows]


def _faster(one: Standing, ours: Standing) -> str:
    moments = [moment for moment in one.ahead.ours_s if moment is not None]
    mine = f"{median(moments):.2f} s" if moments else "never"
    worked = one.ahead_worked
    cells = (
        one.title, f"{median(one.ahead.theirs_s):.1f} s", mine, *_by_day(one.ahead),
        f"{one.load:.1f} / {ours.load:.1f}", *(_by_day(worked) if worked else ("not known", "")),
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _by_day(ahead: Lead) -> tuple[str, str]:
    days = ahead.days
    return ", ".join(times(value) if value else "never" for value in days), times(median(days))


def _verdict(one: Standing) -> str:
    """Whether this engine is so much sooner with a plan as good as the best of another."""
    days = (one.ahead_worked or one.ahead).days
    how = "of processor time" if one.ahead_worked else "by the clock"
    word = "reached" if median(days) >= FASTER else "**not reached**"
    reached = sum(value >= FASTER for value in days)
    return (
        f"- {one.title}: {FASTER:.0f} times {word}; with a plan as good as its best in median {times(median(days))} "
        f"sooner {how}, on {reached} of {one.seeds} days by so much."
    )


def _better(one: Standing, ours: Standing) -> str:
    cells = (
        one.title, f"{one.serve_gap:.2%} / {ours.serve_gap:.2%}", _cut(one, ours), f"{one.care:.0f} / {ours.care:.0f}",
        _care(one, ours),
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _cut(one: Standing, ours: Standing) -> str:
    if not ours.serve_gap:
        return "to nothing" if one.serve_gap else "nothing to cut"
    return times(one.serve_gap / ours.serve_gap)


def _care(one: Standing, ours: Standing) -> str:
    if one.care > 0:
        return times(ours.care / one.care)
    return "from below zero to above" if ours.care > 0 else "both below zero"


def _judged(one: Standing, ours: Standing) -> str:
    """Whether its gap is cut and its care raised by as much as is asked for."""
    cut = one.serve_gap >= CUT * ours.serve_gap
    raised = ours.care > 0 and ours.care >= DOUBLED * one.care
    words = {True: "reached", False: "**not reached**"}
    return (
        f"- {one.title}: a tenth of its gap {words[cut]}, twice its care {words[raised]} "
        f"({one.serve_gap:.2%} to {ours.serve_gap:.2%}, {one.care:.0f} to {ours.care:.0f})."
    )
