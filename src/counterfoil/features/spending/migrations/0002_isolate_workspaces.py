"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["line", "part", "reading", "rule", "ruleshare", "verdict", "verdictshare"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("spending", "0001_initial")]

    operations = [
        *(isolate(f"spending_{table}") for table in TABLES),
    ]
