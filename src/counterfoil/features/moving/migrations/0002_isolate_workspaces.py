"""Bind the exports to the workspace of the transaction."""

from django.db import migrations

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """Row-level security, forced on the owner too."""

    dependencies = [("moving", "0001_initial")]

    operations = [isolate("moving_takeout"), isolate("moving_takeoutpiece")]
