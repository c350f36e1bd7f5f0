"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["draftline", "invoicedraft", "invoicingchoices", "mapping"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("invoicing", "0001_initial")]

    operations = [
        *(isolate(f"invoicing_{table}") for table in TABLES),
    ]
