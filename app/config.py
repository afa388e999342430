"""The environment, read once into a frozen, typed object; a bad value refuses to start."""

import os
import secrets
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"


class Settings(BaseSettings):
    """What an operator may set: each field is the environment variable LIANXIN_<NAME>, but DATABASE_URL."""

    model_config = SettingsConfigDict(env_prefix="LIANXIN_", frozen=True, extra="ignore")

    instance: Path = ROOT / "instance"
    database_url: str = Field(default="", validation_alias="DATABASE_URL")
    secret_key: str = ""
    demo: bool = False
    jobs: Literal["inline", "huey", "procrastinate"] = "inline"
    base_url: str = "http://127.0.0.1:8000"
    secure_cookies: bool = False
    messages: Literal["file", "console", "none"] = "file"
    head_key: str = Field(default="", pattern="^([0-9a-f]{64})?$", repr=False)  # else the file head_key of the instance

    @field_validator("instance")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.resolve()

    @property
    def url(self) -> str:
        """The SQLAlchemy address of the database; the embedded one when none is given."""
        given = self.database_url
        if not given:
            return f"sqlite:///{self.instance / 'lianxin.db'}"
        for plain in ("postgres://", "postgresql://"):
            if given.startswith(plain):
                return "postgresql+psycopg://" + given.removeprefix(plain)
        return given

    @property
    def embedded(self) -> bool:
        """Whether the database is SQLite in a file of this machine."""
        return self.url.startswith("sqlite")


class BadSettings(SystemExit):
    """A value in the environment that the product cannot start with; the message is one sentence a line."""


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment (overrides win); the secret key is made and kept when none is given."""
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [f"LIANXIN_{e['loc'][0]}".upper() + f": {e['msg']}" for e in error.errors()]
        raise BadSettings("\n".join(lines)) from None
    if settings.secret_key:
        return settings
    return settings.model_copy(update={"secret_key": _kept_secret(settings.instance)})


def _kept_secret(instance: Path) -> str:
    """The secret of this installation: made at the first start, readable by its owner only."""
    instance.mkdir(parents=True, exist_ok=True)
    path = instance / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret
