"""Commands of whoever runs the machine: the first administrator, and links."""

from flask import Flask

from tests.conftest import Visitor
from tests.people import DISTRICT, Cast


def test_the_first_administrator_is_added_with_a_link(app: Flask, client: Visitor, cast: Cast) -> None:
    words = ["people", "add-staff", "--name", "高明", "--phone", "13933334444", "--sex", "m", "--unit", DISTRICT]
    result = app.test_cli_runner().invoke(args=words)
    assert result.exit_code == 0, result.output
    assert client.post("/in/link/" + result.output.strip().split("/in/link/")[1]).headers["Location"] == "/admin/people"


def test_a_broken_phone_adds_nobody(app: Flask, cast: Cast, session: object) -> None:
    words = ["people", "add-staff", "--name", "高明", "--phone", "12", "--sex", "m", "--unit", DISTRICT]
    result = app.test_cli_runner().invoke(args=words)
    assert result.exit_code == 1
    assert "Traceback" not in result.output


def test_a_role_in_an_unknown_unit_is_refused(app: Flask, cast: Cast) -> None:
    words = ["people", "add-staff", "--name", "高明", "--phone", "13933334444", "--sex", "m", "--unit", "999"]
    assert app.test_cli_runner().invoke(args=words).exit_code == 1


def test_a_link_is_printed_for_anybody_but_strangers(app: Flask, client: Visitor, cast: Cast) -> None:
    result = app.test_cli_runner().invoke(args=["people", "link", cast.lin.id])
    assert client.post("/in/link/" + result.output.strip().split("/in/link/")[1]).status_code == 303
    assert app.test_cli_runner().invoke(args=["people", "link", "nobody"]).exit_code == 1
