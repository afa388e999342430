"""Lianxin. Importing the package loads nothing: a receipt is checked without the site (app/ledger/proof.py)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The whole site as a WSGI application; `settings` come from the environment when not given."""
    from app.wiring import create_app as make

    return make(settings)
