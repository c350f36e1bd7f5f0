"""Make the table of Django's database cache, which counts attempts to sign in for all processes."""

from django.db import migrations


class Migration(migrations.Migration):
    """What it holds may be lost, so the table is unlogged: its writes do not wait for the disk."""

    dependencies = [
        ("workspaces", "0002_keep_an_audit_log"),
    ]

    operations = [
        migrations.RunSQL(
            sql=[
                "create unlogged table if not exists counterfoil_cache ("
                "cache_key varchar(255) primary key, value text not null, expires timestamptz not null)",
                "create index if not exists counterfoil_cache_expires on counterfoil_cache (expires)",
            ],
            reverse_sql=["drop table counterfoil_cache"],
        ),
    ]
