"""Nothing is changed while a guard of the time bank is missing: the site serves what it has and takes nothing in.

Compared when the site starts, and again whenever somebody tries to change something until all is well, so that a repair
needs no restart. See docs/decisions/0012.
"""

import logging
from dataclasses import dataclass, field

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.db import db
from app.ledger.errors import GuardsMissing
from app.ledger.guards import missing_guards

log = logging.getLogger("lianxin.ledger")


@dataclass
class Watch:
    """The guards that were missing or altered when last looked at."""

    missing: list[str] = field(default_factory=list)

    def look(self) -> list[str]:
        """Compare again. In the middle of migrating, guards of tables that are not there yet are not missed."""
        try:
            with db.engine.connect() as connection:
                self.missing = missing_guards(connection, so_far=True)
        except SQLAlchemyError as error:
            log.error("the guards of the time bank can't be compared: %s", type(error).__name__)
            self.missing = ["the database does not answer"]
        if self.missing:
            log.error("nothing is changed until these guards stand again: %s", ", ".join(self.missing))
        return self.missing


def init_app(app: Flask) -> None:
    """Compare the guards when the site starts, and leave no connection open.

    A server that makes the site first and forks then would share it with all its processes: one that is killed in the
    middle of an act would leave the act open, for the next process to go on with.
    """
    app.extensions["guards"] = Watch()
    with app.app_context():
        watch_of(app).look()
        db.engine.dispose()


def watch_of(app: Flask) -> Watch:
    """What is known of the guards in this process."""
    watch: Watch = app.extensions["guards"]
    return watch


def must_stand(app: Flask) -> None:
    """GuardsMissing while a guard that was missed has not come back: for whatever would change something."""
    watch = watch_of(app)
    if watch.missing and watch.look():
        raise GuardsMissing
