"""How `gunicorn wsgi:app` serves the site: one process with eight threads, which also runs the jobs.

With the embedded database one process is right: its writers wait in one queue. On PostgreSQL raise WEB_CONCURRENCY, and
give the jobs a machine of their own with LIANXIN_JOBS_HERE=0 and `flask jobs work`.
"""

import os

_embedded = os.environ.get("DATABASE_URL", "").startswith("sqlite") or not os.environ.get("DATABASE_URL")
os.environ.setdefault("LIANXIN_JOBS", "huey" if _embedded else "procrastinate")

bind = os.environ.get("LIANXIN_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = 8
worker_class = "gthread"
graceful_timeout = 30
timeout = 120
loglevel = os.environ.get("LIANXIN_LOG_LEVEL", "warning")
control_socket_disable = True


def post_worker_init(worker):
    """The process serves: let it run the jobs too."""
    if os.environ.get("LIANXIN_JOBS_HERE", "1") == "1":
        worker.wsgi.extensions["jobs"].start()


def worker_exit(server, worker):
    """Let the jobs at hand be finished."""
    if hasattr(worker, "wsgi") and os.environ.get("LIANXIN_JOBS_HERE", "1") == "1":
        worker.wsgi.extensions["jobs"].stop()
