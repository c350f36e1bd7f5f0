"""The three demo organisations, copied from a stand-in in this process."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from counterfoil.mirror.models import Organisation, OrganisationProfile
from counterfoil.sync.drawing import draw_up
from counterfoil.sync.streams import STREAMS
from tests.factories.copied import copy_books
from tests.factories.sandbox import READ_SCOPES
from tests.integration.web.firms import Firm, make_firm, make_organisation
from tests.unit.xero_sandbox.conftest import Xero
from xero_sandbox.config import SandboxSettings

NAMES = [one.name for one in STREAMS if not one.name.startswith("Reports/")]
TODAY = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def demo() -> Iterator[Xero]:
    """A stand-in with its three organisations, the same on every day."""
    settings = SandboxSettings(invoices=240, contacts=40, now=TODAY, limits=False, several_organisations=True)
    xero = Xero(settings)
    yield xero
    xero.client.close()


def open_books(demo: Xero, name: str) -> None:
    """Connect one of its organisations."""
    demo.books = next(one for one in demo.world.organisations.values() if one.name == name)
    demo.connect(scope=READ_SCOPES)


def copy_organisation(demo: Xero, name: str) -> tuple[Firm, Organisation]:
    """Return a firm with a whole copy of an organisation, its postings drawn up."""
    open_books(demo, name)
    firm = make_firm()
    organisation = make_organisation(firm, name)
    with firm.inside():
        OrganisationProfile.objects.all().delete()
        copy_books(organisation, demo, *NAMES)
        while draw_up(organisation):
            pass
    return firm, organisation
