"""Where the database is: yours by DATABASE_URL, or the embedded one under COUNTERFOIL_HOME."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from counterfoil.config.environment import read_text
from counterfoil.config.postgres import EmbeddedPostgres


def is_embedded() -> bool:
    """Say whether the database is the one that Counterfoil brings and starts itself."""
    return not read_text("DATABASE_URL")


def database_settings(home: Path) -> dict[str, Any]:
    """
    Return Django's settings for the one database.

    Raises ImproperlyConfigured when DATABASE_URL does not name a PostgreSQL database.
    """
    # A connection kept for a minute saves a start-up per page; checked, because servers restart.
    shared = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    url = read_text("DATABASE_URL")
    if not url:
        return shared | EmbeddedPostgres(home).connection_settings()
    parts = urlsplit(url)
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not name:
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name;"
            " Counterfoil runs on PostgreSQL 15 or newer only"
        )
    return shared | {
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }
