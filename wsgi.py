"""What a web server loads: `gunicorn wsgi:app`, and `flask` finds its commands here."""

from app import create_app

app = create_app()
