"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["chosencolumns", "savedview"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("lists", "0001_initial")]

    operations = [
        *(isolate(f"lists_{table}") for table in TABLES),
    ]
