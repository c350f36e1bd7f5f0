"""Keep which messages were tests, links to pay by, held clients, and the view that an audience is."""

import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.isolation import isolate
from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Columns, and two tables of a workspace."""

    dependencies = [
        ("clients", "0002_isolate_workspaces"),
        ("mirror", "0005_name_the_schema_of_fold"),
        ("reminding", "0004_keep_what_senders_rules_and_answers_are"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="HeldClient",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "client",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE, related_name="+", to="clients.client"
                        ),
                    ),
                    (
                        "hold",
                        models.CharField(
                            choices=[
                                ("paid", "Says that it is paid"),
                                ("promised", "Promised to pay"),
                                ("disputed", "Disputes it"),
                                ("plan", "Pays by a plan"),
                                ("vulnerable", "Needs care"),
                                ("by_hand", "Held back by hand"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("until", models.DateField(blank=True, null=True)),
                    ("made_by", models.CharField(max_length=255)),
                    ("made_at", models.DateTimeField()),
                    ("ended_by", models.CharField(blank=True, max_length=255)),
                    ("ended_at", models.DateTimeField(null=True)),
                ],
            ),
            migrations.CreateModel(
                name="PayLink",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    ("invoice_id", models.TextField(db_collation="C")),
                    ("address", models.TextField(blank=True)),
                    ("asked_at", models.DateTimeField()),
                ],
            ),
            migrations.RemoveConstraint(
                model_name="message",
                name="message_once_a_day",
            ),
            migrations.AddField(
                model_name="campaign",
                name="view_asks",
                field=models.JSONField(blank=True, default=dict),
            ),
            migrations.AddField(
                model_name="campaign",
                name="view_name",
                field=models.CharField(blank=True, max_length=60),
            ),
            migrations.AddField(
                model_name="message",
                name="is_test",
                field=models.BooleanField(default=False),
            ),
            migrations.AddConstraint(
                model_name="message",
                constraint=models.UniqueConstraint(
                    condition=models.Q(("is_test", False)),
                    fields=("campaign", "contact_id", "planned_on"),
                    name="message_once_a_day",
                ),
            ),
            migrations.AddConstraint(
                model_name="message",
                constraint=models.CheckConstraint(
                    condition=models.Q(("is_test", False), ("contact_id", ""), _connector="OR"),
                    name="message_test_to_no_customer",
                ),
            ),
        ),
        AtOnce(
            migrations.AddIndex(
                model_name="heldclient",
                index=models.Index(
                    condition=models.Q(("ended_at", None)),
                    fields=["workspace", "client"],
                    name="client_held_now",
                ),
            ),
            migrations.AddConstraint(
                model_name="paylink",
                constraint=models.UniqueConstraint(
                    fields=("organisation", "invoice_id"), name="pay_link_of_invoice"
                ),
            ),
        ),
        *(isolate(f"reminding_{table}") for table in ("heldclient", "paylink")),
    ]
