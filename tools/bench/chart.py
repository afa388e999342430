"""Line charts as SVG by hand: no script, no fonts from elsewhere, legible on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, PANEL_HEIGHT = 900, 300
LEFT, RIGHT, TOP, BOTTOM = 64, 230, 42, 46
INK, FAINT, PAPER = "#1d2330", "#d5d9e0", "#ffffff"
DARK = {INK: "#e6e9ef", FAINT: "#3a4250", PAPER: "#12161d"}
# Told apart by form as well as by colour; each has at least 3 to 1 against both papers.
COLOURS = (
    "#d1495b", "#2f7ebc", "#3c9257", "#8a63c9", "#c0741a", "#14888f", "#b0498f", "#6e7b2a", "#7a7f89", "#9a6a4f",
    "#4a6fe0",
)  # fmt: skip
MOST_MARKED = 8  # points of a line; of longer lines only both ends are marked
DASHES = ("", "6 3", "2 3", "9 3 2 3")
STYLE = (
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif;font-size:13px;fill:var(--ink)}"
    ".title{font-size:15px;font-weight:600}.axis{stroke:var(--ink);stroke-width:1}.grid{stroke:var(--faint)}"
    ".paper{fill:var(--paper)}.line{fill:none;stroke-width:2}.ours{stroke-width:4}.mark{stroke:var(--paper)}.leader{opacity:.45}"
)


@dataclass(frozen=True)
class Line:
    """One series of points (x, y)."""

    name: str
    points: tuple[tuple[float, float], ...]
    bold: bool = False


@dataclass(frozen=True)
class Panel:
    """One chart. Axes are logarithmic where `log_x`, `log_y` say so; values of 0 then lie at the lower edge."""

    title: str
    x_title: str
    lines: tuple[Line, ...]
    log_x: bool = True
    log_y: bool = True
    x_ticks: tuple[float, ...] = ()
    y_suffix: str = ""


def draw(panels: Sequence[Panel], description: str, names: Sequence[str] = ()) -> str:
    """The panels, one below the other; a line's colour goes by the place of its name among `names`."""
    names = list(dict.fromkeys([*names, *(line.name for panel in panels for line in panel.lines)]))
    height = PANEL_HEIGHT * len(panels)
    body = [_panel(panel, PANEL_HEIGHT * row, names) for row, panel in enumerate(panels)]
    dark = ";".join(f"--{name}:{DARK[colour]}" for name, colour in (("ink", INK), ("faint", FAINT), ("paper", PAPER)))
    style = f":root{{--ink:{INK};--faint:{FAINT};--paper:{PAPER}}}@media(prefers-color-scheme:dark){{:root{{{dark}}}}}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="{escape(description)}"><title>{escape(description)}</title><style>{style}{STYLE}</style>'
        f'<rect class="paper" width="{WIDTH}" height="{height}"/>{"".join(body)}</svg>\n'
    )


class _Scale:
    """Values to places along one axis."""

    def __init__(self, values: Sequence[float], begin: float, end: float, log: bool) -> None:
        self.log, self.begin, self.end = log, begin, end
        if log:
            above = [value for value in values if value > 0] or [1.0]
            self.low = 10.0 ** math.floor(math.log10(min(above)))
            self.high = 10.0 ** math.ceil(math.log10(max(above)))
            self.high = self.high if self.high > self.low else self.low * 10
        else:
            self.low, self.high = min(0.0, *values, 0.0), max(*values, 0.0) or 1.0
            step = _step(self.high - self.low)
            self.low, self.high = math.floor(self.low / step) * step, math.ceil(self.high / step) * step

    def tight(self, values: Sequence[float]) -> None:
        """Begin and end with the values themselves."""
        self.low, self.high = min(values), max(values)
        if self.low == self.high:
            self.high = self.low * 2 or 1.0

    def at(self, value: float) -> float:
        low, high = self.low, self.high
        if self.log:
            low, high, value = math.log10(low), math.log10(high), math.log10(max(value, self.low))
        return self.begin + (value - low) / (high - low) * (self.end - self.begin)

    def ticks(self) -> list[float]:
        if self.log:
            return [10.0**power for power in range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)]
        step = _step(self.high - self.low)
        return [self.low + step * row for row in range(round((self.high - self.low) / step) + 1)]


def _step(span: float) -> float:
    """A round distance of ticks: about five of them."""
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= rough)


def _panel(panel: Panel, top: float, names: Sequence[str]) -> str:
    xs = [x for line in panel.lines for x, _ in line.points]
    ys = [y for line in panel.lines for _, y in line.points]
    across = _Scale(xs, LEFT, WIDTH - RIGHT, panel.log_x)
    if panel.x_ticks:
        across.tight(panel.x_ticks)
    up = _Scale(ys, top + PANEL_HEIGHT - BOTTOM, top + TOP, panel.log_y)
    ticks = panel.x_ticks or across.ticks()
    parts = [f'<text class="title" x="{LEFT}" y="{top + 24:.0f}">{escape(panel.title)}</text>']
    for value in up.ticks():
        y = up.at(value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{_number(value)}{panel.y_suffix}</text>')
    bottom = top + PANEL_HEIGHT - BOTTOM
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{bottom}" y2="{bottom}"/>')
    below = f'y="{bottom + 18}" text-anchor="middle"'
    parts += [f'<text x="{across.at(tick):.1f}" {below}>{_number(tick)}</text>' for tick in ticks]
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{bottom + 38}" text-anchor="middle">{escape(panel.x_title)}</text>')
    labels = _labels([up.at(line.points[-1][1]) for line in panel.lines], top + TOP, bottom)
    for line, label in zip(panel.lines, labels, strict=True):
        parts.append(_line(line, across, up, label, names.index(line.name)))
    return "".join(parts)


def _line(line: Line, across: _Scale, up: _Scale, label: float, row: int) -> str:
    colour, dash = COLOURS[row % len(COLOURS)], DASHES[0 if line.bold else row % len(DASHES)]
    places = [(across.at(x), up.at(y)) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    ours = " ours" if line.bold else ""
    dot = f'r="{5 if line.bold else 4}" fill="{colour}"'
    shown = places if len(places) <= MOST_MARKED else [places[0], places[-1]]
    marks = "".join(f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" {dot}/>' for x, y in shown)
    end_x, end_y = places[-1]
    weight = ' font-weight="600"' if line.bold else ""
    return (
        f'<polyline class="line{ours}" points="{path}" stroke="{colour}" stroke-dasharray="{dash}"/>{marks}'
        f'<line class="leader" x1="{end_x + 6:.1f}" y1="{end_y:.1f}" x2="{WIDTH - RIGHT + 22}" y2="{label:.1f}" '
        f'stroke="{colour}"/>'
        f'<text x="{WIDTH - RIGHT + 28}" y="{label + 4:.1f}"{weight}>{escape(line.name)}</text>'
    )


def _labels(wanted: list[float], top: float, bottom: float) -> list[float]:
    """Places for labels near the ends of their lines, none upon another."""
    gap = min(17.0, (bottom - top) / max(1, len(wanted) - 1))
    order = sorted(range(len(wanted)), key=lambda row: wanted[row])
    places = [0.0] * len(wanted)
    last = top - gap
    for row in order:
        last = places[row] = max(wanted[row], last + gap)
    limit = bottom
    for row in reversed(order):
        places[row] = min(places[row], limit)
        limit = places[row] - gap
    return places


def _number(value: float) -> str:
    if value and abs(value) < 0.001:
        return f"{value:.0e}"
    return f"{value:,.10g}"
