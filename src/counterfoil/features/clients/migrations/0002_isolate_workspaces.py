"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["address", "client", "deal", "dealdocument", "decision", "link", "person", "pin", "skip"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("clients", "0001_initial")]

    operations = [
        *(isolate(f"clients_{table}") for table in TABLES),
    ]
