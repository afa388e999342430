"""The long experiments with the time bank: each has a short form of seconds, and its full length with `--full`.

    test_bank.py      32 clients who act, retry and replay at once
    test_kills.py     servers killed while they publish and close visits, PostgreSQL stopped in the middle
    test_million.py   a million transfers: what is proved, opened and read grows with them in a straight line
"""
