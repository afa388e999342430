"""The same import on the coordinator's page."""

import io
import re
from typing import Any

import pytest
from sqlalchemy import func, select

from app.people.models import Elder
from tests.imports.files import ELDER, FIRST, table
from tests.people import COMMUNITY, GRID3, OTHER_COMMUNITY, Cast, cast

ROW = ELDER | {"community_code": COMMUNITY, "grid_no": "3"}


@pytest.fixture
def people(session: Any) -> Cast:
    return cast(session)


def send(client: Any, data: bytes, act: str, **given: str) -> Any:
    form = {"kind": "elders", "unit_code": COMMUNITY, "act": act, "file": (io.BytesIO(data), "老人.csv")}
    return client.post("/c/import", data=form | given, content_type="multipart/form-data")


def elders(session: Any) -> int:
    return int(session.scalar(select(func.count()).select_from(Elder)))


def test_a_file_is_tried_first_and_then_stored_without_choosing_it_again(
    people: Cast, log_in: Any, session: Any
) -> None:
    lin = log_in(people.lin)
    tried = send(lin, table(ROW), "try")
    assert tried.status_code == 200
    assert elders(session) == 1
    kept = re.search(r'name="kept" value="([^"]+)"', tried.text)
    assert kept is not None
    form = {"kind": "elders", "unit_code": COMMUNITY, "act": "store", "kept": kept[1], "name": "老人.csv"}
    for _ in range(2):
        stored = lin.post("/c/import", data=form)
        assert stored.status_code == 200
        assert "竺阿菊" in stored.text
        assert elders(session) == 2


def test_a_broken_file_names_its_rows_and_stores_nothing(people: Cast, log_in: Any, session: Any) -> None:
    answer = send(log_in(people.lin), table(ROW, ROW | {"code": "E2", "sex": "x"}), "store")
    assert answer.status_code == 422
    assert "<code>sex</code>" in answer.text
    assert elders(session) == 1


@pytest.mark.parametrize("wrong", [{"kind": "pets"}, {"unit_code": OTHER_COMMUNITY}, {"unit_code": ""}])
def test_a_wrong_choice_is_named(people: Cast, log_in: Any, wrong: dict[str, str]) -> None:
    answer = send(log_in(people.lin), table(ROW), "store", **wrong)
    assert answer.status_code == 422
    assert f'href="#f-{next(iter(wrong))}"' in answer.text


def test_a_page_without_a_file_asks_for_one(people: Cast, log_in: Any) -> None:
    form = {"kind": "elders", "unit_code": COMMUNITY, "act": "try"}
    assert log_in(people.lin).post("/c/import", data=form).status_code == 422
    assert log_in(people.lin).post("/c/import", data=form | {"kept": "?"}).status_code == 422


def test_who_may_not_import_is_turned_away(people: Cast, log_in: Any) -> None:
    for person in (people.guo, people.auditor, people.chen, people.bo):
        assert log_in(person).get("/c/import").status_code == 403
    assert log_in(people.admin).get("/c/import").status_code == 200
    assert GRID3 not in log_in(people.lin).get("/c/import").text


@pytest.mark.parametrize("kind", ["elders", "volunteers", "needs"])
def test_an_empty_table_has_the_columns_that_the_import_takes(people: Cast, log_in: Any, kind: str) -> None:
    lin = log_in(people.lin)
    answer = lin.get(f"/c/import/{kind}.csv")
    assert answer.mimetype == "text/csv"
    assert answer.text == "\ufeff" + ",".join(FIRST[kind]) + "\r\n"
    assert lin.get("/c/import/pets.csv").status_code == 404
