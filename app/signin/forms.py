"""What is posted on the way in."""

from urllib.parse import urlsplit


def safe_next(word: str) -> str:
    """The path of this site to go on to after signing in; "" for anything that leads elsewhere."""
    if not word.startswith("/") or word.startswith("//") or "\\" in word or not word.isprintable():
        return ""
    parts = urlsplit(word)
    return "" if parts.scheme or parts.netloc else word
