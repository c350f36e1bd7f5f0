"""The official SDK, unmodified, pointed at a stand-in in a process of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.identity import IdentityApi

from tests.factories.sandbox import CLIENT_ID, CLIENT_SECRET, WRITE_SCOPES, RunningSandbox, running_sandbox


@dataclass
class Sdk:
    """The SDK's two clients, connected to one organisation."""

    sandbox: RunningSandbox
    tenant: str
    accounting: Any
    identity: Any
    client: Any
    tokens: dict[str, Any]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """A stand-in that keeps no limits."""
    with running_sandbox(invoices=160, contacts=40, limits=False) as running:
        yield running


@pytest.fixture(scope="module")
def sdk(sandbox: RunningSandbox) -> Sdk:
    """Connect the SDK by consent: its host and its token address are all that is set."""
    tenant = sandbox.tenant_id()
    kept = sandbox.tokens(tenant, scope=WRITE_SCOPES)
    kept["scope"] = kept["scope"].split()
    TokenApi.refresh_token_url = f"{sandbox.url}/connect/token"
    TokenApi.revoke_token_url = f"{sandbox.url}/connect/revocation"
    TokenApi.client_credentials_token_url = f"{sandbox.url}/connect/token"
    token = OAuth2Token(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    client = ApiClient(
        Configuration(oauth2_token=token),
        oauth2_token_getter=lambda: kept,
        oauth2_token_saver=kept.update,
    )
    return Sdk(
        sandbox,
        tenant,
        AccountingApi(client, base_url=f"{sandbox.url}/api.xro/2.0"),
        IdentityApi(client, base_url=sandbox.url),
        client,
        kept,
    )
