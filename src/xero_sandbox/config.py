"""What a stand-in is started with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Tier = Literal["starter", "core", "plus", "advanced"]

DEMO_CLIENT_ID = "COUNTERFOILDEMO0000000000000000000"
DEMO_CLIENT_SECRET = "counterfoil-demo-secret"  # noqa: S105 -- a published demo value, opens nothing real
PKCE_CLIENT_ID = "COUNTERFOILPKCE0000000000000000000"
CUSTOM_CLIENT_ID = "COUNTERFOILCUSTOM000000000000000000"
CUSTOM_CLIENT_SECRET = "counterfoil-custom-secret"  # noqa: S105 -- a published demo value, opens nothing real
DEMO_REDIRECT_URI = "http://localhost:8000/admin/xero_integration/connect"

CONNECTIONS_BY_TIER: dict[Tier, int] = {"starter": 5, "core": 50, "plus": 1_000, "advanced": 10_000}


@dataclass(frozen=True)
class SandboxSettings:
    """
    The whole configuration of one stand-in.

    `payments` gives an exact number for the first organisation; without it `payments_share` of the
    invoices decides. `sign_in` shows the sign-in step before consent, `several_organisations` lets one
    consent choose more than one. `mfa` asks for a code after sign-in and `new_device` whether this device is
    known; the code is always 123456. `now` sets the clock before anything is generated, for books that are
    the same on every day.
    """

    host: str = "127.0.0.1"
    port: int = 9090
    seed: int = 7
    invoices: int = 1_200
    contacts: int = 180
    payments_share: float = 0.77
    payments: int | None = None
    limits: bool = True
    minute_calls: int = 60
    day_calls: int | None = None
    tier: Tier = "starter"
    client_id: str = DEMO_CLIENT_ID
    client_secret: str = DEMO_CLIENT_SECRET
    redirect_uris: tuple[str, ...] = (DEMO_REDIRECT_URI,)
    public_url: str | None = None
    sign_in: bool = False
    several_organisations: bool = False
    mfa: bool = False
    new_device: bool = False
    access_token_s: int = 1_800
    now: datetime | None = None
    modified_since_inclusive: bool = True
    payment_bumps_invoice: bool = True

    @property
    def url(self) -> str:
        """The one origin that plays all four of Xero's addresses."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def daily_calls(self) -> int:
        """Calls a day that one app may make on one organisation (FACTS 3.1)."""
        return self.day_calls or (1_000 if self.tier == "starter" else 5_000)

    @property
    def is_certified(self) -> bool:
        """Whether apps count as certified, which Starter and Core apps never do (FACTS 1.7)."""
        return self.tier in {"plus", "advanced"}

    @property
    def connection_cap(self) -> int:
        """Connections that one app may hold (FACTS 1.7)."""
        return CONNECTIONS_BY_TIER[self.tier]
