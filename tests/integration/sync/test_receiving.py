"""Webhooks that come at once are kept together, each answered only once it is kept (issue 11)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from counterfoil.mirror.models import Delivery
from counterfoil.sync import receiving
from counterfoil.sync.receiving import Mailroom
from counterfoil.xero.webhooks import sign
from tests.factories.installation import wait_until

KEY = "the-key-of-the-webhooks"


@pytest.fixture(autouse=True)
def key(settings: Settings) -> None:
    """Xero signs with this key."""
    settings.XERO_CLIENT_ID, settings.XERO_WEBHOOK_KEY = "the-installation", KEY


def take_in(room: Mailroom, body: bytes, signature: str | None = None) -> bool:
    try:
        return room.take_in(body, signature or sign(body, KEY), is_test=False, now=timezone.now())
    finally:
        connection.close()


def take_together(
    monkeypatch: pytest.MonkeyPatch, first: bytes, *others: tuple[bytes, str | None]
) -> tuple[list[bool], list[int]]:
    """Let one post be at work until the others wait; return the answers, and how many were kept together."""
    room, begun, keep = Mailroom(), threading.Event(), receiving._keep
    sizes: list[int] = []

    def keep_slowly(batch: list[object]) -> None:
        begun.set()
        if not sizes:
            wait_until(lambda: len(room._waiting) == len(others), within_s=20)
        sizes.append(len(batch))
        keep(batch)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(receiving, "_keep", keep_slowly)
    with ThreadPoolExecutor(1 + len(others)) as pool:
        taken = [pool.submit(take_in, room, first)]
        assert begun.wait(20)
        taken += [pool.submit(take_in, room, *post) for post in others]
        return [one.result() for one in taken], sizes


@pytest.mark.django_db(transaction=True)
def test_what_comes_while_another_is_kept_is_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *others = bodies = [b"%d" % number for number in range(6)]

    answers, sizes = take_together(monkeypatch, first, *((body, None) for body in others))

    assert (answers, sizes) == ([True] * 6, [1, 5])
    assert sorted(bytes(one.body) for one in Delivery.objects.all()) == bodies


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_is_called_and_each_post_is_kept_once() -> None:
    room, bodies = Mailroom(), [b"%03d" % number for number in range(120)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: take_in(room, body), bodies, timeout=60))

    assert answers == [True] * len(bodies)
    assert sorted(bytes(one.body) for one in Delivery.objects.all()) == bodies


@pytest.mark.django_db(transaction=True)
def test_what_nobody_signed_is_not_kept_with_what_somebody_did(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = sign(b"wrong", "another-key")

    answers, sizes = take_together(monkeypatch, b"one", (b"wrong", wrong), (b"two", None))

    assert sizes == [1, 2]
    assert answers == [True, False, True]
    assert sorted(bytes(one.body) for one in Delivery.objects.all()) == [b"one", b"two"]


@pytest.mark.django_db(transaction=True)
def test_when_they_cannot_be_kept_each_of_them_is_told_so_and_the_next_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    room = Mailroom()

    def refuse(_came: object) -> None:
        raise OperationalError("no more room")

    with monkeypatch.context() as broken:
        broken.setattr(receiving, "store_deliveries", refuse)
        for body in (b"one", b"two"):
            with pytest.raises(OperationalError):
                take_in(room, body)

    assert take_in(room, b"three")
    assert [bytes(one.body) for one in Delivery.objects.all()] == [b"three"]
