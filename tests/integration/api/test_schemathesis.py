"""
Schemathesis reads the document of the API and asks for everything that it says can be asked for.

Most of what is asked names rows that are there, because a program that meets nothing but "not found" comes
no further than the address. Each request is undone, so that a failure can be repeated by itself.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
import schemathesis
from django.apps import apps
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ninja import Schema
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation.feedback import NO_FEEDBACK
from schemathesis.openapi import from_wsgi
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from counterfoil.api.service import api
from counterfoil.mirror.models import Organisation
from tests.integration.api.conftest import Program
from tests.integration.api.test_reading import fill
from tests.integration.web.firms import Firm

pytestmark = pytest.mark.usefixtures("asked_without_end", "xero_lets_nobody_in")

Rows = Mapping[str, Sequence[Any]]
Asked = APIOperation[Any, Any, Any, Any]

DOCUMENT: dict[str, Any] = api.get_openapi_schema()
TAGS = sorted({told["tags"][0] for methods in DOCUMENT["paths"].values() for told in methods.values()})
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance]
# What the API calls otherwise than its table is called.
OTHERWISE = {"draft_id": "invoicedraft_id", "rate_card_id": "ratecard_id"}
# Whatever is drawn is asked, and how long that takes says nothing. It is the same in every run, so that a
# change is judged by what it did.
ALL = settings(database=None, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
FEW = settings(ALL, max_examples=2)
MANY = settings(ALL, max_examples=20)


@pytest.fixture
def rows(firm: Firm, organisation: Organisation) -> Rows:
    """Rows of every kind, by what the API calls their numbers."""
    for number in (1, 2):
        fill(firm, organisation, number)
    found: dict[str, list[Any]] = {"stream": ["Contacts", "Invoices"], "xero_id": []}
    with firm.inside():
        for model in apps.get_models():
            if any(field.name == "workspace" for field in model._meta.fields):
                of_firm = model._default_manager.filter(workspace=firm.workspace.pk).order_by("pk")
                found[f"{model._meta.model_name}_id"] = list(of_firm.values_list("pk", flat=True)[:2])
                if model._meta.model_name in ("contact", "invoice"):
                    found["xero_id"] += of_firm.values_list("xero_id", flat=True)[:2]
    of_books = {"contact_id": found["xero_id"], "organisation_id": [organisation.pk]}
    return found | {name: found[table] for name, table in OTHERWISE.items()} | of_books


@pytest.fixture(scope="module")
def operations() -> Iterator[list[Asked]]:
    """What the document says can be asked, read from the application that then answers."""
    # As Django's own client does: a request that ends must not end the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    document = from_wsgi("/api/v1/openapi.json", WSGIHandler(), config=schemathesis.Config())
    found = list(document.get_all_operations())
    read = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(read) == len(found)
    yield read
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def aim(value: Any, rows: Rows, place: int, name: str = "") -> Any:
    """Return what was drawn, with numbers of rows that are there."""
    if isinstance(value, dict):
        return {key: aim(one, rows, place, key) for key, one in value.items()}
    if isinstance(value, list):
        return [aim(one, rows, place, name) for one in value]
    known = rows.get(name)
    return known[place % len(known)] if known and value is not None else value


def ask(operation: Asked, program: Program, rows: Rows, how: settings) -> None:
    """Ask one operation for what is drawn for it."""
    drawn = operation.as_strategy(GenerationMode.POSITIVE, feedback=NO_FEEDBACK)

    @how
    @given(case=drawn, place=st.sampled_from([0, 1, 2, 3, None]))
    def answer(case: Case[Any], place: int | None) -> None:
        if place is not None:
            case.path_parameters = aim(case.path_parameters, rows, place)
            case.body = aim(case.body, rows, place)
        with transaction.atomic():
            answered = case.call(headers=program.headers({"Idempotency-Key": "k"}))
            transaction.set_rollback(True)
        assert answered.status_code != 401
        case.validate_response(answered, checks=CHECKS)

    answer()


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("how", [FEW, pytest.param(MANY, marks=pytest.mark.slow)], ids=["few", "many"])
def test_what_the_document_lets_a_program_ask_is_answered_as_it_says(
    tag: str, how: settings, operations: list[Asked], program: Program, rows: Rows
) -> None:
    asked = [one for one in operations if tag in (one.tags or ())]
    for operation in asked:
        ask(operation, program, rows, how)
    assert asked


def test_each_shape_of_the_document_has_a_name_of_its_own() -> None:
    names = Counter(
        one.__name__ for one in list_shapes(Schema) if one.__module__.startswith("counterfoil.api")
    )

    # What an address asks is told with its parameters, never by name.
    assert {name for name, count in names.items() if count > 1} == {"Asked"}


def list_shapes(base: type[Any]) -> Iterator[type[Any]]:
    """Yield the shapes that are made from one."""
    made: list[type[Any]] = base.__subclasses__()
    for one in made:
        yield one
        yield from list_shapes(one)
