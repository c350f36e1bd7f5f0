"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["selftest"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("webhooks", "0001_initial")]

    operations = [
        *(isolate(f"webhooks_{table}") for table in TABLES),
    ]
