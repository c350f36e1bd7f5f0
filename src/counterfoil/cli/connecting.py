"""Connects without a browser."""

from typing import Annotated

import typer
from django.utils import timezone
from rich.console import Console

from counterfoil.cli.app import Exit, Stopped, app
from counterfoil.config.installation import database_running
from counterfoil.mirror.models import Workspace
from counterfoil.mirror.scope import in_workspace
from counterfoil.sync.app import get_addresses, is_app_configured
from counterfoil.sync.custom import connect_custom
from counterfoil.xero.errors import AppRefused, ConsentLost, XeroError

console = Console()


@app.command()
def connect(
    custom: Annotated[bool, typer.Option("--custom", help="Use a Xero custom connection.")] = False,
    workspace: Annotated[
        str | None, typer.Option(help="The firm it belongs to, where there are several.")
    ] = None,
) -> None:
    """Connect the one organisation of a Xero custom connection, with no browser."""
    if not custom:
        raise Stopped(
            "Connect other organisations in the pages, where Xero can ask you."
            " For a custom connection add --custom.",
            Exit.USAGE,
        )
    if not is_app_configured():
        raise Stopped(
            "Set XERO_CLIENT_ID and XERO_CLIENT_SECRET to those of the custom connection.", Exit.USAGE
        )
    with database_running():
        firm = _find_workspace(workspace)
        try:
            made = connect_custom(workspace=firm, now=timezone.now())
        except (AppRefused, ConsentLost) as refused:
            raise Stopped(f"{refused.sentence} {refused.next_step}", Exit.PERSON_MUST_ACT) from refused
        except XeroError as error:
            raise Stopped(f"{error.sentence} {error.next_step}", Exit.TRY_LATER) from error
        with in_workspace(firm.pk):
            console.print(
                f"Connected: {made.organisation.name} ({get_addresses().api}). Next: counterfoil sync",
                highlight=False,
            )


def _find_workspace(name: str | None) -> Workspace:
    """Return the firm that is meant; the only one, or a first one where there is none yet."""
    firms = list(Workspace.objects.order_by("pk") if name is None else Workspace.objects.filter(name=name))
    if len(firms) == 1:
        return firms[0]
    if not firms and not Workspace.objects.exists():
        return Workspace.objects.create(name=name or "My firm")
    names = ", ".join(firm.name for firm in Workspace.objects.order_by("pk"))
    raise Stopped(f"Say which firm it belongs to with --workspace: {names}", Exit.USAGE)
