"""Keep clients, deals, their people and their links to Xero's contacts."""

import counterfoil.mirror.models.searchable
import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Every table of clients."""

    initial = True

    dependencies = [
        ("mirror", "0002_initial"),
        ("workspaces", "__first__"),
    ]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="Client",
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
                    ("name", models.CharField(max_length=255)),
                    ("email", models.EmailField(blank=True, max_length=255)),
                    ("phone", models.CharField(blank=True, max_length=100)),
                    ("direct_phone", models.CharField(blank=True, max_length=100)),
                    ("mobile_phone", models.CharField(blank=True, max_length=100)),
                    ("fax", models.CharField(blank=True, max_length=100)),
                    ("number", models.CharField(blank=True, max_length=50)),
                    (
                        "owner",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "tags",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=50), blank=True, default=list, size=None
                        ),
                    ),
                    ("notes", models.TextField(blank=True)),
                    ("created_at", models.DateTimeField()),
                    ("archived_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "search_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(
                                models.Func(
                                    models.F("name"),
                                    models.Value("\n"),
                                    models.F("number"),
                                    models.Value("\n"),
                                    models.F("email"),
                                    arg_joiner=" || ",
                                    template="%(expressions)s",
                                ),
                                function="counterfoil_search_key",
                            ),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "name_grams",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("name"), function="counterfoil_grams"),
                            output_field=counterfoil.mirror.models.searchable.BitField(),
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "name", "id"], name="client_by_name")],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("number", ""), _negated=True),
                            fields=("workspace", "number"),
                            name="client_number_once",
                            violation_error_message="Another client has this number already.",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Pin",
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
                            choices=[("invoice", "Invoice or bill"), ("credit_note", "Credit note")],
                            default="invoice",
                            max_length=12,
                        ),
                    ),
                    ("document_id", models.TextField(db_collation="C")),
                    (
                        "made_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "kind", "document_id"), name="document_pinned_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Skip",
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
                    ("contact_id", models.TextField(db_collation="C")),
                    (
                        "made_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "contact_id"), name="contact_skipped_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Address",
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="addresses",
                            to="clients.client",
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[("street", "Street address"), ("postal", "Postal address")], max_length=6
                        ),
                    ),
                    ("attention_to", models.CharField(blank=True, max_length=255)),
                    ("line_1", models.CharField(blank=True, max_length=500)),
                    ("line_2", models.CharField(blank=True, max_length=500)),
                    ("line_3", models.CharField(blank=True, max_length=500)),
                    ("line_4", models.CharField(blank=True, max_length=500)),
                    ("city", models.CharField(blank=True, max_length=255)),
                    ("region", models.CharField(blank=True, max_length=255)),
                    ("postal_code", models.CharField(blank=True, max_length=50)),
                    ("country", models.CharField(blank=True, max_length=50)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("client", "kind"), name="address_once_per_kind")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Deal",
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="deals",
                            to="clients.client",
                        ),
                    ),
                    ("name", models.CharField(max_length=255)),
                    (
                        "stage",
                        models.CharField(
                            choices=[("open", "Open"), ("won", "Won"), ("lost", "Lost")],
                            default="open",
                            max_length=10,
                        ),
                    ),
                    ("value", models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True)),
                    ("currency", models.CharField(blank=True, max_length=3)),
                    ("closes_on", models.DateField(blank=True, null=True)),
                    (
                        "owner",
                        models.ForeignKey(
                            blank=True,
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("notes", models.TextField(blank=True)),
                    ("created_at", models.DateTimeField()),
                    ("archived_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "search_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(
                                models.Func(models.F("name"), arg_joiner=" || ", template="%(expressions)s"),
                                function="counterfoil_search_key",
                            ),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "name_grams",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("name"), function="counterfoil_grams"),
                            output_field=counterfoil.mirror.models.searchable.BitField(),
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "name", "id"], name="deal_by_name")],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                ("value", None), models.Q(("currency", ""), _negated=True), _connector="OR"
                            ),
                            name="deal_value_has_currency",
                            violation_error_message="Say in which currency the value is.",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Decision",
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
                    ("contact_id", models.TextField(db_collation="C")),
                    (
                        "act",
                        models.CharField(
                            choices=[
                                ("linked", "Linked"),
                                ("created", "New client"),
                                ("skipped", "Skipped"),
                                ("unlinked", "Unlinked"),
                            ],
                            max_length=10,
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
                    ("proof", models.CharField(blank=True, max_length=30)),
                    (
                        "made_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                    ("undone_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "made_by", "-id"], name="decision_latest")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Person",
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
                    ("name", models.CharField(max_length=255)),
                    ("email", models.EmailField(blank=True, max_length=255)),
                    ("phone", models.CharField(blank=True, max_length=100)),
                    ("direct_phone", models.CharField(blank=True, max_length=100)),
                    ("mobile_phone", models.CharField(blank=True, max_length=100)),
                    ("fax", models.CharField(blank=True, max_length=100)),
                    (
                        "client",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="people",
                            to="clients.client",
                        ),
                    ),
                    ("position", models.CharField(blank=True, max_length=100)),
                    ("notes", models.TextField(blank=True)),
                    ("created_at", models.DateTimeField()),
                    ("archived_at", models.DateTimeField(blank=True, null=True)),
                    (
                        "search_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(
                                models.Func(
                                    models.F("name"),
                                    models.Value("\n"),
                                    models.F("email"),
                                    models.Value("\n"),
                                    models.F("position"),
                                    arg_joiner=" || ",
                                    template="%(expressions)s",
                                ),
                                function="counterfoil_search_key",
                            ),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "name_grams",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("name"), function="counterfoil_grams"),
                            output_field=counterfoil.mirror.models.searchable.BitField(),
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "name", "id"], name="person_by_name")],
                },
            ),
            migrations.CreateModel(
                name="DealDocument",
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
                            choices=[("invoice", "Invoice or bill"), ("credit_note", "Credit note")],
                            default="invoice",
                            max_length=12,
                        ),
                    ),
                    ("document_id", models.TextField(db_collation="C")),
                    (
                        "made_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                    (
                        "deal",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="documents",
                            to="clients.deal",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("deal", "organisation", "kind", "document_id"),
                            name="document_once_per_deal",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Link",
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="links",
                            to="clients.client",
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="links",
                            to="clients.person",
                        ),
                    ),
                    ("contact_id", models.TextField(db_collation="C")),
                    (
                        "proof",
                        models.CharField(
                            choices=[
                                ("by hand", "by hand"),
                                ("contact number", "by contact number"),
                                ("name and e-mail address", "by name and e-mail address"),
                                ("client made from the contact", "made from the contact"),
                                ("merged in Xero", "merged in Xero"),
                                ("imported", "by import"),
                            ],
                            max_length=30,
                        ),
                    ),
                    (
                        "made_by",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("made_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "contact_id"), name="contact_linked_once"
                        )
                    ],
                },
            ),
        ),
    ]
