"""The organisations of a consent, as `/connections` lists them."""

import json
from datetime import UTC, datetime

import pytest

from counterfoil.domain.identifiers import TenantId
from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.connections import Connection, parse_connections

SENT = {
    "id": "e1eede29-f875-4a5d-8470-17f6a29a88b1",
    "authEventId": "d99ecdfe-391d-43d2-b834-17636ba90e8d",
    "tenantId": "70784a63-d24b-46a9-a4db-0e70a274b056",
    "tenantType": "ORGANISATION",
    "tenantName": "Maple Florist",
    "createdDateUtc": "2019-07-09T23:40:30.1833130",
    "updatedDateUtc": "2020-05-15T01:35:13.8491980",
}


def test_only_organisations_are_listed_in_the_order_of_xero() -> None:
    practice = {**SENT, "id": "p", "tenantType": "PRACTICEMANAGER"}
    second = {**SENT, "id": "second", "authEventId": None, "tenantName": None}

    connections = parse_connections(json.dumps([practice, SENT, second]).encode())

    first = Connection(
        connection_id="e1eede29-f875-4a5d-8470-17f6a29a88b1",
        auth_event_id="d99ecdfe-391d-43d2-b834-17636ba90e8d",
        tenant_id=TenantId("70784a63-d24b-46a9-a4db-0e70a274b056"),
        tenant_name="Maple Florist",
        created_at=datetime(2019, 7, 9, 23, 40, 30, 183_313, tzinfo=UTC),
        updated_at=datetime(2020, 5, 15, 1, 35, 13, 849_198, tzinfo=UTC),
    )
    assert connections == [
        first,
        Connection("second", None, first.tenant_id, "", first.created_at, first.updated_at),
    ]


@pytest.mark.parametrize("body", [b"", b"{}", b'[{"id":"a"}]', b"<html>", b"[", b"null"])
def test_another_shape_is_not_understood(body: bytes) -> None:
    with pytest.raises(AnswerNotUnderstood) as refused:
        parse_connections(body)

    assert str(refused.value) == (
        "Xero's answer could not be understood: the list of connected organisations has another shape."
    )
