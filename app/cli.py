"""What every command shares: the console's language, and a sentence where something cannot be done."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.errors import DomainError

REFUSED = 2  # the exit code of what a rule of the trade does not allow
UNAVAILABLE = 1


@contextmanager
def said_in_words() -> Iterator[None]:
    """The console's language, and a sentence with exit code 2 for whatever a well-meaning person can run into."""
    language = "zh_Hans_CN" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en"
    with force_locale(language):
        try:
            yield
        except DomainError as error:
            click.echo(error.sentence(), err=True)
            sys.exit(REFUSED)
        except (OperationalError, ProgrammingError) as error:
            reason = str(error.orig).splitlines()[0] if error.orig else ""
            sentence = _("The database can't be used now. Run ./run flask init if it is new; else wait a moment.")
            click.echo(f"{sentence} ({reason})", err=True)
            sys.exit(UNAVAILABLE)
