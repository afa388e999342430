"""What the database itself can do: rows stored one by one, each in a transaction, by one client of its driver."""

import sqlite3
from time import perf_counter

import psycopg
from sqlalchemy.engine import make_url

from app.db import PRAGMAS

TABLE = "CREATE TABLE bare_row (id BIGINT PRIMARY KEY, words TEXT NOT NULL)"
WORDS = "x" * 200


def bare_inserts_a_second(url: str, rows: int) -> float:
    """Rows a second, as safely stored as the ledger's own."""
    return (_sqlite if url.startswith("sqlite") else _postgresql)(url, rows)


def _sqlite(url: str, rows: int) -> float:
    connection = sqlite3.connect(make_url(url).database or "", isolation_level=None)
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
    connection.execute(TABLE)
    begun = perf_counter()
    for number in range(rows):
        connection.execute("INSERT INTO bare_row VALUES (?, ?)", (number, WORDS))
    spent = perf_counter() - begun
    connection.execute("DROP TABLE bare_row")
    connection.close()
    return rows / spent


def _postgresql(url: str, rows: int) -> float:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(TABLE)
        begun = perf_counter()
        for number in range(rows):
            connection.execute("INSERT INTO bare_row VALUES (%s, %s)", (number, WORDS))
        spent = perf_counter() - begun
        connection.execute("DROP TABLE bare_row")
    return rows / spent
