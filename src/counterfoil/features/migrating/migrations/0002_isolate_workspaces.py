"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["import", "stagedrow"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("migrating", "0001_initial")]

    operations = [
        *(isolate(f"migrating_{table}") for table in TABLES),
    ]
