"""STOP, START and HELP are answered by ourselves: each person once to each, soon or never."""

from datetime import timedelta

from counterfoil.features.reminding.answering import send_answers
from counterfoil.features.reminding.campaigning import pause_all
from counterfoil.features.reminding.models import LedgerEntry, Message, Reply, SenderChoices
from counterfoil.features.reminding.pausing import pause_for_restore
from counterfoil.features.reminding.providers.base import InDoubt
from counterfoil.features.reminding.retaining import erase_old_words
from counterfoil.mirror.scope import across_workspaces
from tests.integration.reminding.conftest import Desk


def answer(desk: Desk) -> int:
    return send_answers(desk.organisation, now=lambda: desk.now, carrier=desk.carrier)


def states(desk: Desk) -> list[str]:
    with desk.firm.inside():
        return list(Reply.objects.order_by("pk").values_list("answer_state", flat=True))


def test_stop_start_and_help_are_each_answered_once(desk: Desk) -> None:
    desk.choose(phone="09 123 4567")
    for text in ("STOP", "STOP", "HELP", "START", "help", "who knows"):
        desk.receive(text)

    assert (answer(desk), answer(desk)) == (3, 0)
    assert desk.carrier.texts == [
        "Harbour Foods: you will get no more messages from us. Reply START to get them again.",
        "Harbour Foods writes to you about your invoices. Call 09 123 4567. Reply STOP to end these"
        " messages.",
        "Harbour Foods: you will get messages from us again. Reply STOP to end them.",
    ]
    assert states(desk) == ["sent", "", "sent", "sent", "", ""]


def test_what_was_not_answered_in_five_minutes_never_is(desk: Desk) -> None:
    desk.choose()
    desk.receive("STOP")
    desk.now += timedelta(minutes=5)

    assert answer(desk) == 0
    assert (desk.carrier.texts, states(desk)) == ([], ["failed"])


def test_an_answer_in_doubt_is_not_sent_again(desk: Desk) -> None:
    desk.choose()
    desk.receive("STOP")
    desk.carrier.answer = lambda letter: InDoubt("?")

    assert (answer(desk), answer(desk)) == (0, 0)
    assert (len(desk.carrier.texts), states(desk)) == (1, ["unknown"])


def test_nothing_is_answered_while_all_is_paused_or_where_that_is_switched_off(desk: Desk) -> None:
    desk.choose(answers=False)
    desk.receive("STOP")
    desk.choose(answers=True)
    desk.receive("HELP")
    with desk.firm.inside():
        pause_all(desk.organisation, by=desk.firm.user, now=desk.now)

    assert answer(desk) == 0
    assert states(desk) == ["", "waiting"]


def test_a_restored_backup_answers_nobody(desk: Desk) -> None:
    desk.choose()
    desk.receive("STOP")
    with across_workspaces():
        pause_for_restore(made_at=desk.now, now=desk.now)

    assert answer(desk) == 0
    assert states(desk) == ["failed"]


def test_old_words_are_let_go_and_who_wants_nothing_is_not(desk: Desk) -> None:
    desk.choose(texts_kept_months=1)
    desk.invoice(desk.customer())
    desk.campaign()
    desk.send()
    desk.receive("STOP")
    with across_workspaces():
        early = erase_old_words(now=desk.now + timedelta(days=30))
        late = erase_old_words(now=desk.now + timedelta(days=32))
        again = erase_old_words(now=desk.now + timedelta(days=32))

    with desk.firm.inside():
        message, reply = Message.objects.get(), Reply.objects.get()
        assert SenderChoices.objects.get().texts_kept_months == 1
        assert LedgerEntry.objects.get().act == "stopped"
    assert (early, late, again) == (0, 2, 0)
    assert (message.text, message.address, message.state, bool(message.digest)) == ("", "", "sent", True)
    assert (reply.text, reply.address) == ("", "")
