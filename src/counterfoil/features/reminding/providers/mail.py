"""E-mail by any SMTP server."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, parseaddr

from counterfoil.features.reminding.models import SenderChoices
from counterfoil.features.reminding.providers.base import (
    TIMEOUT_S,
    InDoubt,
    Letter,
    NotTaken,
    Outcome,
    Refused,
    Taken,
    shorten,
)
from counterfoil.features.reminding.providers.hosts import OwnNetwork, require_outside

_PERMANENT = 500


class Mail:
    """Speaks to the organisation's own mail server."""

    name = "mail"

    def __init__(self, choices: SenderChoices) -> None:
        self._choices = choices

    def carry(self, letter: Letter) -> Outcome:
        """Send one message: until it is handed over nothing can have been taken; then an answer says so."""
        is_handed_over = False
        try:
            message = self._write(letter)
            with self.connect() as server:
                is_handed_over = True
                server.send_message(message)
        except smtplib.SMTPResponseException as problem:
            words = shorten(f"The mail server says: {problem.smtp_code} {problem.smtp_error!r}")
            return Refused(words) if problem.smtp_code >= _PERMANENT else NotTaken(words)
        except smtplib.SMTPRecipientsRefused as problem:
            return _read_refusal(problem)
        except OwnNetwork as refused:
            return NotTaken(str(refused))
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            words = f"The mail server could not be spoken to: {type(problem).__name__}."
            return InDoubt(words) if is_handed_over else NotTaken(words)
        return Taken(letter.token)

    def _write(self, letter: Letter) -> EmailMessage:
        name, address = parseaddr(self._choices.mail_from)
        message = EmailMessage()
        message["From"] = Address(name or self._choices.business, addr_spec=address)
        message["To"] = letter.to
        message["Subject"] = letter.subject
        message["Reply-To"] = self._choices.reply_to or address
        # A mailbox that answers by itself, as one on holiday does, leaves it alone. Source: RFC 3834.
        message["Auto-Submitted"] = "auto-generated"
        if letter.leave_at.startswith("https://"):
            # One press in the mail program itself. Source: RFC 8058.
            message["List-Unsubscribe"] = f"<{letter.leave_at}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{letter.token}@{address.rpartition('@')[2] or 'localhost'}>"
        message.set_content(letter.text)
        return message

    @contextmanager
    def connect(self) -> Iterator[smtplib.SMTP]:
        """Let the server know who we are. Raises SMTPException, OSError, OwnNetwork."""
        choices = self._choices
        require_outside(choices.mail_host)
        context = ssl.create_default_context()
        if choices.mail_security == SenderChoices.Security.TLS:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                choices.mail_host, choices.mail_port, timeout=TIMEOUT_S, context=context
            )
        else:
            server = smtplib.SMTP(choices.mail_host, choices.mail_port, timeout=TIMEOUT_S)
        try:
            if choices.mail_security == SenderChoices.Security.STARTTLS:
                server.starttls(context=context)
            if choices.mail_account:
                server.login(choices.mail_account, choices.mail_secret)
            yield server
        finally:
            server.close()  # a farewell that fails would put in doubt what was taken


def _read_refusal(problem: smtplib.SMTPRecipientsRefused) -> Outcome:
    code, words = next(iter(problem.recipients.values()))
    said = shorten(f"The mail server says: {code} {words!r}")
    return Refused(said) if code >= _PERMANENT else NotTaken(said)
