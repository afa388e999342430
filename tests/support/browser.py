"""A real Chromium against a real server on the loopback."""

import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

ANSWER = "lianxin.tests.answer"

# Debian's build, in a container, on a machine without a way out.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """The path of the browser that the tests drive."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise RuntimeError("Chromium is not installed; ./run test installs it where apt is there")
    return found


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Requests are not news; errors reach the test through the page."""

    def connection_dropped(self, error: BaseException, environ: dict[str, Any] | None = None) -> None:
        """Close the answer of a visitor who left: Werkzeug does not when the connection was reset, and a file leaks."""
        answer = (environ or {}).get(ANSWER)
        if hasattr(answer, "close"):
            answer.close()


def _keeping_answers(app: WSGIApplication) -> WSGIApplication:
    def keeping(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = environ[ANSWER] = app(environ, start_response)
        return answer

    return keeping


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of `app`, served by threads until closed, with its CSRF guard on as in real life."""
    server = make_server("127.0.0.1", 0, _keeping_answers(app), threaded=True, request_handler=_Quiet)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    guarded, app.config["WTF_CSRF_ENABLED"] = app.config["WTF_CSRF_ENABLED"], True
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        app.config["WTF_CSRF_ENABLED"] = guarded
