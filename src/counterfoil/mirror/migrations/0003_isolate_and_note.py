"""Bind every table of a workspace's data to its workspace, and let the database note what is to be drawn up."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = [
    "account",
    "attachment",
    "attempt",
    "banktransaction",
    "batchpayment",
    "brandingtheme",
    "change",
    "connection",
    "connectionevent",
    "contact",
    "contactgroup",
    "creditnote",
    "currency",
    "cursor",
    "expenseclaim",
    "gatebudget",
    "grant",
    "invoice",
    "item",
    "linkedtransaction",
    "manualjournal",
    "notice",
    "operation",
    "operationevent",
    "operationfile",
    "organisation",
    "organisationprofile",
    "outboxrules",
    "overpayment",
    "payment",
    "posting",
    "prepayment",
    "quarantined",
    "repeatinginvoice",
    "report",
    "reportedmonth",
    "resync",
    "resyncrecord",
    "run",
    "streamrun",
    "taxrate",
    "trackingcategory",
    "unposted",
    "usage",
    "verification",
    "xeroapp",
    "xerouser",
]

# The planner keeps no statistics of an expression by itself: without these it guesses how many rows of a
# large table a firm may see.
_LARGE = ["banktransaction", "contact", "creditnote", "invoice", "payment"]

# Whoever writes a document, and however: the database notes that its postings are to be drawn up again.
# Where it is noted already the row is locked, so that whoever draws up waits for this transaction.
_FUNCTION = """
create function mirror_note_unposted() returns trigger language plpgsql as $$
begin
    insert into mirror_unposted (organisation_id, workspace_id, stream, document_id)
    select organisation_id, workspace_id, tg_argv[0], xero_id from written order by organisation_id, xero_id
    on conflict (organisation_id, stream, document_id) do update set stream = excluded.stream;
    return null;
end $$
"""
_DOCUMENTS = {
    "mirror_invoice": "Invoices",
    "mirror_creditnote": "CreditNotes",
    "mirror_banktransaction": "BankTransactions",
    "mirror_manualjournal": "ManualJournals",
}


def _note(event: str) -> list[str]:
    return [
        f"create trigger note_{event} after {event} on {table} referencing new table as written"
        f" for each statement execute function mirror_note_unposted('{stream}')"
        for table, stream in _DOCUMENTS.items()
    ]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too; statistics; the triggers on documents."""

    dependencies = [("mirror", "0002_initial")]

    operations = [
        *(isolate(f"mirror_{table}") for table in TABLES),
        *(
            migrations.RunSQL(
                sql=f"create statistics {table}_of_workspace on (workspace_id::text) from mirror_{table}",
                reverse_sql=f"drop statistics {table}_of_workspace",
            )
            for table in _LARGE
        ),
        migrations.RunSQL(
            sql=[_FUNCTION, *_note("insert"), *_note("update")],
            reverse_sql=[
                *(
                    f"drop trigger note_{event} on {table}"
                    for event in ("insert", "update")
                    for table in _DOCUMENTS
                ),
                "drop function mirror_note_unposted()",
            ],
        ),
    ]
