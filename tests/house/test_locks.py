"""Lock files name no address, pin everything by hash, and the vendored files are what they say."""

import re
import subprocess
import sys

import pytest

from tests.house.source import ROOT
from tools import vendor

LOCKS = sorted([*ROOT.glob("requirements*.txt"), *ROOT.glob("tools/*.lock")])


def test_no_lock_names_an_address() -> None:
    wrong = [
        f"{path.name}:{number} {line.strip()}"
        for path in LOCKS
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "://" in line or "--index" in line or "--find-links" in line
    ]
    assert len(LOCKS) >= 4
    assert not wrong, "\n".join(wrong)


def test_every_requirement_is_pinned_and_hashed() -> None:
    wrong = []
    for path in ROOT.glob("requirements*.txt"):
        blocks = re.split(r"\n(?=[a-z0-9])", path.read_text())
        for block in blocks:
            head = block.split("\n")[0]
            if re.match(r"[a-z0-9]", head) and ("==" not in head or "--hash=sha256:" not in block):
                wrong.append(f"{path.name}: {head}")
    assert not wrong, "\n".join(wrong)


def test_development_uses_the_same_versions_as_production() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9._-]+==[^ ;\\]+)", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") - pins("requirements-dev.txt") == set()


@pytest.mark.parametrize("name", ["requirements-bench.txt", "requirements-cluster.txt"])
def test_the_engine_has_the_versions_of_production_wherever_it_runs(name: str) -> None:
    def pins(name: str) -> dict[tuple[str, str], str]:
        lines = re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+) ?(;[^\\]*)?", (ROOT / name).read_text(), re.MULTILINE)
        return {(package, marker): version for package, version, marker in lines}

    production, other = pins("requirements.txt"), pins(name)
    assert {"ortools", "geopy", "numba"} <= {package for package, _ in production.keys() & other.keys()}
    differing = [package for package, version in other.items() if production.get(package, version) != version]
    assert not differing


def test_every_named_requirement_is_in_its_lock() -> None:
    wrong = []
    for source in ROOT.glob("requirements*.in"):
        locked = set(re.findall(r"^([a-z0-9._-]+)(?:\[.*\])?==", source.with_suffix(".txt").read_text(), re.MULTILINE))
        for number, line in enumerate(source.read_text().splitlines(), 1):
            name = re.match(r"[A-Za-z0-9._-]+", line)
            if name and name.group().lower().replace("_", "-") not in locked and not line.startswith(("-r", "-c")):
                wrong.append(f"{source.name}:{number} {line}: ./run lock was not run")
    assert not wrong, "\n".join(wrong)


def test_vendored_files_are_what_the_lock_says() -> None:
    assert vendor.differences() == []


def test_a_changed_vendored_file_is_seen(tmp_path, monkeypatch) -> None:
    for file in vendor.wanted():
        copy = tmp_path / file["to"]
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / file["to"]).read_bytes())
    monkeypatch.setattr(vendor, "ROOT", tmp_path)
    assert vendor.differences() == []
    copy.write_bytes(copy.read_bytes() + b" ")
    assert [line for line in vendor.differences() if "is not what" in line]


def test_run_prints_its_own_commands() -> None:
    told = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout
    cases = re.search(r"^case \$command in\n(.*)^esac", (ROOT / "run").read_text(), re.MULTILINE | re.DOTALL)
    assert cases
    commands = re.findall(r"^([a-z-]+)(?: \|.*)?\)$", cases.group(1), re.MULTILINE)
    assert len(commands) >= 9
    assert [name for name in commands if f"./run {name}" not in told] == []
    assert sys.version_info >= (3, 11)
