"""Which language, text size and contrast this reader gets, and how the choice is kept.

`?lang=en` or `?size=l` on any address shows that page so and is remembered in a cookie of this browser: no row
changes. The settings page also stores the choice on the person who is signed in, for her messages and her other
devices.
"""

from flask import Flask, Response, g, has_request_context, request
from flask_babel import Babel

from app.access.guard import visitor
from app.db import session
from app.people.models import Person

LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}
SIZES = ("std", "l", "xl")
CONTRASTS = ("normal", "high")
CHOICES = {"lang": tuple(LANGUAGES), "size": SIZES, "contrast": CONTRASTS}
COOKIE_AGE_S = 365 * 24 * 3600


def language() -> str:
    """The reader's language, "zh" or "en": asked now, chosen before, stored on the person, the browser's, Chinese."""
    return _chosen("lang") or _of_person("lang") or _of_browser() or "zh"


def size() -> str:
    """The reader's text size: "std", "l" or "xl"."""
    return _chosen("size") or _of_person("size") or "std"


def contrast() -> str:
    """The reader's contrast: "normal" or "high"."""
    return _chosen("contrast") or _of_person("contrast") or "normal"


def select_locale() -> str:
    """The catalogue for this request; outside of one, Chinese."""
    return LANGUAGES[language() if has_request_context() else "zh"]


def choose(**choices: str) -> None:
    """Keep these choices in this browser from now on; unknown ones are passed over."""
    kept = g.setdefault("chosen", {})
    kept.update({name: value for name, value in choices.items() if value in CHOICES.get(name, ())})


def _chosen(name: str) -> str | None:
    if not has_request_context():
        return None
    for value in (g.get("chosen", {}).get(name), request.args.get(name), request.cookies.get(f"lx_{name}")):
        if value in CHOICES[name]:
            return value
    return None


def _of_person(name: str) -> str | None:
    """What is stored on the person who is signed in; read once a request: a page without database has it too."""
    actor = visitor() if has_request_context() else None
    if actor is None or actor.person_id is None:
        return None
    if "person_choices" not in g:
        person = session.get(Person, actor.person_id)
        g.person_choices = {} if person is None else _choices_of(person)
    value = g.person_choices.get(name)
    return value if value in CHOICES[name] else None


def _choices_of(person: Person) -> dict[str, str]:
    contrast_word = "high" if person.high_contrast else "normal"
    return {"lang": person.language, "size": person.text_size, "contrast": contrast_word}


def _of_browser() -> str | None:
    """The first language the browser asks for that we speak, by its primary tag (zh-HK and zh-Hans-CN are Chinese)."""
    if not has_request_context():
        return None
    for tag in request.accept_languages.values():
        primary = tag.replace("_", "-").split("-")[0].lower()
        if primary in LANGUAGES:
            return primary
    return None


def _remember(response: Response) -> Response:
    """Send a cookie for each choice made in this request."""
    asked = {name: request.args[name] for name in CHOICES if request.args.get(name) in CHOICES[name]}
    for name, value in {**asked, **g.get("chosen", {})}.items():
        response.set_cookie(
            f"lx_{name}", value, max_age=COOKIE_AGE_S, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return response


def init_app(app: Flask) -> None:
    """Choose the catalogue by the reader, and remember choices."""
    Babel(app, default_locale=LANGUAGES["zh"], locale_selector=select_locale)
    app.after_request(_remember)
