"""Keep who changed what about an agreement, and the key by which agreements are found."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate


class Migration(migrations.Migration):
    """One table more, bound to its workspace, and one column that the database computes."""

    dependencies = [
        ("billing", "0004_isolate_choices_and_keep_archives"),
        ("mirror", "0020_know_the_groups_of_a_contact"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgreementChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.CharField(max_length=255)),
                ("what", models.JSONField()),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="billing.agreement",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="mirror.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["agreement", "-id"], name="agreement_change_latest")],
            },
        ),
        isolate("billing_agreementchange"),
        migrations.AddField(
            model_name="agreement",
            name="search_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    models.Func(
                        models.F("name"),
                        models.Value("\n"),
                        models.F("po_number"),
                        arg_joiner=" || ",
                        template="%(expressions)s",
                    ),
                    function="counterfoil_search_key",
                ),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
    ]
