"""The whole state of one stand-in: clock, organisations, identity, limits, faults, counters."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Row
from xero_sandbox.clock import Clock
from xero_sandbox.config import (
    CUSTOM_CLIENT_ID,
    CUSTOM_CLIENT_SECRET,
    PKCE_CLIENT_ID,
    SandboxSettings,
)
from xero_sandbox.generate.foundation import OrganisationPlan
from xero_sandbox.generate.organisations import generate_organisation, plan_demo
from xero_sandbox.identity.state import App, IdentityState, User
from xero_sandbox.identity.tokens import Signer
from xero_sandbox.webhooks.post_office import PostOffice
from xero_sandbox.wire.faults import Faults
from xero_sandbox.wire.idempotency import IdempotencyStore
from xero_sandbox.wire.limits import Limits
from xero_sandbox.wire.scopes import DEFAULT_CUSTOM_SCOPES
from xero_sandbox.wire.stats import Stats


class OrganisationNotFound(LookupError):
    """No organisation has this id."""

    def __init__(self, tenant_id: str) -> None:
        super().__init__(f"There is no organisation {tenant_id}")


@dataclass
class World:
    """Everything that a running stand-in remembers."""

    settings: SandboxSettings
    clock: Clock
    identity: IdentityState
    signer: Signer
    limits: Limits
    post_office: PostOffice
    stats: Stats = field(default_factory=Stats)
    faults: Faults = field(default_factory=Faults)
    idempotency: IdempotencyStore = field(default_factory=IdempotencyStore)
    organisations: dict[str, Organisation] = field(default_factory=dict)

    def get_organisation(self, tenant_id: str) -> Organisation:
        """Return an organisation by its id, or raise OrganisationNotFound."""
        organisation = self.organisations.get(tenant_id.lower())
        if organisation is None:
            raise OrganisationNotFound(tenant_id)
        return organisation

    def find_by_short_code(self, short_code: str) -> Organisation | None:
        """Return the organisation that deep links call by this code."""
        for organisation in self.organisations.values():
            if organisation.profile["ShortCode"] == short_code:
                return organisation
        return None

    def add_organisation(self, plan: OrganisationPlan) -> Organisation:
        """Generate one more organisation."""
        return self.adopt(generate_organisation(plan, clock=self.clock))

    def adopt(self, organisation: Organisation) -> Organisation:
        """Hold an organisation and tell apps of its changes from now on."""
        self.organisations[organisation.tenant_id] = organisation

        def tell(endpoint: str, row: Row, is_new: bool) -> None:
            self.post_office.note(organisation.tenant_id, endpoint, row, is_new=is_new)

        organisation.listeners.append(tell)
        return organisation

    def replace_organisations(self, others: list[Organisation]) -> None:
        """Hold only these; connections to any other organisation end."""
        kept = {organisation.tenant_id for organisation in others}
        for tenant_id in set(self.organisations) - kept:
            self.remove_organisation(tenant_id)
        self.organisations.clear()
        for organisation in others:
            self.adopt(organisation)

    def list_marks(self) -> tuple[object, ...]:
        """Return what differs after any change that is worth saving."""
        identity, post_office = self.identity, self.post_office
        return (
            round(self.clock.shift_s),
            *((item.tenant_id, item.changes, item.role) for item in self.organisations.values()),
            *identity.apps,
            *((item.connection_id, item.updated_ms) for item in identity.connections.values()),
            *(item.refresh_token for item in identity.grants),
            len(identity.access_tokens),
            *(
                (item.subscription_id, item.url, item.status, item.delivered, len(item.queue))
                for item in post_office.subscriptions.values()
            ),
        )

    def reset(self) -> None:
        """Begin again: the first organisations, the first moment, no faults, no kept answers."""
        self.clock.set(self.settings.now or datetime.now(UTC))
        plans = plan_demo(self.settings)
        self.replace_organisations([generate_organisation(plan, clock=self.clock) for plan in plans])
        self.faults.clear()
        self.idempotency = IdempotencyStore()
        self.stats = Stats()

    def remove_organisation(self, tenant_id: str) -> None:
        """Make an organisation vanish, with every connection to it."""
        self.get_organisation(tenant_id)
        del self.organisations[tenant_id.lower()]
        self.identity.disconnect_tenant(tenant_id.lower())

    def register_app(self, app: App) -> App:
        """Register an app; a custom connection is connected to its organisation at once."""
        self.identity.apps[app.client_id] = app
        if app.kind == "custom" and app.tenant_id is not None:
            self.identity.connect(app, self.identity.users[0], [app.tenant_id], str(uuid.uuid4()))
        return app


def build_world(settings: SandboxSettings) -> World:
    """Return a stand-in with its demo organisations, one person and three apps."""
    clock = Clock()
    if settings.now is not None:
        clock.set(settings.now)
    identity = IdentityState(settings, clock)
    world = World(
        settings=settings,
        clock=clock,
        identity=identity,
        post_office=PostOffice(clock, settings.url, identity.is_connected),
        signer=Signer(settings.url),
        limits=Limits(
            enabled=settings.limits,
            daily_calls=settings.daily_calls,
            minute_calls=settings.minute_calls,
        ),
    )
    subject = hashlib.md5(b"robin@brightwater.example", usedforsecurity=False).hexdigest()
    user_id = str(uuid.UUID(subject[::-1]))
    world.identity.users.append(User(user_id, subject, "Robin", "Fielding", "robin@brightwater.example"))
    plans = plan_demo(settings)
    first = world.add_organisation(plans[0])
    for plan in plans[1:]:
        world.add_organisation(plan)
    for app in (
        App("web", settings.client_id, "Counterfoil (demo)", settings.client_secret, settings.redirect_uris),
        App("pkce", PKCE_CLIENT_ID, "Counterfoil (desktop)", redirect_uris=settings.redirect_uris),
        App(
            "custom",
            CUSTOM_CLIENT_ID,
            "Counterfoil (custom connection)",
            CUSTOM_CLIENT_SECRET,
            tenant_id=first.tenant_id,
            scopes=DEFAULT_CUSTOM_SCOPES,
        ),
    ):
        world.register_app(app)
    return world
