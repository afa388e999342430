"""How far a running match is, in a sentence: the step the solver tells, and what its plan reaches by then."""

from collections.abc import Sequence

from flask_babel import format_decimal
from flask_babel import gettext as _

SPLIT = "|"  # between the step and the figures, as stored in `MatchRun.step`
UNKNOWN = 10**9  # a bound above this was not worked out yet


def stored(step: str, incumbent: Sequence[int] = (), bound: Sequence[int] = ()) -> str:
    """A step with the weight served so far and at most, in the 40 letters that a run keeps."""
    if not incumbent or not bound or bound[0] >= UNKNOWN:
        return step[:40]
    figures = f"{SPLIT}{incumbent[0]}{SPLIT}{bound[0]}"
    return step[: 40 - len(figures)] + figures


def in_words(step: str) -> str:
    """The stored step as the page that waits says it."""
    name, *figures = step.split(SPLIT)
    said = [_step(name)]
    if len(figures) == 2:
        served = _("The plan so far serves %(value)s of at most %(bound)s points of urgency.",
                   value=format_decimal(int(figures[0])), bound=format_decimal(int(figures[1])))  # fmt: skip
        said.append(served)
    return " ".join(said)


def _step(name: str) -> str:
    word, _space, part = name.partition(" ")
    done, _slash, of = part.partition("/")
    if word == "tiles" and done.isdecimal() and of.isdecimal():
        return _("Making it better, part %(done)s of %(of)s.", done=done, of=of)
    return {
        "candidates": _("Looking who may go to whom."),
        "flow": _("Working out how much can be served at most."),
        "scarcity": _("Working out how much can be served at most."),
        "greedy": _("Making a first plan."),
        "layers": _("Making a first plan."),
        "mended": _("Making it better, part by part."),
        "rounds": _("Making it better, part by part."),
        "tiles": _("Making it better, part by part."),
        "serve": _("First: to serve as many as possible."),
        "care": _("Then: familiar faces and short ways."),
        "reasons": _("Last: the reasons for what is left over."),
    }.get(word, _("Reading the day."))
