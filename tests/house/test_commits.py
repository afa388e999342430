"""The only commit is in app/db.py, transactions stand at the edges, and nobody else reads the wall clock."""

import ast
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.house.source import Source, python_files

ENDINGS = {"commit", "rollback", "begin", "begin_nested"}
OPENINGS = {"transaction", "act"}
CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time")}
OF_A_REQUEST = {"request", "session", "g", "current_user"}


def is_edge(name: str) -> bool:
    """Views, jobs, commands and the JSON API: where an act begins and ends."""
    path = PurePath(name)
    return path.parts[1] in ("jobs", "api", "demo") or path.stem.endswith(("views", "cli"))


def is_inside(name: str) -> bool:
    """Services and queries: called by pages, jobs and commands alike."""
    path = PurePath(name)
    inside = path.parts[1] not in ("jobs", "api", "demo", "web", "access") and len(path.parts) > 2
    return inside and not path.stem.endswith(("views", "cli", "forms"))


def _called(node: ast.Call) -> tuple[str, str]:
    """(what it is called on, what is called)."""
    if isinstance(node.func, ast.Attribute):
        value = node.func.value
        return value.id if isinstance(value, ast.Name) else getattr(value, "attr", ""), node.func.attr
    return "", node.func.id if isinstance(node.func, ast.Name) else ""


def _savepoints(source: Source) -> set[ast.AST]:
    """`with session.begin_nested():` marks a part that may fail alone: it can neither store the act nor end it."""
    opened = (item.context_expr for node in source.nodes() if isinstance(node, ast.With) for item in node.items)
    return {node for node in opened if isinstance(node, ast.Call) and _called(node)[1] == "begin_nested"}


def violations(source: Source) -> Iterator[str]:
    savepoints = _savepoints(source)
    for node in source.nodes():
        if isinstance(node, ast.Call):
            on, what = _called(node)
            where = f"{source.name}:{node.lineno}"
            is_fine = node in savepoints or source.name == "app/db.py" or _is_read_let_go(source, what)
            if what in ENDINGS and not is_fine:
                yield f"{where} {on}.{what}(): only transaction() in app/db.py ends a transaction"
            if not on and what in OPENINGS and source.name != "app/db.py" and not is_edge(source.name):
                yield f"{where} {what}() outside a view, a job or a command"
            if (on, what) in CLOCK and source.name != "app/clock.py":
                yield f"{where} {on}.{what}() reads the wall clock: ask app.clock"
        if isinstance(node, ast.ImportFrom) and node.module in ("flask", "flask_login") and is_inside(source.name):
            for alias in node.names:
                if alias.name in OF_A_REQUEST:
                    yield f"{source.name}:{node.lineno} {alias.name}: services receive what they need, not a request"


def _is_read_let_go(source: Source, what: str) -> bool:
    """An edge may let go of what it has read (before a solver run, on an error page), which ends no act."""
    return what == "rollback" and (is_edge(source.name) or source.name.startswith("app/web/"))


def test_acts_begin_and_end_at_the_edges() -> None:
    wrong = [line for source in python_files("app") for line in violations(source)]
    assert not wrong, "\n".join(wrong)


def test_the_solver_reads_no_calendar() -> None:
    clock = CLOCK - {("time", "time")}
    wrong = [
        f"{source.name}:{node.lineno}"
        for source in python_files("matching")
        for node in source.nodes()
        if isinstance(node, ast.Call) and _called(node) in clock
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app/needs/service.py", "session.commit()"),
        ("app/needs/service.py", "with transaction(): pass"),
        ("app/needs/views.py", "db.session.commit()"),
        ("app/needs/service.py", "part = session.begin_nested()"),
        ("app/needs/service.py", "with session.begin(): pass"),
        ("app/needs/service.py", "from flask import request"),
        ("app/needs/queries.py", "x = datetime.now(UTC)"),
        ("app/needs/views.py", "x = date.today()"),
    ],
)
def test_the_rule_sees_what_is_wrong(name: str, text: str) -> None:
    assert [line for line in violations(Source(name, text)) if line.startswith(f"{name}:1 ")]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("app/needs/views.py", "with transaction(): pass"),
        ("app/jobs/tasks.py", "with transaction(): pass"),
        ("app/needs/cli.py", "act(work)"),
        ("app/needs/views.py", "from flask import request"),
        ("app/needs/service.py", "with session.begin_nested(): pass"),
        ("app/needs/service.py", "x = clock.now()"),
    ],
)
def test_the_rule_lets_pass_what_is_right(name: str, text: str) -> None:
    assert not list(violations(Source(name, text)))
