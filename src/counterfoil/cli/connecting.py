"""Connects without a browser."""

from django.utils import timezone

from counterfoil.cli.installation import open_database
from counterfoil.cli.speech import Exit, Stopped, say
from counterfoil.mirror.models import Workspace
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.app import find_app, get_addresses
from counterfoil.sync.custom import NotOneOrganisation, connect_custom
from counterfoil.xero.errors import AnswerNotUnderstood, ConsentLost, XeroError, XeroRefused


def connect(*, workspace: str | None) -> None:
    """Connect the custom connection's organisation to the firm that is meant."""
    with open_database():
        firm = _find_workspace(workspace)
        app = find_app(firm.pk)
        if app is None or not app.client_secret:
            raise Stopped(
                "Set XERO_CLIENT_ID and XERO_CLIENT_SECRET to those of the custom connection.", Exit.USAGE
            )
        try:
            made = connect_custom(workspace=firm, now=timezone.now())
        except (XeroRefused, ConsentLost, NotOneOrganisation) as refused:
            raise Stopped(f"{refused.sentence} {refused.next_step}", Exit.PERSON_MUST_ACT) from refused
        except AnswerNotUnderstood as error:
            raise Stopped(f"{error.sentence} {error.next_step}", Exit.FAILURES) from error
        except XeroError as error:
            raise Stopped(f"{error.sentence} {error.next_step}", Exit.TRY_LATER) from error
        with in_workspace(firm.pk):
            say(f"Connected: {made.organisation.name} ({get_addresses().api}). Next: counterfoil sync")


def _find_workspace(name: str | None) -> Workspace:
    """Return the firm that is meant; the only one, or a first one where there is none yet."""
    firms = list(Workspace.objects.order_by("pk") if name is None else Workspace.objects.filter(name=name))
    if len(firms) == 1:
        return firms[0]
    if not firms and not Workspace.objects.exists():
        return Workspace.objects.create(name=name or "My firm")
    names = ", ".join(firm.name for firm in Workspace.objects.order_by("pk"))
    raise Stopped(f"Say which firm it belongs to with --workspace: {names}", Exit.USAGE)
