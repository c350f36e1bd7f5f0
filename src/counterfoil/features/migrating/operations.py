"""What can be done with the data of an earlier tool: take it, assign it, take that back."""

import hashlib
from datetime import datetime

from django.db import transaction

from counterfoil.domain.matching import Proof
from counterfoil.features.clients.linking import AlreadyDecided, link_contact
from counterfoil.features.clients.models import Client, Link
from counterfoil.features.migrating.matching import Plan, plan_assignment
from counterfoil.features.migrating.models import Import, StagedRow
from counterfoil.features.migrating.reading import read_lines
from counterfoil.features.workspaces.audit import Act, name_person, record
from counterfoil.features.workspaces.models import User
from counterfoil.mirror.models import Organisation, Workspace


class AssignedElsewhere(Exception):
    """The data belongs to another organisation; that must be taken back first."""

    def __init__(self, other: str) -> None:
        super().__init__(f"This data is assigned to {other}. Take that back first; nothing was changed.")


def take_file(
    workspace: Workspace, *, name: str, content: bytes, who: User, now: datetime
) -> tuple[Import, bool]:
    """
    Stage every line of the file, of no organisation, and return it and whether it is new.

    The same file again is the same import. Raises NotATable.
    """
    lines = read_lines(content)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        given, is_new = Import.objects.get_or_create(
            workspace=workspace,
            digest=digest,
            defaults={"name": name[:255], "given_by": name_person(who), "given_at": now},
        )
        if is_new:
            StagedRow.objects.bulk_create(
                (
                    StagedRow(
                        workspace=workspace,
                        belongs_to=given,
                        line=line.line,
                        kind=line.kind,
                        xero_id=line.xero_id,
                        number=line.number,
                        name=line.name,
                        amount=line.amount,
                        said=line.said,
                    )
                    for line in lines
                ),
                batch_size=2000,
            )
            record(workspace_id=workspace.pk, act=Act.DATA_IMPORTED, who=who, what=given.name, now=now)
    return given, is_new


def assign(given: Import, organisation: Organisation, *, who: User, now: datetime) -> Plan:
    """
    Say that the data belongs to this organisation, and link its clients to the contacts that they are.

    Doing it again finds what has come since, and changes nothing else. Raises AssignedElsewhere.
    """
    with transaction.atomic():
        given = Import.objects.select_for_update(of=("self",)).get(pk=given.pk)
        if given.organisation_id not in (None, organisation.pk):
            assert given.organisation is not None
            raise AssignedElsewhere(given.organisation.name)
        plan = plan_assignment(given, organisation)
        for match in plan.matches:
            row = match.row
            row.matched_id, row.matched_by = match.matched_id, match.matched_by
            if row.kind == StagedRow.Kind.CLIENT and match.matched_id:
                _link_client(row, organisation, who=who, now=now)
        StagedRow.objects.bulk_update(
            [match.row for match in plan.matches],
            ["matched_id", "matched_by", "made_client", "made_link"],
            batch_size=2000,
        )
        if given.organisation_id is None:
            what = f"{given.name} to {organisation.name}"
            record(workspace_id=given.workspace_id, act=Act.DATA_ASSIGNED, who=who, what=what, now=now)
        given.organisation, given.assigned_at = organisation, now
        given.save(update_fields=["organisation", "assigned_at"])
    return plan


def take_back(given: Import, *, who: User, now: datetime) -> None:
    """
    Undo an assignment: the links and the unused clients that it made go, the data stays, of no organisation.

    A link that somebody has changed since is somebody's decision, and stays.
    """
    with transaction.atomic():
        rows = list(given.rows.select_related("made_client", "made_link"))
        Link.objects.filter(
            pk__in=[row.made_link_id for row in rows if row.made_link_id], proof=Proof.IMPORTED.value
        ).delete()
        for row in rows:
            client = row.made_client
            if client is not None and not (
                client.links.exists() or client.people.exists() or client.deals.exists() or client.notes
            ):
                client.delete()
        given.rows.update(matched_id="", matched_by="", made_client=None, made_link=None)
        was = given.organisation.name if given.organisation else ""
        given.organisation, given.assigned_at = None, None
        given.save(update_fields=["organisation", "assigned_at"])
        record(
            workspace_id=given.workspace_id,
            act=Act.DATA_TAKEN_BACK,
            who=who,
            what=f"{given.name} from {was}",
            now=now,
        )


def _link_client(row: StagedRow, organisation: Organisation, *, who: User, now: datetime) -> None:
    """Link the contact to the client of this name, made when there is none; a link stays as it is."""
    if row.made_link_id or Link.objects.filter(organisation=organisation, contact_id=row.matched_id).exists():
        return
    name = row.name or row.number or row.matched_id
    client = Client.objects.filter(name__iexact=name, archived_at=None).order_by("pk").first()
    if client is None:
        client = Client.objects.create(workspace_id=row.workspace_id, name=name, created_at=now)
        row.made_client = client
    try:
        row.made_link = link_contact(
            organisation, contact_id=row.matched_id, client=client, by=who, now=now, proof=Proof.IMPORTED
        )
    except AlreadyDecided:
        return  # somebody was faster a moment ago
