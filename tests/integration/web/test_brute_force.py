"""Guessing is slowed: passwords by account and caller, tokens by caller; also behind a proxy."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from counterfoil.features.workspaces.models import User
from tests.integration.web.firms import NOW

PASSWORD = "a pass phrase of ours"
TOO_OFTEN = "Wait a few minutes, then try again."
ORGANISATIONS = "/api/v1/organisations"


@pytest.fixture(autouse=True)
def nothing_counted(db: None, settings: Settings) -> Iterator[None]:
    """Nobody has guessed yet, all is done in one moment, and a guess costs nothing to look at."""
    cache.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with time_machine.travel(NOW, tick=False):
        yield


def guess(number: int, **headers: str) -> tuple[int, bool]:
    """Try a wrong password for an account of its own; return the status, and whether it says to wait."""
    form = {"login": f"person{number}@firm.example", "password": "wrong"}
    answer = Client().post("/accounts/login/", form, headers=headers)
    return answer.status_code, TOO_OFTEN in answer.content.decode()


def ask(token: str, **more: Any) -> Any:
    return Client().get(ORGANISATIONS, headers={"Authorization": f"Bearer {token}"}, **more)


def test_one_caller_who_tries_many_accounts_is_slowed() -> None:
    tries = [guess(number) for number in range(40)]

    assert tries[0] == (200, False)
    assert tries[-1] == (429, True)


def test_behind_a_proxy_callers_are_told_apart_and_cannot_lie(settings: Settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    User.objects.create_user("mara@firm.example", PASSWORD)
    # The proxy puts the caller's address last; what stands before it, the caller wrote.
    for number in range(40):
        last = guess(number, **{"x-forwarded-for": f"10.9.8.{number}, 203.0.113.7"})

    other = Client().post(
        "/accounts/login/",
        {"login": "mara@firm.example", "password": PASSWORD},
        headers={"x-forwarded-for": "203.0.113.8"},
    )

    assert last == (429, True)
    assert other.status_code == 302


def test_a_caller_who_guesses_tokens_is_told_to_wait_and_good_ones_are_not() -> None:
    answers = [ask(f"cf_guess{number}") for number in range(40)]

    assert {answer.status_code for answer in answers[:20]} == {401}
    assert {answer.status_code for answer in answers[-5:]} == {429}
    assert answers[-1].headers["Retry-After"] == "60"
    assert ask("cf_another", REMOTE_ADDR="203.0.113.9").status_code == 401
