"""A PostgreSQL server for one test run: Debian's own, on a socket only, durable for nobody, gone afterwards."""

import glob
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

SPEED = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
}
SAFE = {"listen_addresses": "", "max_connections": "60", "autovacuum": "off"}  # as PostgreSQL is when nobody hurries it
OWNER = "lianxin"


class NoPostgres(Exception):
    """PostgreSQL was asked for and is not on this machine."""


def _program(name: str) -> str:
    found = sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{name}")) or [shutil.which(name) or ""]
    if not found[-1]:
        raise NoPostgres(f"PostgreSQL's {name} is not installed; ./run test installs it where apt is there")
    return found[-1]


class Server:
    """A running server; `url` is for a role that may make databases and owns what it makes.

    initdb refuses to run as root, so root starts it as the user `postgres` (or `nobody`).
    """

    def __init__(self, place: Path, settings: Mapping[str, str] = SPEED) -> None:
        self.settings = settings
        place.chmod(0o711)  # the server's own user passes through
        self.folder = place / "pg"  # short: the socket's path may have 107 letters
        self.folder.mkdir(mode=0o700)
        self.user = self._unprivileged()
        if self.user:
            shutil.chown(self.folder, self.user)
        self.data = self.folder / "data"

    def __enter__(self) -> "Server":
        self._run("initdb", "-D", self.data, "-U", "admin", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        self.start()
        with psycopg.connect(f"host={self.folder} user=admin dbname=postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(sql.Identifier(OWNER)))
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.stop_at_once()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        settings = [f"-c {name}='{value}'" for name, value in self.settings.items()]
        options = " ".join([f"-k {self.folder}", *settings])
        self._run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", self.folder / "log", "-o", options, "start")

    def stop_at_once(self) -> None:
        """As when the machine loses its power, but for what the system has not yet written to the disk."""
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop", check=False)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{OWNER}@/postgres?host={self.folder}"

    @staticmethod
    def _unprivileged() -> str | None:
        if os.getuid() != 0:
            return None
        known = {entry.pw_name for entry in pwd.getpwall()}
        return "postgres" if "postgres" in known else "nobody"

    def _run(self, program: str, *arguments: object, check: bool = True) -> None:
        done = subprocess.run(
            [_program(program), *map(str, arguments)],
            user=self.user,
            group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if check and done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program} failed: {done.stdout or (log.read_text() if log.exists() else '')}")


class Cloner:
    """Makes and drops databases on a server, which no transaction can do."""

    def __init__(self, server_url: str) -> None:
        self.server = make_url(server_url)

    def url_of(self, name: str) -> str:
        return self.server.set(database=name).render_as_string(hide_password=False)

    def exists(self, name: str) -> bool:
        with self._connect() as connection:
            return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    def create(self, name: str, template: str = "template0") -> None:
        """A database equal to its template, in place of whatever had the name."""
        self.drop(name)
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        for attempt in range(20):
            try:
                with self._connect() as connection:
                    connection.execute(words.format(sql.Identifier(name), sql.Identifier(template)))
                return
            except psycopg.errors.ObjectInUse:  # the other worker is cloning the same template at this moment
                if attempt == 19:
                    raise
                time.sleep(0.05)

    def drop(self, name: str) -> None:
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _connect(self) -> psycopg.Connection:
        url = self.server.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True)
