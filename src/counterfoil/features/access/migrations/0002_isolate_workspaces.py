"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["apitoken", "keptanswer"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("access", "0001_initial")]

    operations = [
        *(isolate(f"access_{table}") for table in TABLES),
    ]
