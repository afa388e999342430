"""Who may import whom: downwards only, and among services only to the left."""

import ast
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.house.source import ROOT, Source, python_files

FEATURES = [
    "audit",
    "rulepacks",
    "ledger",
    "notices",
    "org",
    "people",
    "signin",
    "menu",
    "desk",
    "passbook",
    "rulechanges",
    "needs",
    "availability",
    "joining",
    "visits",
    "records",
    "matchruns",
    "reports",
]
"""The order of features: an operation lives in the right-most one that it touches."""

GROUND = {"app/clock.py": 0, "app/config.py": 0, "app/db.py": 1, "app/errors.py": 1, "app/jobs/port.py": 1}
GROUND["app/turns.py"] = 0
GROUND["app/web/filters.py"] = 1  # pure words; messages need them as pages do
MODELS, ACCESS, QUERIES, SERVICES, WEB, VIEWS, EDGES, TOP = range(2, 10)
NAMES = {2: "models", 3: "access", 4: "queries", 5: "services", 6: "web", 7: "views", 8: "jobs and commands", 9: "app"}


def floor(name: str) -> int:
    """The floor of a file, told from its name."""
    path = PurePath(name)
    if name in GROUND:
        return GROUND[name]
    if name in ("app/__init__.py", "app/wiring.py"):
        return TOP
    folder, stem = path.parts[1], path.stem
    if folder in ("jobs", "demo") or stem.endswith("cli"):
        return EDGES
    if folder == "api" or stem.endswith(("views", "forms")):
        return VIEWS
    if folder in ("web", "access"):
        return WEB if folder == "web" else ACCESS
    if path.name == "__init__.py" and (ROOT / name).exists() and not (ROOT / name).read_text().strip():
        return 0
    if stem.endswith("queries"):
        return QUERIES
    return MODELS if stem == "models" else SERVICES


def feature(name: str) -> str:
    return PurePath(name).parts[1]


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Each imported file of app/ or matching/ (also inside functions), with its line."""
    for node in source.nodes():
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _file(node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = list(_file(node.lineno, f"{node.module}.{alias.name}"))
                yield from whole or _file(node.lineno, node.module)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "a relative import"


def _file(line: int, module: str) -> Iterator[tuple[int, str]]:
    if module.split(".")[0] not in ("app", "matching"):
        return
    path = module.replace(".", "/")
    for candidate in (f"{path}.py", f"{path}/__init__.py"):
        if (ROOT / candidate).exists():
            yield line, candidate
            return


def objection(importer: str, imported: str) -> str | None:
    """Why this import is not allowed; None when it is."""
    if imported == "a relative import":
        return "is relative: write the whole name"
    if importer.startswith("matching/"):
        return None if imported.startswith("matching/") else "reaches out of matching/, which is pure"
    if imported.startswith("matching/"):
        allowed = feature(importer) == "matchruns" or importer.endswith("cli.py")
        return None if allowed else "uses the solver: only matchruns does"
    here, there = floor(importer), floor(imported)
    if there > here:
        return f"looks up from floor {here} to floor {there} ({NAMES[there]})"
    if feature(importer) == feature(imported):
        return None
    if here == MODELS and there == MODELS:
        return "ties two features' models together: name the table in a string instead"
    if here == ACCESS and there == MODELS and feature(imported) not in ("org", "people"):
        return "access knows the models of org and people only"
    if here == WEB and there > ACCESS:
        return "web knows access and what lies below it"
    if here == there == VIEWS and "api" not in (feature(importer), feature(imported)):
        return "one feature's pages use another's: put what both need into web, a query or a service"
    if here == there and here in (QUERIES, SERVICES):
        return _to_the_right(feature(importer), feature(imported))
    return None


def _to_the_right(importer: str, imported: str) -> str | None:
    for name in (importer, imported):
        if name not in FEATURES:
            return f"{name} has no place in the order of features (tests/house/test_imports.py)"
    if FEATURES.index(imported) > FEATURES.index(importer):
        return f"calls right: {imported} comes after {importer}"
    return None


def test_every_import_goes_down() -> None:
    wrong = [
        f"{source.name}:{line} {imported} {why}"
        for source in python_files("app", "matching")
        for line, imported in imports(source)
        if (why := objection(source.name, imported))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_solver_knows_no_web_and_no_database() -> None:
    allowed = {"ortools", "numpy", "scipy", "numba", "geopy", "matching", "pandas", "google"}
    import sys

    wrong = []
    for source in python_files("matching"):
        for node in source.nodes():
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            heads = {name.split(".")[0] for name in names}
            extra = {"distributed"} if source.name == "matching/cluster.py" else set()  # ./run cluster
            unknown = heads - allowed - extra - sys.stdlib_module_names
            wrong += [f"{source.name}:{node.lineno} imports {head}" for head in unknown]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("importer", "imported", "allowed"),
    [
        ("app/needs/service.py", "app/ledger/service.py", True),
        ("app/ledger/service.py", "app/needs/service.py", False),
        ("app/needs/models.py", "app/people/models.py", False),
        ("app/needs/models.py", "app/db.py", True),
        ("app/db.py", "app/needs/models.py", False),
        ("app/needs/queries.py", "app/needs/service.py", False),
        ("app/needs/views.py", "app/visits/views.py", False),
        ("app/needs/views.py", "app/visits/queries.py", True),
        ("app/ledger/line_queries.py", "app/ledger/service.py", False),
        ("app/access/scope.py", "app/needs/models.py", False),
        ("app/web/locale.py", "app/people/service.py", False),
        ("app/needs/service.py", "matching/__init__.py", False),
        ("app/matchruns/service.py", "matching/__init__.py", True),
        ("matching/solve.py", "app/clock.py", False),
        ("app/jobs/tasks.py", "app/matchruns/service.py", True),
        ("app/matchruns/service.py", "app/jobs/tasks.py", False),
        ("app/notices/service.py", "app/jobs/port.py", True),
        ("app/jobs/tasks.py", "app/__init__.py", False),
    ],
)
def test_the_rule_tells_good_from_bad(importer: str, imported: str, allowed: bool) -> None:
    assert (objection(importer, imported) is None) == allowed


def test_an_import_inside_a_function_is_seen() -> None:
    source = Source("app/ledger/service.py", "def f():\n    from app.errors import DomainError\n")
    assert list(imports(source)) == [(2, "app/errors.py")]
