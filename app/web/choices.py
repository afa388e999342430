"""What a person chose on the settings page, stored on her: for her messages and her other devices."""

from app.access.actor import Actor
from app.db import session
from app.people.models import Person


def keep(actor: Actor | None, *, lang: str, size: str, contrast: str) -> None:
    """Store the three choices on the person who is signed in; a stranger's stay in her browser alone."""
    person = session.get(Person, actor.person_id) if actor is not None and actor.person_id else None
    if person is None:
        return
    person.language = lang
    person.text_size = size
    person.high_contrast = contrast == "high"
