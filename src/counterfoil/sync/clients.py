"""Builds the client that reads one organisation, with its tokens and its gate."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import httpx

from counterfoil.domain.identifiers import TenantId
from counterfoil.mirror.models import Connection
from counterfoil.sync.app import get_addresses
from counterfoil.sync.gate import DatabaseGate
from counterfoil.sync.threads import DatabaseThread
from counterfoil.sync.tokens import GrantTokens
from counterfoil.xero.client import XeroClient

Sleep = Callable[[float], Awaitable[None]]


def build_client(
    connection: Connection,
    http: httpx.AsyncClient,
    *,
    thread: DatabaseThread,
    reason: str,
    now: Callable[[], datetime],
    sleep: Sleep = asyncio.sleep,
    sleep_at_gate: Sleep | None = None,
) -> XeroClient:
    """Return a client whose calls pass the organisation's gate and are counted under the reason."""
    organisation = connection.organisation
    return XeroClient(
        http=http,
        addresses=get_addresses(),
        tenant=TenantId(organisation.tenant_id),
        tokens=GrantTokens(connection.grant, thread=thread, now=now),
        gate=DatabaseGate(organisation, reason=reason, thread=thread, now=now, sleep=sleep_at_gate or sleep),
        now=now,
        sleep=sleep,
    )
