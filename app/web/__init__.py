"""The edge's own parts: language, frame, words, headers, assets, and the pages that anyone may open."""

from flask import Flask

from app.web import assets, filters, frame, headers, locale, tables


def init_app(app: Flask) -> None:
    """Fit the application with language, words, assets, the frame of the pages and the headers."""
    for part in (locale, filters, tables, assets, frame, headers):
        part.init_app(app)
