"""The whole site put together: wires the parts and decides nothing."""

from importlib import import_module
from pathlib import Path

from flask import Flask, current_app, request
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined

from app import errors
from app.access import guard, login
from app.config import ROOT, Settings, load_settings
from app.db import db, harden
from app.jobs import setup as jobs_setup
from app.ledger import watch

READS = frozenset({"GET", "HEAD", "OPTIONS"})


def create_app(settings: Settings | None = None) -> Flask:
    """The whole site as a WSGI application; `settings` come from the environment when not given."""
    settings = settings or load_settings()
    app = Flask("app", instance_path=str(settings.instance))
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_pre_ping": not settings.embedded,
            "hide_parameters": True,  # an error that is logged names no person, phone or door
        },
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,  # a late style sheet must not bring back the cookie of an earlier page
        MAX_CONTENT_LENGTH=8 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,  # an elder may leave a page open overnight
    )
    app.jinja_env.undefined = StrictUndefined
    settings.instance.mkdir(parents=True, exist_ok=True)
    db.init_app(app)
    with app.app_context():
        harden(db.engine)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=False, compare_type=True)
    CSRFProtect(app)
    errors.init_app(app)
    jobs_setup.init_app(app, settings)
    app.before_request(_refuse_changes_without_guards)
    _wire_web(app)
    _register(app)
    watch.init_app(app)
    return app


def settings_of(app: Flask) -> Settings:
    """The settings that this application was made with."""
    settings: Settings = app.config["SETTINGS"]
    return settings


def _refuse_changes_without_guards() -> None:
    """Signing in moves nothing, and staff must get in to see what is wrong: everything else is only read.

    Asked before the visitor is known: many requests that hold a connection and want a second would wait for each other.
    """
    if request.method not in READS and request.blueprint != "signin":
        watch.must_stand(current_app)


def _wire_web(app: Flask) -> None:
    from app.signin.service import actor_of_token
    from app.web import init_app

    login.init_app(app, actor_of_token)
    guard.init_app(app, login.actor_of_cookie)
    init_app(app)


def _register(app: Flask) -> None:
    """Every `app/<feature>/*views.py` has a blueprint `bp`; every `app/<feature>/*cli.py` a list `commands`."""
    for path in sorted(Path(__file__).parent.glob("*/*.py")):
        module = f"app.{path.parent.name}.{path.stem}"
        if path.stem.endswith("views"):
            app.register_blueprint(import_module(module).bp)
        elif path.stem.endswith("cli"):
            for command in import_module(module).commands:
                app.cli.add_command(command)
        elif path.stem == "models":
            import_module(module)
