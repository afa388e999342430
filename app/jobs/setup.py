"""Choose the engine of jobs that the settings name."""

from flask import Flask
from sqlalchemy import make_url

from app.config import Settings
from app.jobs.inline import InlineEngine
from app.jobs.port import Engine


def init_app(app: Flask, settings: Settings) -> None:
    """Give the application its tasks and its engine; nothing runs yet."""
    from app.jobs import tasks  # noqa: F401 (registers the tasks by being imported)

    app.extensions["jobs"] = make_engine(app, settings)


def make_engine(app: Flask, settings: Settings) -> Engine:
    """The engine that the settings name. Engines are imported when chosen: each brings a library of its own."""
    if settings.jobs == "huey":
        from app.jobs.huey_engine import HueyEngine

        return HueyEngine(app, make_url(settings.url).database or "")
    if settings.jobs == "procrastinate":
        from app.jobs.procrastinate_engine import ProcrastinateEngine

        return ProcrastinateEngine(app, settings.url)
    return InlineEngine(app)
