"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = [
    "campaign",
    "contactchoice",
    "held",
    "ledgerentry",
    "message",
    "messageinvoice",
    "packedit",
    "reach",
    "reply",
    "senderchoices",
    "step",
    "wording",
]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("reminding", "0001_initial")]

    operations = [
        *(isolate(f"reminding_{table}") for table in TABLES),
    ]
