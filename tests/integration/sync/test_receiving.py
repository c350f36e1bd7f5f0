"""Webhooks that come at once are kept together, each answered only once it is kept (issue 11)."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from pytest_django import Settings

from counterfoil.mirror.models import Delivery
from counterfoil.sync import receiving
from counterfoil.sync.receiving import Mailroom
from counterfoil.xero.webhooks import sign

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


@contextmanager
def held(monkeypatch: pytest.MonkeyPatch, room: Mailroom, posts: int) -> Iterator[list[int]]:
    """Let the first post be at work until all the others wait; give the sizes of what was kept together."""
    sizes: list[int] = []
    keep = receiving._keep

    def keep_slowly(batch: list[object]) -> None:
        waiting = threading.Event()
        while not sizes and len(room._waiting) < posts - 1:
            waiting.wait(0.01)
        sizes.append(len(batch))
        keep(batch)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(receiving, "_keep", keep_slowly)
    yield sizes


@pytest.mark.django_db(transaction=True)
def test_what_comes_while_another_is_kept_is_kept_together(monkeypatch: pytest.MonkeyPatch) -> None:
    room, bodies = Mailroom(), [b"%d" % number for number in range(6)]

    with held(monkeypatch, room, 6) as sizes, ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda body: take_in(room, body), bodies))

    assert (answers, sizes) == ([True] * 6, [1, 5])
    assert sorted(bytes(one.body) for one in Delivery.objects.all()) == bodies


@pytest.mark.django_db(transaction=True)
def test_what_nobody_signed_is_not_kept_with_what_somebody_did(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Mailroom()
    wrong = sign(b"wrong", "another-key")

    with held(monkeypatch, room, 3), ThreadPoolExecutor(3) as pool:
        answers = list(
            pool.map(lambda post: take_in(room, *post), [(b"one", None), (b"wrong", wrong), (b"two", None)])
        )

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
