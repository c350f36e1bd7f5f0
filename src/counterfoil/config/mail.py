"""Reads where letters are handed over, from one address, and says at once when it cannot be read."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from counterfoil.config.environment import read_text

_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True)
class Mail:
    """A mail server; without a host there is none, and letters are put into the home."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    use_tls: bool = False
    use_ssl: bool = False
    sender: str = ""

    @property
    def backend(self) -> str:
        """Return the name of the way that letters go."""
        if self.host:
            return "django.core.mail.backends.smtp.EmailBackend"
        return "counterfoil.config.letters.LetterBox"


def read_mail() -> Mail:
    """
    Return the mail server of EMAIL_URL: `smtp+tls://user:password@host:587?from=books@firm.example`.

    Raises ImproperlyConfigured without showing the address, which holds a password.
    """
    text = read_text("EMAIL_URL")
    if not text:
        return Mail()
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured("EMAIL_URL has a port that is no number") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL cannot be read; write smtp+tls://user:password@host:587")
    sender = parse_qs(parts.query).get("from", [unquote(parts.username or "")])[0]
    if "@" not in sender:
        raise ImproperlyConfigured("EMAIL_URL names no sender; end it with ?from=books@firm.example")
    return Mail(
        host=parts.hostname,
        port=port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_tls=parts.scheme == "smtp+tls",
        use_ssl=parts.scheme == "smtps",
        sender=sender,
    )
