"""
What changes hide: Xero moves a contact's customer and supplier flags without moving its stamp.

So at the end of a run, contacts whose new invoices contradict their flags are read again by id.
Source: Xero developer guide, "Requests and Responses", If-Modified-Since.
"""

from datetime import datetime

from django.db import connection

from counterfoil.mirror.models import Run
from counterfoil.mirror.scope import in_workspace

# Longer lists of ids meet the limits of an address. Source: Xero developer guide, "Best practices".
IDS_AT_ONCE = 40


def find_contradicted_contacts(run: Run, read_at: datetime) -> list[str]:
    """Return the contacts that got an invoice since they were read and are not flagged for it."""
    with in_workspace(run.workspace_id), connection.cursor() as cursor:
        cursor.execute(
            "select distinct contact.xero_id from mirror_invoice invoice join mirror_contact contact"
            " on contact.organisation_id = invoice.organisation_id and contact.xero_id = invoice.contact_id"
            " where invoice.organisation_id = %s and invoice.changed_here_at >= %s"
            " and invoice.updated_at >= %s and contact.gone_at is null"
            " and ((invoice.kind = 'ACCREC' and not contact.is_customer)"
            " or (invoice.kind = 'ACCPAY' and not contact.is_supplier)) order by contact.xero_id",
            [run.organisation_id, run.started_at, read_at],
        )
        return [row[0] for row in cursor.fetchall()]


def list_batches(ids: list[str]) -> list[str]:
    """Return the ids as Xero wants them in one parameter, so many at a time."""
    return [",".join(ids[start : start + IDS_AT_ONCE]) for start in range(0, len(ids), IDS_AT_ONCE)]
