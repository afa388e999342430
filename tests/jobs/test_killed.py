"""A process that is killed in the middle of a job: the job is run again by the next one."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.jobs import procrastinate_engine
from tests.jobs.conftest import Site, eventually

ROOT = Path(__file__).resolve().parents[2]
# Begins to run jobs; the first job kills the process as a power cut would.
DOOMED = """
import os, time
from app import create_app
from app.jobs import port, registry

def cut(key):
    os._exit(9)

app = create_app()
registry.TASKS["test_write"] = registry.Task("test_write", cut)
with app.app_context():
    port.engine().start()
    time.sleep(60)
"""


def test_the_job_of_a_killed_process_runs_again(
    queued: Site, database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued.ask("test_write", key="survivor")
    environment = os.environ | {
        "DATABASE_URL": database.url,
        "LIANXIN_INSTANCE": str(tmp_path),
        "LIANXIN_JOBS": queued.engine.name,
        "LIANXIN_SECRET_KEY": "a secret of the tests",  # the jobs on SQLite are signed with it
    }
    killed = subprocess.run([sys.executable, "-c", DOOMED], cwd=ROOT, env=environment, timeout=120, check=False)
    assert killed.returncode == 9
    assert not queued.is_done("survivor")
    monkeypatch.setattr(procrastinate_engine, "SILENT_AFTER_S", 1)  # its silence is noticed sooner
    queued.runs()
    assert eventually(lambda: queued.is_done("survivor"))
    assert eventually(lambda: queued.health().waiting == 0)
    assert queued.health().failed == 0
