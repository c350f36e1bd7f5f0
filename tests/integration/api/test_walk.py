"""Every endpoint, tried by everybody who may not: it is found in the document, so none is forgotten."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from counterfoil.api.service import api
from counterfoil.features.access.models import ApiToken
from counterfoil.features.access.tokens import SCOPES
from counterfoil.features.workspaces.models import Membership
from counterfoil.mirror.models import Organisation
from tests.integration.api.conftest import Program, make_program
from tests.integration.api.test_entry import problem
from tests.integration.api.test_reading import fill
from tests.integration.web.firms import Firm, add_person, make_firm, make_organisation

# Computed once: it takes longer than to ask.
DOCUMENT: dict[str, Any] = api.get_openapi_schema()
_PART = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Endpoint:
    """One method of one path of the document."""

    method: str
    path: str
    scope: str
    is_of_firm: bool

    def ask(self, program: Program, parts: dict[str, object], body: object = None) -> Any:
        """Ask it with something in each place; what is not named is 1."""
        path = _PART.sub(lambda match: str(parts.get(match[1], 1)), self.path).removeprefix("/api/v1/")
        if self.method == "GET":
            return program.get(path)
        return program.post(path, body)


def list_endpoints() -> list[Endpoint]:
    """Return every endpoint that the document names."""
    return [
        Endpoint(method.upper(), path, told["x-scope"], told["x-of-firm"])
        for path, methods in DOCUMENT["paths"].items()
        for method, told in methods.items()
    ]


ENDPOINTS = list_endpoints()


pytestmark = pytest.mark.usefixtures("asked_without_end", "xero_lets_nobody_in")


def test_every_endpoint_is_asked_or_posted() -> None:
    assert {one.method for one in ENDPOINTS} <= {"GET", "POST"}
    assert len(ENDPOINTS) > 15


def test_nobody_without_a_good_token_is_answered(
    firm: Firm, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    revoked = make_program(firm)
    with firm.inside():
        ApiToken.objects.update(revoked_at=organisation.created_at)
    # Or it is told to wait, as whoever guesses is.
    monkeypatch.setattr("counterfoil.features.access.guessing.GUESSES_A_MINUTE", 10_000)
    wrong = []
    for endpoint in ENDPOINTS:
        for program in (Program(""), Program("cf_1_x"), revoked):
            answer = endpoint.ask(program, {"organisation_id": organisation.pk})
            if answer.status_code != 401 or problem(answer)["type"] != "/api/#token-needed":
                wrong.append(f"{endpoint}: {answer.status_code}")
    assert wrong == []


def test_every_endpoint_needs_its_scope(firm: Firm, organisation: Organisation) -> None:
    programs = {
        scope: make_program(firm, [one for one in SCOPES if one.value != scope], name=f"Without {scope}")
        for scope in {one.scope for one in ENDPOINTS}
    }
    wrong = []
    for endpoint in ENDPOINTS:
        answer = endpoint.ask(programs[endpoint.scope], {"organisation_id": organisation.pk})
        if answer.status_code != 403 or problem(answer)["scope"] != endpoint.scope:
            wrong.append(f"{endpoint}: {answer.status_code}")
    assert wrong == []


def test_every_endpoint_needs_the_role_of_the_tokens_person(firm: Firm, organisation: Organisation) -> None:
    colleague = add_person(firm.workspace)
    program = make_program(Firm(colleague, firm.workspace, Client()))
    Membership.objects.filter(user=colleague).update(role="viewer")
    wrong = []
    for endpoint in ENDPOINTS:
        answer = endpoint.ask(program, {"organisation_id": organisation.pk})
        if (answer.status_code == 403) != (endpoint.scope != "read"):
            wrong.append(f"{endpoint}: {answer.status_code}")
    assert wrong == []


def take_picture(firm: Firm) -> dict[str, str]:
    """Return every row of a firm, by its table, as text."""
    with firm.inside():
        return {
            model._meta.db_table: str(
                list(model._default_manager.filter(workspace=firm.workspace.pk).order_by("pk").values())
            )
            for model in apps.get_models()
            if any(field.name == "workspace" for field in model._meta.fields)
        }


def test_rows_of_another_firm_are_neither_seen_nor_touched(firm: Firm, organisation: Organisation) -> None:
    fill(firm, organisation, 1)
    attacker = make_firm("Attacker")
    own = make_organisation(attacker, "Attacker's own")
    program = make_program(attacker)
    before = take_picture(firm)
    parts = list_parts(firm, organisation)
    wrong = []
    for endpoint in ENDPOINTS:
        names = set(_PART.findall(endpoint.path))
        for one in (parts, parts | {"organisation_id": own.pk}):
            answer = endpoint.ask(program, one)
            if names and one is parts and answer.status_code not in (404, 422):
                wrong.append(f"{endpoint}: {answer.status_code}")
            if "Harbour Foods" in answer.content.decode() or "Client 1" in answer.content.decode():
                wrong.append(f"{endpoint} shows what is not theirs")
    assert wrong == []
    assert take_picture(firm) == before


def list_parts(firm: Firm, organisation: Organisation) -> dict[str, object]:
    """Return a row of the firm for each part that an address can have."""
    found: dict[str, object] = {"organisation_id": organisation.pk}
    with firm.inside():
        for model in apps.get_models():
            if any(field.name == "workspace" for field in model._meta.fields):
                row = model._default_manager.filter(workspace=firm.workspace.pk).first()
                if row is not None and isinstance(row.pk, int):
                    found.setdefault(f"{model._meta.model_name}_id", row.pk)
    return found


_TEXTS = st.text(max_size=30) | st.sampled_from(["1", "0", "-1", "2026-01-01", "9" * 30, "\0", "all", "paid"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: f"{one.method} {one.path}")
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_that_is_asked_breaks_it(
    firm: Firm, organisation: Organisation, program: Program, endpoint: Endpoint, data: st.DataObject
) -> None:
    told = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]
    asked = {
        one["name"]: data.draw(_TEXTS, label=one["name"])
        for one in told["parameters"]
        if one["in"] == "query" and data.draw(st.booleans())
    }
    parts: dict[str, object] = {
        name: organisation.pk if name == "organisation_id" else data.draw(st.integers(-5, 10**20))
        for name in _PART.findall(endpoint.path)
    }
    path = _PART.sub(lambda match: str(parts[match[1]]), endpoint.path)

    if endpoint.method == "GET":
        answer = program.client.get(path, asked, headers=program.headers({}))
    else:
        answer = program.client.post(
            path,
            data.draw(_JSON, label="body"),
            content_type="application/json",
            headers=program.headers({"Idempotency-Key": "k"}),
        )

    assert answer.status_code < 500, answer.content
    if answer.status_code >= 400:
        problem(answer)
