"""`flask people`: the first administrator of an empty site, and links by whoever runs the machine."""

import click
from flask import current_app
from flask.cli import AppGroup

from app.access.actor import SYSTEM
from app.db import transaction
from app.errors import DomainError, Invalid
from app.people.models import Role
from app.people.phones import phone_field
from app.signin import links, rights
from app.signin.rights import StaffEntry

people = AppGroup("people", help="The first administrator, and sign-in links.")


@people.command("add-staff")
@click.option("--name", required=True)
@click.option("--phone", required=True, help="Signs in with a code.")
@click.option("--sex", type=click.Choice(["f", "m"]), required=True)
@click.option("--unit", "unit_code", required=True, help="Where the role holds, with everything below.")
@click.option("--role", type=click.Choice([role.value for role in rights.GIVEN]), default=Role.ADMINISTRATOR.value)
def add_staff(name: str, phone: str, sex: str, unit_code: str, role: str) -> None:
    """Add a member of staff (by default an administrator) and print the id and a sign-in link."""
    try:
        entry = StaffEntry(name=name, sex=sex, phone=phone_field(phone), role=Role(role), unit_code=unit_code)
        with transaction():
            person = rights.add_staff(SYSTEM, entry)
            path = links.make_link_by_command(person.id)
    except DomainError as error:
        raise click.ClickException(_said(error)) from None
    click.echo(f"{person.id} {_address(path)}")


@people.command("link")
@click.argument("person_id")
def link(person_id: str) -> None:
    """Print a new sign-in link for a person."""
    try:
        with transaction():
            path = links.make_link_by_command(person_id)
    except DomainError as error:
        raise click.ClickException(_said(error)) from None
    click.echo(_address(path))


def _address(path: str) -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base.rstrip("/") + path


def _said(error: DomainError) -> str:
    return " ".join(error.fields.values()) if isinstance(error, Invalid) and error.fields else error.sentence()


commands = [people]
