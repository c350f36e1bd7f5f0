"""A program with a token of a firm that has one organisation with a record of every kind."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from counterfoil.features.access.tokens import SCOPES, make_token
from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Organisation
from counterfoil.sync import extras, reported
from counterfoil.xero.errors import ConsentLost, LostReason
from tests.integration.web.firms import NOW, Firm, make_firm, make_organisation
from tests.integration.writing_firms import WritingFirm, make_writing_firm
from tests.unit.xero_sandbox.conftest import SMALL, Xero

_keys = count(1)


@dataclass
class Program:
    """Something that calls the API with a token."""

    secret: str
    client: Client = field(default_factory=Client)

    def get(self, path: str, **headers: str) -> Any:
        """Ask."""
        return self.client.get(f"/api/v1/{path}", headers=self.headers(headers))

    def post(self, path: str, body: object = None, *, key: str = "", **headers: str) -> Any:
        """Have something done, under a key of its own."""
        named = {"Idempotency-Key": key or f"key-{next(_keys)}"}
        return self.client.post(
            f"/api/v1/{path}",
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers=self.headers(named | headers),
        )

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        """Return what goes along with every request."""
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.secret}"} | named


def make_program(
    firm: Firm,
    scopes: Collection[str] = SCOPES,
    *,
    organisations: Collection[Organisation] | None = None,
    name: str = "Nightly",
) -> Program:
    """Return a program with a token of the firm's person."""
    with firm.inside():
        made = make_token(
            by=Membership.objects.get(user=firm.user),
            name=name,
            scopes=scopes,
            organisation_ids=None if organisations is None else [one.pk for one in organisations],
            lives=None,
            now=NOW,
        )
    return Program(made.secret)


@pytest.fixture
def firm(db: None) -> Firm:
    """A firm and its owner."""
    return make_firm()


@pytest.fixture
def organisation(firm: Firm) -> Organisation:
    """Its organisation."""
    return make_organisation(firm)


@pytest.fixture
def program(firm: Firm, organisation: Organisation) -> Program:
    """A program that may everything."""
    return make_program(firm)


@pytest.fixture(scope="module")
def books() -> Iterator[Xero]:
    """A small stand-in Xero, in this process."""
    made = Xero(SMALL)
    made.connect()
    yield made
    made.client.close()


@pytest.fixture
def office(books: Xero, db: None) -> WritingFirm:
    """A firm that may write to Xero, with a client."""
    return make_writing_firm(books, client="Kowhai Builders")


@pytest.fixture
def worker(office: WritingFirm) -> Program:
    """A program with a token of that firm."""
    return make_program(office.firm)


@pytest.fixture
def asked_without_end(settings: Settings) -> None:
    """Let a program ask as often as there are endpoints."""
    settings.COUNTERFOIL_API_MINUTE_CALLS = 10_000_000


@pytest.fixture
def xero_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks Xero writes by connections of its own, which see nothing of a test's transaction."""

    def refuse(*_: object, **__: object) -> None:
        raise ConsentLost(LostReason.GRANT_ENDED)

    for module in (extras, reported):
        monkeypatch.setattr(module, "ask_organisation", refuse)
