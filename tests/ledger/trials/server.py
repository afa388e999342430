"""A real server of the site, gunicorn with the site's own settings, whose worker can be stopped, stepped and killed.

It answers on a socket in a folder. The master loads the site once and starts a new worker whenever one was killed.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import urlencode

from app import clock

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60


@dataclass(frozen=True)
class Deed:
    """One press of a button, to be sent any number of times: what it is, where to, and whose cookie it carries."""

    kind: str
    path: str
    form: dict[str, str]
    cookie: str

    def request(self) -> bytes:
        body = urlencode(self.form).encode()
        lines = (
            f"POST {self.path} HTTP/1.1", "Host: localhost", f"Cookie: session={self.cookie}", "Connection: close",
            "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}",
        )  # fmt: skip
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Asked:
    """A request that was sent and perhaps answered."""

    def __init__(self, place: Path, deed: Deed) -> None:
        self._line = socket.socket(socket.AF_UNIX)
        self._line.settimeout(PATIENCE_S)
        self._line.connect(str(place))
        self._line.sendall(deed.request())

    def is_answered(self) -> bool:
        """Whether the first words of an answer (or the end of the line) have come."""
        return bool(select.select([self._line], [], [], 0)[0])

    def answer(self) -> int | None:
        """The status, once the line is closed; None when nothing came."""
        words = b""
        try:
            while more := self._line.recv(65536):
                words += more
        except ConnectionResetError:
            pass
        finally:
            self._line.close()
        return int(words.split(b" ", 2)[1]) if words.startswith(b"HTTP/1.") else None


class Site:
    """The running site: `with Site(url, folder) as site`."""

    def __init__(self, url: str, folder: Path) -> None:
        self.place = folder / "site.sock"
        self._environment = os.environ | {
            "DATABASE_URL": url, "LIANXIN_INSTANCE": str(folder / "site"), "TRIAL_NOW": clock.now().isoformat(),
            "LIANXIN_BIND": f"unix:{self.place}", "LIANXIN_JOBS_HERE": "0", "LIANXIN_LOG_LEVEL": "critical",
        }  # fmt: skip

    def __enter__(self) -> "Site":
        self._master = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--preload", "tests.ledger.trials.site:app"], cwd=ROOT,
            env=self._environment,
        )  # fmt: skip
        self.worker()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._master.send_signal(signal.SIGQUIT)
        self._master.wait(PATIENCE_S)

    def worker(self, other_than: int | None = None) -> int:
        """The process that serves now."""
        children = Path(f"/proc/{self._master.pid}/task/{self._master.pid}/children")
        for _ in range(PATIENCE_S * 200):
            assert self._master.poll() is None, "the server ended"
            alive = [int(pid) for pid in children.read_text().split() if pid != str(other_than) and not _is_dead(pid)]
            if alive and self.place.exists():
                return alive[0]
            time.sleep(0.005)
        raise AssertionError("no worker came")

    def ask(self, deed: Deed) -> Asked:
        return Asked(self.place, deed)

    def ask_until_answered(self, deed: Deed) -> int:
        """What a patient person gets, who presses again whenever nothing comes back."""
        for _ in range(50):
            status = self.ask(deed).answer()
            if status is not None and status < 500:
                return status
            time.sleep(0.1)
        raise AssertionError(f"never answered: {deed.kind} {deed.path}")


def _is_dead(pid: str) -> bool:
    return _state(pid) in ("Z", "X", "")


def _state(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def stop(pid: int) -> None:
    """Freeze the process where it is."""
    os.kill(pid, signal.SIGSTOP)
    while _state(str(pid)) not in ("T", "t", "Z", "X", ""):
        time.sleep(0)


def go_on(pid: int) -> None:
    os.kill(pid, signal.SIGCONT)


def kill(pid: int) -> None:
    """End the process at once, and wait until it is gone."""
    os.kill(pid, signal.SIGKILL)
    while not _is_dead(str(pid)):
        time.sleep(0.001)
