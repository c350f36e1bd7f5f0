"""Keys are changed so that every secret can be read at every moment, also after a rotation was cut off."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from counterfoil.features.operating import rotating
from counterfoil.features.operating.rotating import OneKeyOnly, Rotation, count_unreadable, rotate
from counterfoil.mirror.encryption import decrypt, encrypt, forget_keys
from counterfoil.mirror.models import Grant, Workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("every_workspace")]

OLD = Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installation whose own file holds one key."""
    (tmp_path / "keys.json").write_text(json.dumps({"signing": "s", "encryption": OLD}))
    settings.COUNTERFOIL_HOME, settings.COUNTERFOIL_ENCRYPTION_KEYS = tmp_path, [OLD]
    monkeypatch.setattr(rotating, "require_alone", lambda: None)  # this test is connected itself
    forget_keys()
    yield tmp_path
    forget_keys()


@pytest.fixture
def grants() -> list[Grant]:
    """Two consents with their tokens, and a person with a second factor."""
    now = timezone.now()
    person = get_user_model().objects.create(email="ann@firm.example")
    Authenticator.objects.create(
        user=person, type="totp", data={"secret": encrypt("ABCDEF"), "other": "plain"}
    )
    return [
        Grant.objects.create(
            workspace=Workspace.objects.create(name=name), kind=Grant.Kind.CODE, client_id="c",
            access_token=f"access {name}", refresh_token=f"refresh {name}",
            expires_at=now + timedelta(minutes=30), refreshed_at=now,
        )
        for name in ("Anchor", "Beacon")
    ]  # fmt: skip


def kept_keys(home: Path) -> list[str]:
    found: str = json.loads((home / "keys.json").read_text())["encryption"]
    return found.split(",")


def read_column(name: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"select {name} from mirror_grant order by id")
        return [str(row[0]) for row in cursor.fetchall()]


def test_every_secret_is_read_with_the_new_key_alone_and_the_old_one_opens_none(
    grants: list[Grant], home: Path
) -> None:
    done = rotate()

    assert done == Rotation(renewed=5, lost=0, is_named=False)
    [new] = kept_keys(home)
    assert (new != OLD, settings.COUNTERFOIL_ENCRYPTION_KEYS) == (True, [new])
    assert list(Grant.objects.order_by("pk").values_list("access_token", "refresh_token")) == [
        ("access Anchor", "refresh Anchor"),
        ("access Beacon", "refresh Beacon"),
    ]
    factor = Authenticator.objects.get().data
    assert (decrypt(factor["secret"]), factor["other"]) == ("ABCDEF", "plain")
    for text in [*read_column("access_token"), *read_column("refresh_token"), factor["secret"]]:
        with pytest.raises(InvalidToken):
            Fernet(OLD).decrypt(text.encode())
    assert json.loads((home / "keys.json").read_text())["signing"] == "s"
    assert (home / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_rotation_that_was_cut_off_is_finished_with_the_key_that_it_began_with(
    grants: list[Grant], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = rotating._store
    calls: list[str] = []

    def store_two(column: rotating._Column, key: int, text: str) -> None:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(text)
        stored(column, key, text)

    monkeypatch.setattr(rotating, "_store", store_two)
    with pytest.raises(KeyboardInterrupt):
        rotate()
    begun = kept_keys(home)
    assert (len(begun), begun[1]) == (2, OLD)
    assert count_unreadable() == 0  # whoever starts now reads everything

    monkeypatch.setattr(rotating, "_store", stored)
    done = rotate()

    assert (done.lost, kept_keys(home)) == (0, begun[:1])
    assert count_unreadable() == 0
    assert Grant.objects.get(pk=grants[0].pk).access_token == "access Anchor"


def test_a_secret_that_no_key_opens_is_counted_and_keeps_the_old_key(grants: list[Grant], home: Path) -> None:
    foreign = Fernet(Fernet.generate_key()).encrypt(b"of another installation").decode()
    with connection.cursor() as cursor:
        cursor.execute("update mirror_grant set refresh_token = %s where id = %s", [foreign, grants[1].pk])

    done = rotate()

    assert (done.renewed, done.lost) == (4, 1)
    assert kept_keys(home)[1:] == [OLD]
    assert count_unreadable() == 1


def test_keys_of_the_environment_are_left_to_whoever_named_them(
    grants: list[Grant], home: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERFOIL_ENCRYPTION_KEYS", OLD)
    with pytest.raises(OneKeyOnly, match="Put a new one in front of it"):
        rotate()

    new = Fernet.generate_key().decode()
    monkeypatch.setenv("COUNTERFOIL_ENCRYPTION_KEYS", f"{new},{OLD}")
    settings.COUNTERFOIL_ENCRYPTION_KEYS = [new, OLD]
    forget_keys()
    done = rotate()

    assert done == Rotation(renewed=5, lost=0, is_named=True)
    settings.COUNTERFOIL_ENCRYPTION_KEYS = [new]
    assert count_unreadable() == 0
    assert kept_keys(home) == [OLD]
