"""Keep mappings and drafts of invoices."""

import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Every table of invoicing."""

    initial = True

    dependencies = [
        ("clients", "0001_initial"),
        ("mirror", "0002_initial"),
        ("workspaces", "__first__"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="InvoiceDraft",
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
                    (
                        "client",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="clients.client",
                        ),
                    ),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("number", models.CharField(blank=True, max_length=255)),
                    ("reference", models.CharField(blank=True, max_length=255)),
                    ("date", models.DateField()),
                    ("due_date", models.DateField(null=True)),
                    ("currency", models.CharField(max_length=3)),
                    (
                        "amounts_are",
                        models.CharField(
                            choices=[
                                ("Exclusive", "Tax comes on top"),
                                ("Inclusive", "Tax is included"),
                                ("NoTax", "No tax"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("decimals", models.PositiveSmallIntegerField(default=2)),
                    ("branding_theme_id", models.TextField(blank=True, db_collation="C")),
                    ("approves", models.BooleanField(default=False)),
                    ("xero_id", models.TextField(blank=True, db_collation="C")),
                    ("read_at_version", models.DateTimeField(null=True)),
                    (
                        "created_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("created_at", models.DateTimeField()),
                    ("changed_at", models.DateTimeField()),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["workspace", "-changed_at", "-id"], name="draft_latest"),
                        models.Index(fields=["organisation", "contact_id"], name="draft_of_contact"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("decimals__in", [2, 4])), name="draft_two_or_four_decimals"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="InvoicingChoices",
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
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "amounts_are",
                        models.CharField(
                            choices=[
                                ("Exclusive", "Tax comes on top"),
                                ("Inclusive", "Tax is included"),
                                ("NoTax", "No tax"),
                            ],
                            default="Exclusive",
                            max_length=10,
                        ),
                    ),
                    ("decimals", models.PositiveSmallIntegerField(default=2)),
                    ("due_days", models.PositiveSmallIntegerField(default=30)),
                    (
                        "set_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("set_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("decimals__in", [2, 4])), name="choices_two_or_four_decimals"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Mapping",
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
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("account", "Account"),
                                ("tax", "Tax rate"),
                                ("item", "Item"),
                                ("tracking", "Tracking"),
                                ("payment_account", "Payment account"),
                                ("branding", "Branding theme"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("ours", models.CharField(blank=True, max_length=100)),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("category_id", models.TextField(blank=True, db_collation="C")),
                    (
                        "set_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("set_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "kind", "ours", "category_id"), name="mapping_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("category_id", ""), ("kind", "tracking"), _connector="OR"),
                            name="mapping_category_of_tracking",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="DraftLine",
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
                        "draft",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="lines",
                            to="invoicing.invoicedraft",
                        ),
                    ),
                    ("place", models.PositiveSmallIntegerField()),
                    ("service", models.CharField(blank=True, max_length=100)),
                    ("item_code", models.CharField(blank=True, max_length=30)),
                    ("description", models.CharField(blank=True, max_length=4000)),
                    ("quantity", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("unit_amount", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("discount_rate", models.DecimalField(decimal_places=4, max_digits=7, null=True)),
                    ("discount_amount", models.DecimalField(decimal_places=2, max_digits=19, null=True)),
                    ("account_code", models.CharField(blank=True, max_length=10)),
                    ("tax_type", models.CharField(blank=True, max_length=50)),
                    ("tax_amount", models.DecimalField(decimal_places=2, max_digits=19, null=True)),
                    ("tracking", models.JSONField(default=dict)),
                    ("line_item_id", models.TextField(blank=True, db_collation="C")),
                ],
                options={
                    "ordering": ["draft", "place"],
                    "constraints": [
                        models.UniqueConstraint(
                            deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                            fields=("draft", "place"),
                            name="line_once_per_place",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("discount_rate", None), ("discount_amount", None), _connector="OR"
                            ),
                            name="line_one_discount",
                        ),
                    ],
                },
            ),
        ),
    ]
