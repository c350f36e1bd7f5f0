"""
Asks a provider whether it knows the account, without sending anything to anybody.

Source: Twilio's documentation, "Account resource" and "IncomingPhoneNumber resource"; Vonage's, "Account
API"; that of SMS Gateway for Android, "API", whose list of webhooks only its owner is shown.
"""

import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from counterfoil.features.reminding.models import SenderChoices
from counterfoil.features.reminding.providers.base import InDoubt, NotTaken, ask, shorten
from counterfoil.features.reminding.providers.hosts import OwnNetwork, require_outside
from counterfoil.features.reminding.providers.mail import Mail

_NOT_KNOWN = {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.NOT_FOUND}


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether a provider knows the account, and in which words it is said to a person."""

    words: str
    is_proven: bool = False


def prove(choices: SenderChoices) -> Proof:
    """Return what the carrier of texts and the mail server say of the accounts that are set up."""
    proofs = []
    if choices.provider != SenderChoices.Provider.SHOWN:
        proofs.append(_PROVERS[SenderChoices.Provider(choices.provider)](choices))
    if choices.mail_host:
        proofs.append(_prove_mail(choices))
    if not proofs:
        return Proof("Messages are only shown here: there is nothing to check.", is_proven=True)
    return Proof(shorten(" ".join(one.words for one in proofs)), all(one.is_proven for one in proofs))


def _prove_twilio(choices: SenderChoices) -> Proof:
    account = f"{settings.COUNTERFOIL_TWILIO_URL}/2010-04-01/Accounts/{choices.account}"
    signed = (choices.account, choices.secret)
    known = _read("Twilio", lambda client: client.get(f"{account}.json", auth=signed))
    if isinstance(known, Proof):
        return known
    if known.get("status", "active") != "active":
        return Proof(f"Twilio knows the account, and says that it is {known['status']}.")
    if not choices.sender.startswith("+"):
        return Proof("Twilio knows the account.", is_proven=True)
    found = _read(
        "Twilio",
        lambda client: client.get(
            f"{account}/IncomingPhoneNumbers.json", params={"PhoneNumber": choices.sender}, auth=signed
        ),
    )
    if isinstance(found, Proof):
        return found
    if not found.get("incoming_phone_numbers"):
        return Proof(f"Twilio knows the account, but {choices.sender} is no number of it.")
    return Proof(f"Twilio knows the account and its number {choices.sender}.", is_proven=True)


def _prove_vonage(choices: SenderChoices) -> Proof:
    address = settings.COUNTERFOIL_VONAGE_URL + "/account/get-balance"
    known = _read("Vonage", lambda client: client.get(address, auth=(choices.account, choices.secret)))
    return known if isinstance(known, Proof) else Proof("Vonage knows the account.", is_proven=True)


def _prove_phone(choices: SenderChoices) -> Proof:
    try:
        require_outside(urlsplit(choices.address).hostname or "")
    except OwnNetwork as refused:
        return Proof(str(refused))
    address = choices.address.rstrip("/") + "/webhooks"
    known = _read("The phone", lambda client: client.get(address, auth=(choices.account, choices.secret)))
    return (
        known
        if isinstance(known, Proof)
        else Proof("The phone answers, and knows the account.", is_proven=True)
    )


def _prove_mail(choices: SenderChoices) -> Proof:
    try:
        with Mail(choices).connect() as server:
            server.noop()
    except OwnNetwork as refused:
        return Proof(str(refused))
    except smtplib.SMTPResponseException as problem:
        return Proof(f"The mail server says: {problem.smtp_code} {problem.smtp_error!r}")
    except (smtplib.SMTPException, OSError, ValueError) as problem:
        return Proof(f"The mail server could not be spoken to: {type(problem).__name__}.")
    return Proof(
        "The mail server lets us in." if choices.mail_account else "The mail server answers.", is_proven=True
    )


def _read(name: str, send: Callable[[httpx.Client], httpx.Response]) -> Proof | Mapping[str, Any]:
    """Return what was answered, or why it proves nothing; no word of the answer is shown."""
    answer = ask(send)
    if isinstance(answer, NotTaken | InDoubt):
        return Proof(answer.words)
    if answer.status_code in _NOT_KNOWN:
        return Proof(f"{name} does not know this account with this secret.")
    if not answer.is_success:
        return Proof(f"{name} answered {answer.status_code}. Try again in a while.")
    try:
        said = answer.json()
    except ValueError:
        return Proof(f"{name} answered in a way that says nothing: is the address right?")
    return said if isinstance(said, dict) else {}


_PROVERS: Mapping[SenderChoices.Provider, Callable[[SenderChoices], Proof]] = {
    SenderChoices.Provider.TWILIO: _prove_twilio,
    SenderChoices.Provider.VONAGE: _prove_vonage,
    SenderChoices.Provider.GATEWAY: _prove_phone,
}
