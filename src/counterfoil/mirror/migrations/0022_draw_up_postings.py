"""Keep what documents post to income and expenses, and know which of them were written since."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate

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
_TABLES = {
    "mirror_invoice": "Invoices",
    "mirror_creditnote": "CreditNotes",
    "mirror_banktransaction": "BankTransactions",
    "mirror_manualjournal": "ManualJournals",
}


def _note(event: str) -> list[str]:
    return [
        f"create trigger note_{event} after {event} on {table} referencing new table as written"
        f" for each statement execute function mirror_note_unposted('{stream}')"
        for table, stream in _TABLES.items()
    ]


# What is here already is drawn up by the first job after the update.
_BEGIN = [
    "select set_config('counterfoil.workspace', '*', true)",
    *(
        "insert into mirror_unposted (organisation_id, workspace_id, stream, document_id)"  # noqa: S608  # our names
        f" select organisation_id, workspace_id, '{stream}', xero_id from {table}"
        for table, stream in _TABLES.items()
    ),
    "select set_config('counterfoil.workspace', '', true)",
]


class Migration(migrations.Migration):
    dependencies = [
        ("mirror", "0021_find_latest_spending"),
    ]

    operations = [
        migrations.CreateModel(
            name="Posting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(max_length=40)),
                ("document_id", models.TextField(db_collation="C")),
                ("basis", models.CharField(choices=[("accrual", "Accrual"), ("cash", "Cash")], max_length=7)),
                ("day", models.DateField()),
                ("account", models.TextField(db_collation="C")),
                ("contact_id", models.TextField(db_collation="C")),
                (
                    "options",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(db_collation="C"), size=None
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                ("foreign_lines", models.PositiveSmallIntegerField()),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.organisation",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["organisation", "basis", "day"],
                        include=("workspace", "account", "amount", "stream", "foreign_lines"),
                        name="posting_by_day",
                    ),
                    models.Index(fields=["organisation", "document_id"], name="posting_of_document"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportedMonth",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("basis", models.CharField(choices=[("accrual", "Accrual"), ("cash", "Cash")], max_length=7)),
                ("month", models.DateField()),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.TextField(blank=True)),
                ("lines", models.JSONField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.organisation",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "basis", "month"), name="reported_month_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Unposted",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(max_length=40)),
                ("document_id", models.TextField(db_collation="C")),
                (
                    "organisation",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.organisation",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.workspace",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "stream", "document_id"), name="unposted_once_per_document"
                    )
                ],
            },
        ),
        isolate("mirror_posting"),
        isolate("mirror_unposted"),
        isolate("mirror_reportedmonth"),
        migrations.RunSQL(
            sql=[_FUNCTION, *_note("insert"), *_note("update"), *_BEGIN],
            reverse_sql=[
                *(
                    f"drop trigger note_{event} on {table}"
                    for event in ("insert", "update")
                    for table in _TABLES
                ),
                "drop function mirror_note_unposted()",
            ],
        ),
    ]
