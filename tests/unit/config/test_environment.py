"""A wrong setting is told at once, with its name, its value and how to write it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from counterfoil.config.database import database_settings
from counterfoil.config.environment import (
    read_address,
    read_flag,
    read_keys,
    read_list,
    read_number,
    read_text,
)

ADDRESS = "write an address such as https://api.xero.com, without a path"


def read_api(name: str) -> str:
    return read_address(name, "https://api.xero.com")


def read_seconds(name: str) -> int:
    return read_number(name, 1200, at_least=5)


def read_switch(name: str) -> bool:
    return read_flag(name, default=False)


@pytest.mark.parametrize(
    ("read", "value", "sentence"),
    [
        (read_switch, "maybe", "THING is 'maybe'; write 1 or 0"),
        (read_switch, "2", "THING is '2'; write 1 or 0"),
        (read_seconds, "often", "THING is 'often'; write a whole number, 5 or more"),
        (read_seconds, "4", "THING is '4'; write a whole number, 5 or more"),
        (read_seconds, "-20", "THING is '-20'; write a whole number, 5 or more"),
        (read_seconds, "1.5", "THING is '1.5'; write a whole number, 5 or more"),
        (read_seconds, "²", "THING is '²'; write a whole number, 5 or more"),
        (read_api, "api.xero.com", f"THING is 'api.xero.com'; {ADDRESS}"),
        (read_api, "ftp://api.xero.com", f"THING is 'ftp://api.xero.com'; {ADDRESS}"),
        (read_api, "https://", f"THING is 'https:'; {ADDRESS}"),
        (read_api, "https://api.xero.com/api.xro", f"THING is 'https://api.xero.com/api.xro'; {ADDRESS}"),
        (read_api, "https://api.xero.com?a=1", f"THING is 'https://api.xero.com?a=1'; {ADDRESS}"),
    ],
)
def test_a_wrong_value_is_told_with_the_way_to_write_it(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], object], value: str, sentence: str
) -> None:
    monkeypatch.setenv("THING", value)

    with pytest.raises(ImproperlyConfigured) as refused:
        read("THING")

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "url",
    [
        "mysql://localhost/counterfoil",
        "postgresql://localhost",
        "postgresql://localhost/",
        "counterfoil.sqlite3",
    ],
)
def test_a_database_that_is_not_postgresql_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(ImproperlyConfigured) as refused:
        database_settings(Path("/nowhere"))

    assert str(refused.value) == (
        "DATABASE_URL must look like postgresql://user:password@host:5432/name;"
        " Counterfoil runs on PostgreSQL 15 or newer only"
    )


def test_a_database_is_read_with_its_escaped_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://me%40firm:p%2Fw@db.example:6432/books?sslmode=require")

    settings = database_settings(Path("/nowhere"))

    assert {name: settings[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")} == {
        "NAME": "books",
        "USER": "me@firm",
        "PASSWORD": "p/w",
        "HOST": "db.example",
        "PORT": "6432",
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_a_flag_is_read_as_people_write_it(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: bool
) -> None:
    monkeypatch.setenv("THING", value)

    assert read_switch("THING") is expected


def test_an_address_loses_its_trailing_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "http://127.0.0.1:9090/")

    assert read_api("THING") == "http://127.0.0.1:9090"


def test_a_list_is_read_without_its_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", " one, two ,,")

    assert read_list("THING") == ["one", "two"]


def test_a_secret_is_read_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("THING", "from the environment")
    monkeypatch.setenv("THING_FILE", str(tmp_path / "secret"))

    assert read_text("THING") == "from the file"


def test_a_secret_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING_FILE", "/nowhere/secret")

    with pytest.raises(ImproperlyConfigured) as refused:
        read_text("THING")

    assert str(refused.value) == (
        "THING_FILE names /nowhere/secret, which cannot be read:"
        " [Errno 2] No such file or directory: '/nowhere/secret'"
    )


def test_an_encryption_key_that_is_none_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = Fernet.generate_key().decode()
    monkeypatch.setenv("COUNTERFOIL_ENCRYPTION_KEYS", f"{good},half-a-key")

    with pytest.raises(ImproperlyConfigured) as refused:
        read_keys("COUNTERFOIL_ENCRYPTION_KEYS")

    assert str(refused.value).startswith("COUNTERFOIL_ENCRYPTION_KEYS: key 2 of 2 is not a key.")
    assert "half-a-key" not in str(refused.value)
