"""Keep Xero's records, the runs that read them, and the outbox that writes them."""

import counterfoil.mirror.encryption
import counterfoil.mirror.models.searchable
import counterfoil.mirror.rawjson
import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from counterfoil.mirror.tables import AtOnce


class Migration(migrations.Migration):
    """Every table of the copy and of what keeps it true."""

    initial = True

    dependencies = [("mirror", "0001_compute_search_keys")]

    operations = [
        AtOnce(
            migrations.CreateModel(
                name="AppBudget",
                fields=[
                    ("client_id", models.CharField(max_length=64, primary_key=True, serialize=False)),
                    ("state", models.JSONField(default=dict)),
                ],
            ),
            migrations.CreateModel(
                name="Delivery",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("received_at", models.DateTimeField()),
                    ("client_id", models.CharField(max_length=64)),
                    ("firm_id", models.BigIntegerField(null=True)),
                    ("is_test", models.BooleanField(default=False)),
                    ("body", models.BinaryField()),
                    ("unpacked_at", models.DateTimeField(null=True)),
                    ("replayed_at", models.DateTimeField(null=True)),
                    ("event_count", models.PositiveIntegerField(default=0)),
                    ("unclaimed_count", models.PositiveIntegerField(default=0)),
                    ("unused_count", models.PositiveIntegerField(default=0)),
                    ("first_sequence", models.BigIntegerField(null=True)),
                    ("last_sequence", models.BigIntegerField(null=True)),
                    ("problem", models.TextField(blank=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["received_at"], name="delivery_latest"),
                        models.Index(fields=["client_id", "received_at"], name="delivery_of_app"),
                        models.Index(
                            condition=models.Q(("event_count", 0)),
                            fields=["client_id", "received_at"],
                            name="delivery_of_nothing",
                        ),
                        models.Index(
                            condition=models.Q(("unpacked_at", None)), fields=["id"], name="delivery_waiting"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Workspace",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    ("name", models.CharField(max_length=200)),
                    ("holds_one_organisation", models.BooleanField(default=False)),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                ],
            ),
            migrations.CreateModel(
                name="Grant",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="mirror.workspace"),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("code", "Web app"),
                                ("pkce", "App without a secret"),
                                ("custom", "Custom connection"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("client_id", models.CharField(max_length=64)),
                    ("auth_event_id", models.CharField(blank=True, max_length=36)),
                    ("xero_user_id", models.CharField(blank=True, max_length=36)),
                    ("email", models.CharField(blank=True, max_length=255)),
                    ("person", models.CharField(blank=True, max_length=255)),
                    (
                        "asked_scopes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=100), default=list, size=None
                        ),
                    ),
                    (
                        "scopes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=100), default=list, size=None
                        ),
                    ),
                    ("access_token", counterfoil.mirror.encryption.EncryptedTextField(blank=True)),
                    ("refresh_token", counterfoil.mirror.encryption.EncryptedTextField(blank=True)),
                    ("expires_at", models.DateTimeField()),
                    ("refreshed_at", models.DateTimeField()),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    ("failing_since", models.DateTimeField(null=True)),
                    ("failing_because", models.TextField(blank=True)),
                    ("is_app_refused", models.BooleanField(default=False)),
                ],
            ),
            migrations.CreateModel(
                name="Organisation",
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
                            related_name="organisations",
                            to="mirror.workspace",
                        ),
                    ),
                    ("tenant_id", models.CharField(max_length=36)),
                    ("name", models.CharField(max_length=255)),
                    ("colour", models.PositiveSmallIntegerField(default=0)),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("workspace", "tenant_id"), name="organisation_once_per_workspace"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="XeroApp",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="mirror.workspace"),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("code", "Web app"),
                                ("pkce", "App without a secret"),
                                ("custom", "Custom connection"),
                            ],
                            default="code",
                            max_length=10,
                        ),
                    ),
                    ("client_id", models.CharField(max_length=64)),
                    ("client_secret", counterfoil.mirror.encryption.EncryptedTextField(blank=True)),
                    ("webhook_key", counterfoil.mirror.encryption.EncryptedTextField(blank=True)),
                    (
                        "permissions",
                        models.CharField(
                            choices=[
                                ("granular", "Fine-grained permissions"),
                                ("broad", "Broad permissions, for an app made before 2 March 2026"),
                            ],
                            default="granular",
                            max_length=10,
                        ),
                    ),
                    ("is_current", models.BooleanField(default=True)),
                    ("saved_by", models.CharField(max_length=255)),
                    ("saved_at", models.DateTimeField()),
                    ("accepted_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("workspace", "client_id"), name="app_once_per_workspace"
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("is_current", True)),
                            fields=("workspace",),
                            name="one_current_app",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Account",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("code", models.TextField()),
                    ("name", models.TextField()),
                    ("kind", models.TextField()),
                    ("account_class", models.TextField()),
                    ("status", models.TextField()),
                    ("tax_type", models.TextField()),
                    ("currency", models.TextField()),
                    ("system_account", models.TextField()),
                    ("enable_payments", models.BooleanField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Attachment",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("endpoint", models.TextField()),
                    ("document_id", models.TextField(db_collation="C")),
                    ("file_name", models.TextField()),
                    ("mime_type", models.TextField()),
                    ("content_length", models.BigIntegerField()),
                    ("url", models.TextField()),
                    ("include_online", models.BooleanField()),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "document_id"], name="attachment_of_document")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Attempt",
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
                    ("kind", models.CharField(max_length=40)),
                    ("key", models.CharField(max_length=128, unique=True)),
                    ("digest", models.BinaryField(null=True)),
                    ("known", models.JSONField(default=list)),
                    ("started_at", models.DateTimeField()),
                    ("finished_at", models.DateTimeField(null=True)),
                    (
                        "outcome",
                        models.CharField(
                            choices=[
                                ("pending", "No answer yet"),
                                ("answered", "Answered"),
                                ("refused", "Refused as a whole"),
                                ("not_taken", "Not taken"),
                                ("no_answer", "No answer"),
                            ],
                            default="pending",
                            max_length=10,
                        ),
                    ),
                    ("tries", models.PositiveSmallIntegerField(default=0)),
                    ("status", models.PositiveSmallIntegerField(null=True)),
                    ("fault", models.TextField(blank=True)),
                    ("correlation_id", models.CharField(blank=True, max_length=64)),
                ],
                options={
                    "indexes": [models.Index(fields=["organisation", "-started_at"], name="attempt_latest")],
                },
            ),
            migrations.CreateModel(
                name="BankTransaction",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("kind", models.TextField()),
                    ("status", models.TextField()),
                    ("date", models.DateField()),
                    ("reference", models.TextField()),
                    ("currency", models.TextField()),
                    ("currency_rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    ("sub_total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total_tax", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("is_reconciled", models.BooleanField()),
                    ("has_attachments", models.BooleanField()),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("contact_name", models.TextField()),
                    ("account_id", models.TextField(db_collation="C")),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "-date", "xero_id"], name="bank_transaction_newest"
                        ),
                        models.Index(
                            fields=["organisation", "changed_here_at"], name="bank_transaction_latest_change"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="BatchPayment",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("kind", models.TextField()),
                    ("status", models.TextField()),
                    ("date", models.DateField()),
                    ("total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("reference", models.TextField()),
                    ("is_reconciled", models.BooleanField()),
                    ("account_id", models.TextField(db_collation="C")),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="BrandingTheme",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("name", models.TextField()),
                    ("sort_order", models.IntegerField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Connection",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "organisation",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="connection",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="mirror.workspace"),
                    ),
                    (
                        "grant",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="connections",
                            to="mirror.grant",
                        ),
                    ),
                    ("xero_connection_id", models.CharField(blank=True, max_length=36)),
                    (
                        "mode",
                        models.CharField(
                            choices=[("read_only", "Read-only"), ("two_way", "Two-way")],
                            default="read_only",
                            max_length=10,
                        ),
                    ),
                    (
                        "writes",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=20), default=list, size=None
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[("connected", "Connected"), ("lost", "Lost access")],
                            default="connected",
                            max_length=10,
                        ),
                    ),
                    ("lost_because", models.TextField(blank=True)),
                    ("lost_reason", models.CharField(blank=True, max_length=40)),
                    ("role", models.CharField(blank=True, max_length=40)),
                    ("auto_sync", models.BooleanField(default=True)),
                    ("chosen_seconds", models.PositiveIntegerField(null=True)),
                    ("fitting_seconds", models.PositiveIntegerField(default=3600)),
                    ("connected_by", models.CharField(max_length=255)),
                    ("connected_at", models.DateTimeField()),
                ],
            ),
            migrations.CreateModel(
                name="ConnectionEvent",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("connected", "Connected"),
                                ("reconnected", "Reconnected"),
                                ("two_way", "Made two-way"),
                                ("read_only", "Made read-only"),
                                ("renewal_failing", "Renewing fails"),
                                ("renewed", "Renewed again"),
                                ("lost", "Access lost"),
                                ("found_again", "Access is back"),
                                ("role_changed", "Role in Xero changed"),
                                ("removed", "Removed"),
                            ],
                            max_length=20,
                        ),
                    ),
                    ("what", models.TextField(blank=True)),
                    ("who", models.CharField(blank=True, max_length=255)),
                    ("at", models.DateTimeField()),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "-id"], name="event_latest")],
                },
            ),
            migrations.CreateModel(
                name="Contact",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("name", models.TextField()),
                    ("status", models.TextField()),
                    ("first_name", models.TextField()),
                    ("last_name", models.TextField()),
                    ("email", models.TextField()),
                    ("contact_number", models.TextField()),
                    ("account_number", models.TextField()),
                    ("is_customer", models.BooleanField()),
                    ("is_supplier", models.BooleanField()),
                    ("default_currency", models.TextField()),
                    ("merged_to_id", models.TextField(db_collation="C")),
                    ("has_attachments", models.BooleanField()),
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
                                    models.F("contact_number"),
                                    models.Value("\n"),
                                    models.F("account_number"),
                                    models.Value("\n"),
                                    models.F("first_name"),
                                    models.Value("\n"),
                                    models.F("last_name"),
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
                    (
                        "group_ids",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("raw"), function="counterfoil_groups"),
                            output_field=django.contrib.postgres.fields.ArrayField(
                                base_field=models.TextField(db_collation="C"), size=None
                            ),
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "name", "xero_id"],
                            include=(
                                "workspace",
                                "gone_at",
                                "status",
                                "is_customer",
                                "is_supplier",
                                "search_key",
                                "name_grams",
                            ),
                            name="contact_at_a_glance",
                        ),
                        models.Index(
                            condition=models.Q(("merged_to_id", ""), _negated=True),
                            fields=["organisation", "xero_id"],
                            name="contact_merged",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ContactGroup",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("name", models.TextField()),
                    ("status", models.TextField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="CreditNote",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("contact_name", models.TextField()),
                    ("date", models.DateField(null=True)),
                    ("reference", models.TextField()),
                    ("currency", models.TextField()),
                    ("currency_rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    ("line_amount_types", models.TextField()),
                    ("sub_total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total_tax", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("has_attachments", models.BooleanField()),
                    ("kind", models.TextField()),
                    ("status", models.TextField()),
                    ("number", models.TextField()),
                    (
                        "number_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("number"), function="counterfoil_key"),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "number_tail",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("number"), function="counterfoil_tail"),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "reference_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("reference"), function="counterfoil_key"),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "reference_tail",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("reference"), function="counterfoil_tail"),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "total_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("total"), function="counterfoil_units"),
                            output_field=models.BigIntegerField(null=True),
                        ),
                    ),
                    ("fully_paid_on", models.DateField(null=True)),
                    ("remaining_credit", models.DecimalField(decimal_places=4, max_digits=19)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "-date", "xero_id"], name="credit_note_newest"),
                        models.Index(fields=["organisation", "contact_id"], name="credit_note_of_contact"),
                        models.Index(
                            fields=["organisation", "changed_here_at"], name="credit_note_latest_change"
                        ),
                        models.Index(fields=["organisation", "number_key"], name="credit_note_number_key"),
                        models.Index(fields=["organisation", "number_tail"], name="credit_note_number_tail"),
                        models.Index(
                            fields=["organisation", "reference_key"], name="credit_note_reference_key"
                        ),
                        models.Index(
                            fields=["organisation", "reference_tail"], name="credit_note_reference_tail"
                        ),
                        models.Index(fields=["organisation", "total_key"], name="credit_note_total_key"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Currency",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("description", models.TextField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Cursor",
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
                    ("stream", models.CharField(max_length=40)),
                    ("since", models.DateTimeField()),
                    ("succeeded_at", models.DateTimeField()),
                    ("swept_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "stream"), name="cursor_once_per_stream"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ExpenseClaim",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("status", models.TextField()),
                    ("total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("amount_due", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("amount_paid", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("payment_due_date", models.DateField(null=True)),
                    ("reporting_date", models.DateField(null=True)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="GateBudget",
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
                    ("state", models.JSONField(default=dict)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Invoice",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("contact_name", models.TextField()),
                    ("date", models.DateField(null=True)),
                    ("reference", models.TextField()),
                    ("currency", models.TextField()),
                    ("currency_rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    ("line_amount_types", models.TextField()),
                    ("sub_total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total_tax", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("has_attachments", models.BooleanField()),
                    ("kind", models.TextField()),
                    ("status", models.TextField()),
                    ("number", models.TextField()),
                    (
                        "number_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("number"), function="counterfoil_key"),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "number_tail",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("number"), function="counterfoil_tail"),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "reference_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("reference"), function="counterfoil_key"),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "reference_tail",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("reference"), function="counterfoil_tail"),
                            output_field=models.TextField(db_collation="C"),
                        ),
                    ),
                    (
                        "total_key",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Func(models.F("total"), function="counterfoil_units"),
                            output_field=models.BigIntegerField(null=True),
                        ),
                    ),
                    ("due_date", models.DateField(null=True)),
                    ("expected_payment_date", models.DateField(null=True)),
                    ("planned_payment_date", models.DateField(null=True)),
                    ("fully_paid_on", models.DateField(null=True)),
                    ("amount_due", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("amount_paid", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("amount_credited", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("sent_to_contact", models.BooleanField()),
                    ("repeating_invoice_id", models.TextField(db_collation="C")),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "kind", "-date", "-number", "xero_id"],
                            name="invoice_newest",
                        ),
                        models.Index(
                            fields=["organisation", "kind", "-due_date", "-number", "xero_id"],
                            name="invoice_latest_due",
                        ),
                        models.Index(
                            fields=["organisation", "kind", "-number", "xero_id"], name="invoice_by_number"
                        ),
                        models.Index(
                            fields=["organisation", "kind", "-amount_due", "-number", "xero_id"],
                            name="invoice_most_due",
                        ),
                        models.Index(
                            fields=["organisation", "kind", "-total", "-number", "xero_id"],
                            name="invoice_largest",
                        ),
                        models.Index(
                            fields=["organisation", "contact_id", "-date"], name="invoice_of_contact"
                        ),
                        models.Index(
                            fields=["organisation", "kind", "currency"],
                            include=(
                                "workspace",
                                "gone_at",
                                "status",
                                "date",
                                "due_date",
                                "number",
                                "number_key",
                                "reference_key",
                                "amount_due",
                                "amount_paid",
                                "amount_credited",
                                "total",
                                "contact_id",
                                "xero_id",
                            ),
                            name="invoice_at_a_glance",
                        ),
                        models.Index(
                            condition=models.Q(("gone_at", None)),
                            fields=["organisation", "kind", "currency", "status"],
                            include=(
                                "workspace",
                                "due_date",
                                "amount_due",
                                "total",
                                "date",
                                "number",
                                "xero_id",
                            ),
                            name="invoice_tally",
                        ),
                        models.Index(
                            condition=models.Q(
                                ("amount_due__gt", 0), ("gone_at", None), ("status", "AUTHORISED")
                            ),
                            fields=["organisation", "kind", "contact_id", "currency"],
                            include=("workspace", "amount_due", "due_date", "status", "xero_id"),
                            name="invoice_owed",
                        ),
                        models.Index(
                            condition=models.Q(
                                ("gone_at", None), models.Q(("status", "DELETED"), _negated=True)
                            ),
                            fields=["organisation", "contact_id", "kind", "workspace"],
                            name="invoice_documents_of",
                        ),
                        models.Index(
                            condition=models.Q(("status", "AUTHORISED")),
                            fields=["organisation", "kind", "due_date"],
                            name="invoice_open_by_due_date",
                        ),
                        models.Index(
                            fields=["organisation", "changed_here_at"], name="invoice_latest_change"
                        ),
                        models.Index(fields=["organisation", "number_key"], name="invoice_number_key"),
                        models.Index(fields=["organisation", "number_tail"], name="invoice_number_tail"),
                        models.Index(fields=["organisation", "reference_key"], name="invoice_reference_key"),
                        models.Index(
                            fields=["organisation", "reference_tail"], name="invoice_reference_tail"
                        ),
                        models.Index(fields=["organisation", "total_key"], name="invoice_total_key"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Item",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("code", models.TextField()),
                    ("name", models.TextField()),
                    ("description", models.TextField()),
                    ("is_sold", models.BooleanField()),
                    ("is_purchased", models.BooleanField()),
                    ("is_tracked", models.BooleanField()),
                    ("sales_price", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("purchase_price", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="LinkedTransaction",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("status", models.TextField()),
                    ("kind", models.TextField()),
                    ("source_kind", models.TextField()),
                    ("source_transaction_id", models.TextField(db_collation="C")),
                    ("source_line_item_id", models.TextField(db_collation="C")),
                    ("target_transaction_id", models.TextField(db_collation="C")),
                    ("target_line_item_id", models.TextField(db_collation="C")),
                    ("contact_id", models.TextField(db_collation="C")),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="ManualJournal",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("status", models.TextField()),
                    ("date", models.DateField()),
                    ("narration", models.TextField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Notice",
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
                    ("stream", models.CharField(max_length=40)),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("said_at", models.DateTimeField()),
                    ("heard", models.PositiveIntegerField(default=1)),
                    ("heard_at", models.DateTimeField()),
                    ("replayed_at", models.DateTimeField(null=True)),
                    ("attempts", models.PositiveIntegerField(default=0)),
                    ("next_try_at", models.DateTimeField()),
                    ("problem", models.TextField(blank=True)),
                    ("settled_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("settled_at", None)),
                            fields=["organisation", "next_try_at"],
                            name="notice_waiting",
                        ),
                        models.Index(fields=["organisation", "-heard_at", "-id"], name="notice_latest"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "stream", "xero_id"), name="notice_once_per_record"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="OrganisationProfile",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("name", models.TextField()),
                    ("legal_name", models.TextField()),
                    ("short_code", models.TextField()),
                    ("base_currency", models.TextField()),
                    ("country_code", models.TextField()),
                    ("timezone", models.TextField()),
                    ("version", models.TextField()),
                    ("plan", models.TextField()),
                    ("is_demo_company", models.BooleanField()),
                    ("period_lock_date", models.DateField(null=True)),
                    ("end_of_year_lock_date", models.DateField(null=True)),
                    ("financial_year_end_day", models.SmallIntegerField(null=True)),
                    ("financial_year_end_month", models.SmallIntegerField(null=True)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="OutboxRules",
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
                    ("asks_approval", models.BooleanField(default=True)),
                    ("raises_approved", models.BooleanField(default=False)),
                    ("chosen_by", models.CharField(blank=True, max_length=255)),
                    ("chosen_at", models.DateTimeField(null=True)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Overpayment",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("contact_name", models.TextField()),
                    ("date", models.DateField(null=True)),
                    ("reference", models.TextField()),
                    ("currency", models.TextField()),
                    ("currency_rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    ("line_amount_types", models.TextField()),
                    ("sub_total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total_tax", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("has_attachments", models.BooleanField()),
                    ("kind", models.TextField()),
                    ("status", models.TextField()),
                    ("remaining_credit", models.DecimalField(decimal_places=4, max_digits=19)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Payment",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("kind", models.TextField()),
                    ("status", models.TextField()),
                    ("date", models.DateField()),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("bank_amount", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("currency_rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    ("reference", models.TextField()),
                    ("is_reconciled", models.BooleanField()),
                    ("batch_payment_id", models.TextField(db_collation="C")),
                    ("invoice_id", models.TextField(db_collation="C")),
                    ("credit_note_id", models.TextField(db_collation="C")),
                    ("prepayment_id", models.TextField(db_collation="C")),
                    ("overpayment_id", models.TextField(db_collation="C")),
                    ("account_id", models.TextField(db_collation="C")),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "invoice_id"], name="payment_of_invoice"),
                        models.Index(
                            fields=["organisation", "-date", "xero_id"],
                            include=("workspace", "gone_at"),
                            name="payment_newest",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Posting",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("stream", models.CharField(max_length=40)),
                    ("document_id", models.TextField(db_collation="C")),
                    (
                        "basis",
                        models.CharField(choices=[("accrual", "Accrual"), ("cash", "Cash")], max_length=7),
                    ),
                    ("day", models.DateField()),
                    ("account", models.TextField(db_collation="C")),
                    ("contact_id", models.TextField(db_collation="C")),
                    (
                        "options",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.TextField(db_collation="C"), size=None
                        ),
                    ),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("foreign_lines", models.PositiveSmallIntegerField()),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "basis", "day"],
                            include=("workspace", "account", "amount", "stream", "foreign_lines"),
                            name="posting_by_day",
                        ),
                        models.Index(fields=["organisation", "document_id"], name="posting_of_document"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Prepayment",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("contact_name", models.TextField()),
                    ("date", models.DateField(null=True)),
                    ("reference", models.TextField()),
                    ("currency", models.TextField()),
                    ("currency_rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    ("line_amount_types", models.TextField()),
                    ("sub_total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total_tax", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("has_attachments", models.BooleanField()),
                    ("kind", models.TextField()),
                    ("status", models.TextField()),
                    ("remaining_credit", models.DecimalField(decimal_places=4, max_digits=19)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="RepeatingInvoice",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("kind", models.TextField()),
                    ("status", models.TextField()),
                    ("contact_id", models.TextField(db_collation="C")),
                    ("contact_name", models.TextField()),
                    ("reference", models.TextField()),
                    ("currency", models.TextField()),
                    ("total", models.DecimalField(decimal_places=4, max_digits=19)),
                    ("period", models.IntegerField()),
                    ("unit", models.TextField()),
                    ("next_scheduled_date", models.DateField(null=True)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Report",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("name", models.TextField()),
                    ("report_date", models.TextField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="ReportedMonth",
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
                        "basis",
                        models.CharField(choices=[("accrual", "Accrual"), ("cash", "Cash")], max_length=7),
                    ),
                    ("month", models.DateField()),
                    ("asked_at", models.DateTimeField()),
                    ("asked_by", models.TextField(blank=True)),
                    ("lines", models.JSONField()),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "basis", "month"), name="reported_month_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Run",
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
                                ("full", "Full copy"),
                                ("delta", "Changes"),
                                ("sweep", "Daily check"),
                                ("webhook", "News from Xero"),
                                ("again", "Single records"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("reason", models.CharField(max_length=40)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("running", "Syncing"),
                                ("parked", "Waiting"),
                                ("succeeded", "Up to date"),
                                ("partial", "Finished with problems"),
                                ("failed", "Failed"),
                            ],
                            default="running",
                            max_length=10,
                        ),
                    ),
                    ("started_at", models.DateTimeField()),
                    ("finished_at", models.DateTimeField(null=True)),
                    ("resumes", models.PositiveIntegerField(default=0)),
                    ("parked_until", models.DateTimeField(null=True)),
                    ("sentence", models.TextField(blank=True)),
                    ("next_step", models.TextField(blank=True)),
                    ("needs_person", models.BooleanField(default=False)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "-started_at"], name="run_latest"),
                        models.Index(
                            fields=["organisation", "kind", "-started_at"], name="run_latest_of_kind"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["running", "parked"])),
                            fields=("organisation",),
                            name="run_one_unfinished_per_organisation",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="TaxRate",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("name", models.TextField()),
                    ("status", models.TextField()),
                    ("effective_rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                    ("display_rate", models.DecimalField(decimal_places=10, max_digits=24, null=True)),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="TrackingCategory",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("name", models.TextField()),
                    ("status", models.TextField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Unposted",
                fields=[
                    (
                        "id",
                        models.BigAutoField(
                            auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("stream", models.CharField(max_length=40)),
                    ("document_id", models.TextField(db_collation="C")),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "stream", "document_id"),
                            name="unposted_once_per_document",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Usage",
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
                    ("day", models.DateField()),
                    ("stream", models.CharField(max_length=40)),
                    ("reason", models.CharField(max_length=40)),
                    ("calls", models.PositiveIntegerField(default=0)),
                    ("writes", models.PositiveIntegerField(default=0)),
                    ("bytes_received", models.PositiveBigIntegerField(default=0)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "day", "stream", "reason"), name="usage_once_per_day"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="XeroUser",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "organisation_id",
                            "xero_id",
                            blank=True,
                            editable=False,
                            primary_key=True,
                            serialize=False,
                        ),
                    ),
                    (
                        "organisation",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.organisation",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="mirror.workspace",
                        ),
                    ),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("updated_at", models.DateTimeField(null=True)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField()),
                    ("digest", models.BinaryField()),
                    ("first_seen_at", models.DateTimeField()),
                    ("changed_here_at", models.DateTimeField()),
                    ("gone_at", models.DateTimeField(null=True)),
                    ("email", models.TextField()),
                    ("first_name", models.TextField()),
                    ("last_name", models.TextField()),
                    ("role", models.TextField()),
                    ("is_subscriber", models.BooleanField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Change",
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
                    ("stream", models.CharField(max_length=40)),
                    ("xero_id", models.TextField()),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("created", "New"),
                                ("changed", "Changed"),
                                ("gone", "No longer in Xero"),
                                ("returned", "Back in Xero"),
                            ],
                            max_length=10,
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    (
                        "run",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.run",
                        ),
                    ),
                    ("why", models.CharField(max_length=60)),
                    ("before", models.JSONField()),
                    ("after", models.JSONField()),
                ],
                options={
                    "indexes": [
                        models.Index(
                            fields=["organisation", "stream", "xero_id", "at"], name="change_of_record"
                        ),
                        models.Index(fields=["organisation", "-at"], name="change_latest"),
                        models.Index(
                            fields=["organisation", "stream", "-at"], name="change_latest_of_stream"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Operation",
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
                    ("kind", models.CharField(max_length=40)),
                    ("intent_key", models.CharField(max_length=200)),
                    ("reference", models.CharField(max_length=20)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("draft", "Draft"),
                                ("waiting", "Waiting for approval"),
                                ("queued", "Queued"),
                                ("sending", "Sending"),
                                ("unknown", "Unknown"),
                                ("done", "Done"),
                                ("refused", "Refused"),
                                ("held", "Do not send"),
                            ],
                            default="draft",
                            max_length=10,
                        ),
                    ),
                    ("state_since", models.DateTimeField()),
                    ("wish", counterfoil.mirror.rawjson.RawJSONField()),
                    ("payload", counterfoil.mirror.rawjson.RawJSONField()),
                    ("contact_id", models.TextField(blank=True, db_collation="C")),
                    ("amount", models.DecimalField(decimal_places=4, max_digits=19, null=True)),
                    ("currency", models.CharField(blank=True, max_length=3)),
                    ("xero_id", models.TextField(blank=True, db_collation="C")),
                    ("sentence", models.TextField(blank=True)),
                    ("next_step", models.TextField(blank=True)),
                    ("xero_words", models.JSONField(default=list)),
                    ("error_key", models.CharField(blank=True, max_length=120)),
                    (
                        "waits_for",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="followers",
                            to="mirror.operation",
                        ),
                    ),
                    (
                        "attempt",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.RESTRICT,
                            related_name="operations",
                            to="mirror.attempt",
                        ),
                    ),
                    ("place", models.PositiveSmallIntegerField(default=0)),
                    ("next_try_at", models.DateTimeField(null=True)),
                    ("looks", models.PositiveSmallIntegerField(default=0)),
                    ("cause_kind", models.CharField(max_length=40)),
                    ("cause_id", models.CharField(blank=True, max_length=64)),
                    ("asked_by", models.CharField(blank=True, max_length=255)),
                    ("asked_at", models.DateTimeField()),
                    ("approved_by", models.CharField(blank=True, max_length=255)),
                    ("approved_at", models.DateTimeField(null=True)),
                    ("held_by", models.CharField(blank=True, max_length=255)),
                    ("done_at", models.DateTimeField(null=True)),
                    ("answer_stamp", models.DateTimeField(null=True)),
                    ("echoed_at", models.DateTimeField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "state", "id"], name="operation_by_state"),
                        models.Index(fields=["workspace", "-id"], name="operation_latest"),
                        models.Index(fields=["cause_kind", "cause_id"], name="operation_of_cause"),
                        models.Index(fields=["organisation", "xero_id"], name="operation_of_record"),
                        models.Index(
                            fields=["organisation", "contact_id", "-id"], name="operation_of_contact"
                        ),
                        models.Index(
                            condition=models.Q(("state", "refused")),
                            fields=["organisation", "error_key"],
                            name="operation_by_error",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state", "held"), _negated=True),
                            fields=("organisation", "intent_key"),
                            name="operation_once_per_intent",
                        ),
                        models.UniqueConstraint(
                            fields=("organisation", "reference"), name="operation_reference_once"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                (
                                    "state__in",
                                    [
                                        "draft",
                                        "waiting",
                                        "queued",
                                        "sending",
                                        "unknown",
                                        "done",
                                        "refused",
                                        "held",
                                    ],
                                )
                            ),
                            name="operation_known_state",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state__in", ["sending", "unknown"]), _negated=True),
                                ("attempt__isnull", False),
                                _connector="OR",
                            ),
                            name="operation_in_doubt_has_attempt",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("state__in", ["done", "queued", "sending", "unknown"]), _negated=True
                                ),
                                ("approved_at__isnull", False),
                                _connector="OR",
                            ),
                            name="operation_approved_before_sent",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "held"), _negated=True),
                                models.Q(("sentence", ""), _negated=True),
                                _connector="OR",
                            ),
                            name="operation_held_says_why",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("state", "done"), _negated=True),
                                ("done_at__isnull", False),
                                _connector="OR",
                            ),
                            name="operation_done_says_when",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Quarantined",
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
                    ("stream", models.CharField(max_length=40)),
                    ("xero_id", models.TextField(blank=True)),
                    ("digest", models.BinaryField()),
                    ("raw", models.TextField()),
                    ("problem", models.TextField()),
                    (
                        "run",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.run",
                        ),
                    ),
                    ("seen_at", models.DateTimeField()),
                    ("settled_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("organisation", "stream", "digest"), name="quarantined_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Resync",
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
                    ("streams", models.JSONField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("waiting", "Waiting"),
                                ("reading", "Reading"),
                                ("ready", "Ready"),
                                ("applying", "Applying"),
                                ("applied", "Applied"),
                                ("dropped", "Not applied"),
                                ("failed", "Failed"),
                            ],
                            default="waiting",
                            max_length=10,
                        ),
                    ),
                    ("asked_by", models.CharField(blank=True, max_length=255)),
                    ("asked_at", models.DateTimeField()),
                    ("read_from", models.DateTimeField(null=True)),
                    ("read_at", models.DateTimeField(null=True)),
                    ("applied_by", models.CharField(blank=True, max_length=255)),
                    ("finished_at", models.DateTimeField(null=True)),
                    ("part", models.CharField(blank=True, max_length=60)),
                    ("pages_done", models.PositiveIntegerField(default=0)),
                    ("pages_total", models.PositiveIntegerField(default=0)),
                    ("calls", models.PositiveIntegerField(default=0)),
                    ("bytes_received", models.PositiveBigIntegerField(default=0)),
                    ("plan", models.JSONField(null=True)),
                    (
                        "run",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.run",
                        ),
                    ),
                    ("sentence", models.TextField(blank=True)),
                    ("next_step", models.TextField(blank=True)),
                ],
                options={
                    "indexes": [models.Index(fields=["organisation", "-asked_at"], name="resync_latest")],
                },
            ),
            migrations.CreateModel(
                name="StreamRun",
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
                        "run",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="streams",
                            to="mirror.run",
                        ),
                    ),
                    ("stream", models.CharField(max_length=40)),
                    ("place", models.PositiveSmallIntegerField()),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("waiting", "Waiting"),
                                ("reading", "Reading"),
                                ("done", "Done"),
                                ("unavailable", "Not in this organisation"),
                                ("failed", "Failed"),
                            ],
                            default="waiting",
                            max_length=12,
                        ),
                    ),
                    ("walk_started_at", models.DateTimeField(null=True)),
                    ("pages_total", models.PositiveIntegerField(null=True)),
                    ("pages_done", models.PositiveIntegerField(default=0)),
                    ("position", models.PositiveIntegerField(null=True)),
                    ("rows_read", models.PositiveIntegerField(default=0)),
                    ("rows_new", models.PositiveIntegerField(default=0)),
                    ("rows_changed", models.PositiveIntegerField(default=0)),
                    ("rows_gone", models.PositiveIntegerField(default=0)),
                    ("rows_quarantined", models.PositiveIntegerField(default=0)),
                    ("calls", models.PositiveIntegerField(default=0)),
                    ("bytes_received", models.PositiveBigIntegerField(default=0)),
                    ("started_at", models.DateTimeField(null=True)),
                    ("finished_at", models.DateTimeField(null=True)),
                    ("error", models.TextField(blank=True)),
                    ("next_step", models.TextField(blank=True)),
                    ("fault", models.TextField(blank=True)),
                    ("correlation_id", models.CharField(blank=True, max_length=64)),
                ],
                options={
                    "ordering": ["place"],
                    "constraints": [
                        models.UniqueConstraint(fields=("run", "stream"), name="stream_once_per_run")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Verification",
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
                        "state",
                        models.CharField(
                            choices=[
                                ("waiting", "Waiting"),
                                ("running", "Comparing"),
                                ("done", "Compared"),
                                ("failed", "Not compared"),
                            ],
                            default="waiting",
                            max_length=10,
                        ),
                    ),
                    ("reason", models.CharField(max_length=40)),
                    ("asked_by", models.CharField(blank=True, max_length=255)),
                    (
                        "run",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.SET_NULL,
                            related_name="+",
                            to="mirror.run",
                        ),
                    ),
                    ("asked_at", models.DateTimeField()),
                    ("started_at", models.DateTimeField(null=True)),
                    ("finished_at", models.DateTimeField(null=True)),
                    ("part", models.CharField(blank=True, max_length=60)),
                    ("parts_done", models.PositiveSmallIntegerField(default=0)),
                    ("parts_total", models.PositiveSmallIntegerField(default=0)),
                    ("calls", models.PositiveIntegerField(default=0)),
                    (
                        "verdict",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("equal", "Equal"),
                                ("explained", "Explained"),
                                ("unexplained", "Unexplained"),
                            ],
                            max_length=12,
                        ),
                    ),
                    ("figures", models.JSONField(null=True)),
                    ("sentence", models.TextField(blank=True)),
                    ("next_step", models.TextField(blank=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["organisation", "-asked_at"], name="verification_latest")
                    ],
                },
            ),
            migrations.CreateModel(
                name="OperationEvent",
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
                        "operation",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="events",
                            to="mirror.operation",
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("before", models.CharField(blank=True, max_length=10)),
                    ("after", models.CharField(max_length=10)),
                    ("who", models.CharField(blank=True, max_length=255)),
                    ("sentence", models.TextField(blank=True)),
                    (
                        "attempt",
                        models.ForeignKey(
                            null=True,
                            on_delete=django.db.models.deletion.RESTRICT,
                            related_name="+",
                            to="mirror.attempt",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["operation", "id"], name="operation_event_order")],
                },
            ),
            migrations.CreateModel(
                name="OperationFile",
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
                        "operation",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="file",
                            to="mirror.operation",
                        ),
                    ),
                    ("content", models.BinaryField()),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="ResyncRecord",
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
                        "resync",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="records",
                            to="mirror.resync",
                        ),
                    ),
                    ("stream", models.CharField(max_length=40)),
                    ("xero_id", models.TextField(db_collation="C")),
                    ("fate", models.CharField(max_length=10)),
                    ("raw", counterfoil.mirror.rawjson.RawJSONField(null=True)),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("resync", "stream", "xero_id"), name="resync_record_once"
                        )
                    ],
                },
            ),
        ),
    ]
