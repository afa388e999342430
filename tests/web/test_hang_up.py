"""A visitor who leaves before the answer has arrived: nothing of it stays open."""

import socket
import struct
import threading
from collections.abc import Iterator

from flask import Flask, Response

from tests.support.browser import serving

RESET = struct.pack("ii", 1, 0)  # on, 0 seconds: closing sends a reset and throws away what is unread


def test_an_answer_is_closed_when_its_visitor_resets_the_connection() -> None:
    begun, left, closed = threading.Event(), threading.Event(), threading.Event()
    app = Flask(__name__)
    app.config["WTF_CSRF_ENABLED"] = False

    def blocks() -> Iterator[bytes]:
        yield b"first"
        begun.set()
        left.wait(5)

    @app.get("/")
    def slow_answer() -> Response:
        answer = Response(blocks(), headers={"Content-Length": "5"})
        answer.call_on_close(closed.set)
        return answer

    with serving(app) as address:
        host, port = address.removeprefix("http://").split(":")
        visitor = socket.create_connection((host, int(port)))
        visitor.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert begun.wait(5)
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        visitor.close()
        left.set()
        assert closed.wait(5)
