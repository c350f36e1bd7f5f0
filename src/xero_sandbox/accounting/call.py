"""One call to the Accounting API, from its address to what the caller may do."""

import uuid
from dataclasses import dataclass

from starlette.requests import Request

from xero_sandbox.accounting.gate import Caller
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record
from xero_sandbox.wire.scopes import is_granted
from xero_sandbox.world import World


@dataclass
class Call:
    """One call to the Accounting API; caller and organisation are known once it is admitted."""

    world: World
    request: Request
    path: list[str]
    correlation_id: str
    caller: Caller | None = None
    organisation: Organisation | None = None

    @property
    def page(self) -> int | None:
        """The page asked for, as faults match it."""
        try:
            return int(self.request.query_params.get("page", ""))
        except ValueError:
            return None

    @property
    def books(self) -> Organisation:
        """The organisation of an admitted call."""
        assert self.organisation is not None
        return self.organisation

    def envelope(self) -> Record:
        """Return the members that open every answer (FACTS 5.2)."""
        assert self.caller is not None
        return {
            "Id": str(uuid.uuid4()),
            "Status": "OK",
            "ProviderName": self.caller.app_name,
            "DateTimeUTC": f"/Date({self.world.clock.now_ms()})/",
        }

    def allows(self, scopes: tuple[str, ...]) -> bool:
        """Return whether the token reaches an endpoint with this method."""
        assert self.caller is not None
        return is_granted(self.caller.token.scopes, scopes, reading=self.request.method == "GET")
