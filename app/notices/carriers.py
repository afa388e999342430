"""Ports for messages that leave the site: what a carrier is, and the two that need no contract with anybody.

SMS, WeChat and mail are carriers that an installation brings along: a class with `send`, registered under its name in
CARRIERS and chosen by LIANXIN_MESSAGES. What reaches nobody by any carrier still stands in the inbox.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import click
from flask import Flask, current_app

from app.config import Settings

FILE_NAME = "messages.jsonl"


@dataclass(frozen=True)
class Message:
    """One message on its way out: words without health facts or doors, and where it goes."""

    id: str  # the same at every try: a carrier that supports it can refuse the second
    to: str  # a phone number in E.164
    language: str
    text: str
    link: str  # an absolute address, "" where the message has none


class NotCarried(Exception):
    """The carrier did not take the message; it is tried again later."""


class Carrier(Protocol):
    """A way out of the site: sms, WeChat, mail, a file. It may be called again with a message that it took before."""

    def send(self, message: Message) -> None:
        """Hand the message over; NotCarried when that fails."""


class FileCarrier:
    """Writes each message as a line of JSON: for demos, tests of an installation, and printing by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, message: Message) -> None:
        line = json.dumps(asdict(message), ensure_ascii=False) + "\n"
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            raise NotCarried(f"{error.strerror}: {self.path.name}") from error


class ConsoleCarrier:
    """Shows each message in the terminal of the server."""

    def send(self, message: Message) -> None:
        click.echo(f"{message.to}: {message.text} {message.link}".rstrip(), err=True)


CARRIERS: dict[str, Callable[[Settings], Carrier | None]] = {
    "file": lambda settings: FileCarrier(settings.instance / FILE_NAME),
    "console": lambda _settings: ConsoleCarrier(),
    "none": lambda _settings: None,
}


def carrier_of(app: Flask | None = None) -> Carrier | None:
    """The carrier of this installation; None where messages stay in the inbox."""
    app = app or current_app
    if "carrier" not in app.extensions:
        settings: Settings = app.config["SETTINGS"]
        app.extensions["carrier"] = CARRIERS[settings.messages](settings)
    found: Carrier | None = app.extensions["carrier"]
    return found
