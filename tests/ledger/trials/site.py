"""The product as gunicorn loads it for the trial of kills, on the stopped clock of the tests: `...trials.site:app`."""

import os
from datetime import datetime
from pathlib import Path

import time_machine

from tests.support.databases import make_app

app = make_app(os.environ["DATABASE_URL"], Path(os.environ["LIANXIN_INSTANCE"]))
time_machine.travel(datetime.fromisoformat(os.environ["TRIAL_NOW"]), tick=False).start()
