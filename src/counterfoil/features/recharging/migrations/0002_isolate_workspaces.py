"""Bind these tables to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate

TABLES = ["clientterms", "recharge", "rechargeevent", "ruleterms", "source", "terms", "watch"]


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("recharging", "0001_initial")]

    operations = [
        *(isolate(f"recharging_{table}") for table in TABLES),
    ]
