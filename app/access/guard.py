"""Every view says what it needs: `@requires(Permission.X)` or `@public`. One that says nothing does not start."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from app.access.actor import Actor
from app.access.policy import Permission, may
from app.errors import NotAllowed, NotSignedIn

View = TypeVar("View", bound=Callable[..., Any])
_DECLARED = "needs_permission"
_FREE_ENDPOINTS = frozenset({"static"})


def requires(permission: Permission) -> Callable[[View], View]:
    """Mark a view as open to the roles that hold `permission`."""

    def mark(view: View) -> View:
        setattr(view, _DECLARED, permission)
        return view

    return mark


def public(view: View) -> View:
    """Mark a view as open to whoever comes by."""
    setattr(view, _DECLARED, None)
    return view


def declared(app: Flask, endpoint: str) -> Permission | None:
    """What the view behind `endpoint` needs (None: public). LookupError when it declares nothing."""
    if endpoint in _FREE_ENDPOINTS:
        return None
    view = app.view_functions[endpoint]
    if not hasattr(view, _DECLARED):
        raise LookupError(f"{view.__module__}.{view.__name__} declares no permission")
    permission: Permission | None = getattr(view, _DECLARED)
    return permission


def current_actor() -> Actor:
    """The signed-in person of this request."""
    actor = g.get("actor")
    if actor is None:
        raise NotSignedIn
    return actor


def visitor() -> Actor | None:
    """The signed-in person, or None: for public pages that greet her."""
    return g.get("actor")


def init_app(app: Flask, load_actor: Callable[[], Actor | None]) -> None:
    """Guard every request; `load_actor` reads the session cookie."""

    @app.before_request
    def guard() -> None:
        g.actor = load_actor()
        if request.endpoint is None:
            return
        permission = declared(current_app, request.endpoint)
        if permission is None:
            return
        if g.actor is None:
            raise NotSignedIn
        if not may(g.actor, permission):
            raise NotAllowed

    @app.context_processor
    def words_of_the_guard() -> dict[str, Any]:
        actor = g.get("actor")
        return {"can": lambda permission: may(actor, permission), "Permission": Permission, "actor": actor}
