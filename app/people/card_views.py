"""The address that the square code on an elder's card holds."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from app.access.guard import public, visitor
from app.people import cards
from app.people.cards import Card

bp = Blueprint("card", __name__)


@bp.get("/k/<code>")
@public
def card(code: str) -> ResponseReturnValue:
    """Lead whoever is known to her page; tell a stranger whom to call, and nothing about anybody."""
    way_on = cards.way_on(visitor(), code)
    if way_on:
        return redirect(way_on, 303)
    kind = cards.card(code)
    status = {Card.GOOD: 200, Card.REPLACED: 200, Card.UNKNOWN: 404}[kind]
    return render_template("family/card.html", kind=kind, code=code), status
