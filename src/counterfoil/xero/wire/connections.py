"""Reads which organisations a consent has opened."""

from datetime import datetime

import msgspec

from counterfoil.domain.identifiers import TenantId
from counterfoil.xero.errors import AnswerNotUnderstood
from counterfoil.xero.wire.dates import parse_instant

_ORGANISATION = "ORGANISATION"


class Connection(msgspec.Struct, frozen=True):
    """
    One organisation that a person has connected to the app.

    `connection_id` is what is deleted to disconnect; `tenant_id` is what calls are made with. `updated_at`
    later than `created_at` means that it was disconnected and connected again.
    """

    connection_id: str
    auth_event_id: str | None
    tenant_id: TenantId
    tenant_name: str
    created_at: datetime
    updated_at: datetime


class _Sent(msgspec.Struct, rename="camel"):
    id: str
    tenant_id: str
    tenant_type: str
    created_date_utc: str
    updated_date_utc: str
    auth_event_id: str | None = None
    tenant_name: str | None = None


def parse_connections(body: bytes) -> list[Connection]:
    """
    Return the organisations, in Xero's order; practices and other kinds of tenant are left out.

    The list is bare, without an envelope, and its times have seven decimals and no zone: they are UTC.
    Raises `AnswerNotUnderstood`. Source: Xero OpenAPI file for identity; Xero developer guide, "Managing
    Connections".
    """
    try:
        sent = msgspec.json.decode(body, type=list[_Sent])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AnswerNotUnderstood("the list of connected organisations has another shape") from None
    return [_build_connection(row) for row in sent if row.tenant_type == _ORGANISATION]


def _build_connection(row: _Sent) -> Connection:
    return Connection(
        connection_id=row.id,
        auth_event_id=row.auth_event_id,
        tenant_id=TenantId(row.tenant_id),
        tenant_name=row.tenant_name or "",
        created_at=parse_instant(row.created_date_utc),
        updated_at=parse_instant(row.updated_date_utc),
    )
