"""Keeps tests on this machine: a socket off the loopback fails the test that opened it."""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class WentOut(ConnectionError):
    """A test reached for the network."""


def _stays_here(family: int, address: Any) -> bool:
    if family not in (socket.AF_INET, socket.AF_INET6):
        return True
    host = address[0]
    if host in ("localhost", "", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False  # a name: it would have to be asked for outside


@contextmanager
def only_loopback() -> Iterator[list[str]]:
    """Refuse every way out while open; the list names what was tried, also when the code swallowed the refusal."""
    tried: list[str] = []
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}

    def guarded(name: str) -> Any:
        def call(self: socket.socket, *arguments: Any) -> Any:
            address = arguments[-1]
            if not _stays_here(self.family, address):
                tried.append(f"{name} {address!r}")
                raise WentOut(f"a test opened a socket off the loopback: {name} {address!r}")
            return real[name](self, *arguments)

        return call

    for name in real:
        setattr(socket.socket, name, guarded(name))
    try:
        yield tried
    finally:
        for name, method in real.items():
            setattr(socket.socket, name, method)
