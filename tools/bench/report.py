"""The figures as people read them: a line while it runs, a table at the end, docs/benchmarks.md with its charts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from tools.bench import machine
from tools.bench.marks import marks
from tools.bench.peers import PEERS
from tools.bench.pictures import PICTURES, charts, raced
from tools.bench.standing import Ratio, Row, Size, Standing, fewer, longest, standings, value_at

MOMENTS_S = (1, 10, 30, 120)
PEER_HEADS = (
    "day", "solver", "served", "short of the bound", "care", "care below the bound, a visit", "seconds",
    "to serve as much as ours", "to a plan as good as ours",
)  # fmt: skip
FIGURE_HEADS = (
    "needs x volunteers", "serve: value / bound", "serve gap", "care below the bound, a visit",
    "seconds (of processors)", "peak MB", "stopped by", "greedy: serve gap", "greedy: care, against ours",
)  # fmt: skip


def line(row: Row) -> str:
    """One run in one line."""
    what = f"{row['needs']:>6} x {row['volunteers']:<6} seed {row['seed']}  {row['peer']:<14}"
    if "failed" in row:
        return f"{what} failed: {row['failed']}"
    broken = f"  BROKEN: {row['broken'][0]}" if row["broken"] else ""
    values = f"{row['serve']:>7} of {row.get('serve_bound', row['all']):<7} {row['care']:>8} {row['took']:>8.2f} s"
    return f"{what} {values} {row['peak_mb']:>6} MB{broken}"


def text(rows: Sequence[Row]) -> str:
    """The rows as a plain table."""
    lines = [*peer_table(standings(rows)), "", *figure_table(rows)]
    return "\n".join(lines).strip()


def peer_table(found: Sequence[Standing]) -> list[str]:
    """Markdown, one row for each size and solver."""
    if not found:
        return []
    lines = ["| " + " | ".join(PEER_HEADS) + " |", "|---" * len(PEER_HEADS) + "|"]
    for one in found:
        below = "serves less" if one.care_below is None else f"{one.care_below:.2f}"
        bold = "**" if one.peer == "ours" else ""
        rules = f"; rules broken in {one.broken}" if one.broken else ""
        lines.append(
            f"| {_day(one)} | {bold}{one.title}{bold}{rules} | {one.serve:.1f} | {one.serve_gap:.2%} | {one.care:.0f} "
            f"| {below} | {one.seconds:.2f} | {one.to_serve or ''} | {one.to_plan or ''} |"
        )
    return lines


def figure_table(rows: Sequence[Row]) -> list[str]:
    """Markdown, one row for each size of the engine alone, its seeds beside each other."""
    lines = ["| " + " | ".join(FIGURE_HEADS) + " |", "|---" * len(FIGURE_HEADS) + "|"]
    for size, mine in _alone(rows):
        cells = (f"{size[0]:,} x {size[1]:,}", *_figures(mine), *_greedy(mine))
        lines.append("| " + " | ".join(cells) + " |")
    return lines if len(lines) > 2 else []


def evidence(rows: Sequence[Row], day: str) -> list[str]:
    """The same as rows of docs/evidence.md."""
    lines = []
    for size, mine in _alone(rows):
        value, gap, below, seconds, peak, stopped = _figures(mine)
        what = f"the engine alone at {size[0]:,} x {size[1]:,}, seeds {', '.join(str(row['seed']) for row in mine)}"
        found = f"serve {value} ({gap}); care below its bound a visit: {below}; {seconds} s ({stopped}); {peak} MB"
        lines.append(f"| {day} | {mine[0]['commit']} | {what}, {mine[0]['seconds']:.0f} s allowed | {found} |")
    return lines


def _alone(rows: Sequence[Row]) -> list[tuple[Size, list[Row]]]:
    """The latest runs of the engine alone, by size, plenty before scarce."""
    alone = [row for row in rows if row["peer"] == "engine" and "failed" not in row]
    latest = {(row["needs"], row["volunteers"], row["seed"]): row for row in alone}
    sizes = sorted({key[:2] for key in latest}, key=lambda size: (size[0], -size[1]))
    return [(size, [row for key, row in sorted(latest.items()) if key[:2] == size]) for size in sizes]


def _figures(mine: Sequence[Row]) -> tuple[str, str, str, str, str, str]:
    """Serve against its bound, both gaps, seconds, megabytes, and what stopped the runs."""
    below = [(row["care_bound"] - row["care"]) / max(1, row["served_visits"]) for row in mine]
    gaps = [(row["serve_bound"] - row["serve"]) / max(1, row["serve_bound"]) for row in mine]
    return (
        ", ".join(f"{row['serve']} / {row['serve_bound']}" + " BROKEN" * bool(row["broken"]) for row in mine),
        ", ".join("proven" if not gap else f"{gap:.3%}" for gap in gaps),
        ", ".join("proven" if not each else f"{each:.3f}" for each in below),
        ", ".join(f"{row['took']:.1f} ({row['cpu']:.1f})" for row in mine),
        str(max(row["peak_mb"] for row in mine)),
        ", ".join(dict.fromkeys(row["stopped_by"] for row in mine)),
    )


def _greedy(mine: Sequence[Row]) -> tuple[str, str]:
    """What the greedy plan leaves open on these days, and how its care compares."""
    known = [(row["greedy"], row) for row in mine if row.get("greedy")]
    gaps = [f"{(row['serve_bound'] - serve) / max(1, row['serve_bound']):.3%}" for (serve, _), row in known]
    cares = [f"{care} / {row['care']}" for (_, care), row in known]
    return ", ".join(gaps), ", ".join(cares)


def race_table(rows: Sequence[Row], size: tuple[int, int]) -> list[str]:
    """Markdown: what each solver has after so many seconds, means over the seeds."""
    mine = [row for row in longest(rows) if (row["needs"], row["volunteers"]) == size]
    lines = [
        f"| {size[0]} x {size[1]} | " + " | ".join(f"after {moment} s" for moment in MOMENTS_S) + " |",
        "|---" * (len(MOMENTS_S) + 1) + "|",
    ]
    for name, peer in PEERS.items():
        runs = [row for row in mine if row["peer"] == name]
        if runs:
            cells = [_moment(runs, moment) for moment in MOMENTS_S]
            days = fewer(len(runs), sum(row["peer"] == "ours" for row in mine))
            lines.append(f"| {peer.title}{days} | " + " | ".join(cells) + " |")
    return lines


def _moment(runs: Sequence[Row], moment: float) -> str:
    asked = [row for row in runs if row["seconds"] >= moment or not PEERS[row["peer"]].anytime]
    if not asked:
        return "not asked"
    values = [value for row in asked if (value := value_at(row, moment))]
    if len(values) < len(asked):
        return "no plan yet"
    days = "" if len(asked) == len(runs) else f" (day {', '.join(str(row['seed']) for row in asked)} only)"
    return f"{mean(serve for serve, _ in values):.1f} / {mean(care for _, care in values):.0f}{days}"


def wins(found: Sequence[Standing]) -> list[str]:
    """Where another is better or sooner, said plainly; one sentence where none is."""
    lines = []
    for one in found:
        if one.peer == "ours" or one.broken:
            continue
        (serve, care), who = one.our_values, f"- At {_day(one)} **{one.title}**"
        if (one.serve, one.care) > (serve, care):
            better = f"{one.serve:.1f} / {one.care:.0f} against {serve:.1f} / {care:.0f}"
            lines.append(f"{who} ends with the better plan: {better}.")
        elif _sooner(one.to_plan):
            lines.append(f"{who} has a plan as good as ours sooner on some day (times our time: {one.to_plan}).")
        elif _sooner(one.to_serve):
            behind = f"its care ends at {one.care:.0f}, ours at {care:.0f}"
            lines.append(f"{who} serves as much sooner on some day (times our time: {one.to_serve}); {behind}.")
    return lines or ["On none of these days is another better, or sooner as good."]


def _sooner(ratio: Ratio | None) -> bool:
    return ratio is not None and ratio.never < ratio.runs and ratio.least < 1


def _day(one: Standing) -> str:
    return f"{one.size[0]} x {one.size[1]}"


def write(rows: Sequence[Row], root: Path) -> list[Path]:
    """docs/benchmarks.md and its pictures; the paths written."""
    pictures = charts(rows)
    drawn = {root / name: svg for name, svg in pictures.items()}
    for path, svg in drawn.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(svg, encoding="utf-8")
    page = root / "docs" / "benchmarks.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_page(rows, set(pictures)), encoding="utf-8")
    return [page, *drawn]


def _page(rows: Sequence[Row], drawn: set[str]) -> str:
    found = standings(rows)
    shown = [*longest(rows), *(row for _, mine in _alone(rows) for row in mine)]
    text = (Path(__file__).parent / "page.md").read_text(encoding="utf-8")
    races = ["\n".join(race_table(rows, size)) for size in raced(rows)]
    parts = {
        "machine": f"{machine.words(shown)} {machine.load(shown)}",
        "peers": ", ".join(f"{PEERS[name].title} {version}" for name, version in machine.versions().items()),
        "wins": "\n".join(wins(found)),
        "marks": "\n".join(marks(found)),
        "table": "\n".join(peer_table(found)),
        "races": "\n\n".join(races),
        "figures": "\n".join(figure_table(rows)) or "Not measured yet.",
    }
    for name, path in PICTURES.items():
        parts[name] = f"![{name.capitalize()}]({path.removeprefix('docs/')})" if path in drawn else "Not drawn yet."
    for name, words in parts.items():
        text = text.replace("{{" + name + "}}", words)
    return text
