"""A community that the demo never saw, from files alone: organised, filled and matched, alike on both engines."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.config import ROOT
from app.menu.queries import items_offered
from matching import Problem, Result, check
from matching.__main__ import main as warm
from tests.imports.files import ELDER, NEED, ORG, VOLUNTEER, table

DAY = "2026-06-17"  # a Wednesday, the day after the stopped clock
STREET, MIDDLE = "330203001", (29.8683, 121.5440)
SKILLS = ("companionship", "shopping", "walking_escort", "haircut", "phone_lesson", "medicine_pickup", "lifting")


def organisation() -> list[dict[str, str]]:
    """The communities of one street of Ningbo, as the official codes have them."""
    with (ROOT / "app" / "data" / "admin" / "communities.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["street_code"] == STREET]


def near(chance: random.Random) -> dict[str, str]:
    return {
        "lat_deg": f"{MIDDLE[0] + chance.uniform(-0.006, 0.006):.5f}",
        "lon_deg": f"{MIDDLE[1] + chance.uniform(-0.006, 0.006):.5f}",
    }


def people_and_orders(code: str) -> dict[str, list[dict[str, str]]]:
    """36 elders, 18 volunteers and 24 orders, the same at every run."""
    chance = random.Random(20261125)
    home = {"community_code": code}
    elders = [
        ELDER | home | near(chance) | {
            "code": f"E{n}", "name": f"老人{n}", "sex": chance.choice("fm"), "grid_no": str(1 + n % 5),
        }
        for n in range(36)
    ]  # fmt: skip
    volunteers = [
        VOLUNTEER | home | near(chance) | {
            "code": f"V{n}", "name": f"邻居{n}", "sex": chance.choice("fm"),
            "reach_m": str(chance.choice((500, 900, 1500))),
            "skills": "|".join(chance.sample(SKILLS, 3)), "teams": chance.choice(("", "代办队")),
            "free": chance.choice(("wed 08:00-12:00", "wed 13:00-18:00", "wed 08:00-18:00", "thu 08:00-12:00")),
        }
        for n in range(18)
    ]  # fmt: skip
    starts = ((8, 10), (9, 10), (9, 12), (14, 15), (13, 17))
    items = ("companion-chat", "shopping", "walk-together", "home-haircut", "phone-lesson", "heavy-lifting")
    needs = []
    for n in range(24):
        first, last = chance.choice(starts)
        needs.append(
            NEED | {
                "code": f"N{n}", "elder_code": f"E{n}", "menu_item": chance.choice(items), "day": DAY,
                "earliest_start": f"{first:02d}:00", "latest_start": f"{last:02d}:00", "duration_min": "",
                "volunteers_needed": "", "same_sex": chance.choice("0001"), "regular_code": "", "note": "",
            }
        )  # fmt: skip
    return {"elders": elders, "volunteers": volunteers, "needs": needs}


@pytest.fixture
def flask(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    runner = app.test_cli_runner()

    def run(*words: object) -> Any:
        done = runner.invoke(args=[str(word) for word in words])
        assert done.exit_code == 0, done.output
        return done

    return run


def test_a_community_the_demo_never_saw_is_set_up_from_files_and_matched(
    flask: Any, session: Any, tmp_path: Path, engine: str, _shared: Path
) -> None:
    units = organisation()
    code = units[0]["code"]
    files = {"org": units, **people_and_orders(code)}
    flask("init")
    for kind, rows in files.items():
        path = tmp_path / f"{kind}.csv"
        path.write_bytes(table(*rows))
        flask("import", kind, path, *([] if kind == "org" else ["--unit", code]))
    assert len(items_offered(code)) == 29
    session.rollback()

    warm(["warm"])  # the kernels are compiled once on a machine; a plan's time is not for that
    done = flask("match", "--unit", code, "--day", DAY, "--json", "--save", tmp_path / "saved")
    said = json.loads(done.stdout)
    saved = tmp_path / "saved"
    assert check(Problem.from_json(saved / "problem.json"), Result.from_json(saved / "result.json")) == []
    assert (said["unit"], said["day"], said["needs"]) == (code, DAY, 24)
    assert 8 <= said["served"] == 24 - len(said["unserved"])
    _same_on_both(_shared, engine, [said["served"], said["levels"]])


def _same_on_both(folder: Path, engine: str, value: Any) -> None:
    """Each engine leaves its plan's value; whoever comes second compares."""
    (folder / f"plan-value-{engine}.json").write_text(json.dumps(value))
    left = [json.loads(path.read_text()) for path in sorted(folder.glob("plan-value-*.json"))]
    assert all(each == left[0] for each in left), left


def test_the_columns_of_the_organisation_are_those_of_the_official_codes() -> None:
    assert list(organisation()[0]) == list(ORG)
