"""Keep which documents no line has, and read all of them once more to find those."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """The table, row-level security, and the next reading from the beginning."""

    dependencies = [
        ("mirror", "0005_name_the_schema_of_fold"),
        ("spending", "0006_keep_sums_and_tallies"),
    ]

    operations = [
        migrations.CreateModel(
            name="Unreadable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stream", models.CharField(max_length=40)),
                ("document_id", models.TextField(db_collation="C")),
                (
                    "organisation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.organisation",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="mirror.workspace",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "stream", "document_id"), name="spending_unreadable_once"
                    )
                ],
            },
        ),
        isolate("spending_unreadable"),
        migrations.RunSQL(
            sql=[
                "select set_config('counterfoil.workspace', '*', true)",
                "update spending_reading set read_until = null",
                "select set_config('counterfoil.workspace', '', true)",
            ],
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
