"""
Answers STOP, START and HELP by ourselves: each person gets one to each, soon or never.

Source: 47 CFR 64.1200(a)(12): one confirmation, within five minutes, and nothing that promotes.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from counterfoil.domain.reminders.replies import Meaning
from counterfoil.domain.reminders.segments import write_plainly
from counterfoil.features.reminding.models import Reply, SenderChoices
from counterfoil.features.reminding.providers import find_carrier
from counterfoil.features.reminding.providers.base import Carrier, InDoubt, Letter, Taken
from counterfoil.mirror.models import Connection, Organisation
from counterfoil.mirror.scope import in_workspace

SOON = timedelta(minutes=5)
_ANSWERED = (Meaning.STOP, Meaning.START, Meaning.HELP)


def plan_answer(reply: Reply, choices: SenderChoices) -> None:
    """
    Decide whether a reply that was just kept is answered, and with what; call it where it is kept.

    The wish of its writer is held in place there, so that of two replies at once one is answered.
    """
    if not choices.answers or reply.meaning not in _ANSWERED or not reply.is_certain:
        return
    answered = Reply.objects.filter(
        organisation=reply.organisation, digest=reply.digest, meaning=reply.meaning
    )
    if answered.exclude(answer_state="").exists():
        return
    reply.answer = _write(Meaning(reply.meaning), choices, choices.business or reply.organisation.name)
    reply.answer_state = Reply.Answer.WAITING
    reply.save(update_fields=["answer", "answer_state"])


def send_answers(
    organisation: Organisation, *, now: Callable[[], datetime], carrier: Carrier | None = None
) -> int:
    """Send what waits to be answered, each at most once, and return how many left."""
    count = 0
    while (reply := _take_next(organisation, now())) is not None:
        with in_workspace(organisation.workspace_id):
            choices = SenderChoices.objects.get(organisation=organisation)
        letter = Letter(to=reply.address, text=reply.answer, subject="", token=str(uuid4()), told_at="")
        outcome = (carrier or find_carrier(choices, "text")).carry(letter)
        match outcome:
            case Taken():
                state, count = Reply.Answer.SENT, count + 1
            case InDoubt():
                state = Reply.Answer.UNKNOWN
            case _:
                state = Reply.Answer.FAILED
        with in_workspace(organisation.workspace_id):
            Reply.objects.filter(pk=reply.pk).update(answer_state=state, answered_at=now())
    return count


def _take_next(organisation: Organisation, now: datetime) -> Reply | None:
    """Return the next reply to answer, written down as being answered; what is too late never is."""
    with in_workspace(organisation.workspace_id):
        waiting = Reply.objects.filter(organisation=organisation, answer_state=Reply.Answer.WAITING)
        waiting.filter(received_at__lte=now - SOON).update(answer_state=Reply.Answer.FAILED)
        if not _may_answer(organisation):
            return None
        reply = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
        if reply is not None:
            reply.answer_state = Reply.Answer.SENDING
            reply.save(update_fields=["answer_state"])
        return reply


def _may_answer(organisation: Organisation) -> bool:
    choices = SenderChoices.objects.filter(organisation=organisation, is_all_paused=False, answers=True)
    return choices.exists() and Connection.objects.filter(organisation=organisation).exists()


def _write(meaning: Meaning, choices: SenderChoices, business: str) -> str:
    call = f" Call {choices.phone}." if choices.phone else ""
    match meaning:
        case Meaning.STOP:
            words = f"{business}: you will get no more messages from us. Reply START to get them again."
        case Meaning.START:
            words = f"{business}: you will get messages from us again. Reply STOP to end them."
        case _:
            words = choices.help_words or (
                f"{business} writes to you about your invoices.{call} Reply STOP to end these messages."
            )
    return write_plainly(words)[:400]
