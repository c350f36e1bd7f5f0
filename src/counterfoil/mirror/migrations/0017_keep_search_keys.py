"""Keep the keys by which contacts and documents are found, and the indexes over them."""

from django.db import migrations, models

from counterfoil.mirror.models.searchable import BitField


class Migration(migrations.Migration):
    """Columns that the database computes."""

    dependencies = [
        ("mirror", "0016_make_search_keys"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="contact",
            name="contact_by_name",
        ),
        migrations.RemoveIndex(
            model_name="invoice",
            name="invoice_at_a_glance",
        ),
        migrations.AddField(
            model_name="contact",
            name="name_grams",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("name"), function="counterfoil_grams"),
                output_field=BitField(),
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="search_key",
            field=models.GeneratedField(
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
        migrations.AddField(
            model_name="creditnote",
            name="number_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("number"), function="counterfoil_key"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="creditnote",
            name="number_tail",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("number"), function="counterfoil_tail"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="creditnote",
            name="reference_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("reference"), function="counterfoil_key"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="creditnote",
            name="reference_tail",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("reference"), function="counterfoil_tail"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="creditnote",
            name="total_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("total"), function="counterfoil_units"),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="number_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("number"), function="counterfoil_key"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="number_tail",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("number"), function="counterfoil_tail"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="reference_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("reference"), function="counterfoil_key"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="reference_tail",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("reference"), function="counterfoil_tail"),
                output_field=models.TextField(db_collation="C"),
            ),
        ),
        migrations.AddField(
            model_name="invoice",
            name="total_key",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("total"), function="counterfoil_units"),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
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
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["organisation", "number_key"], name="credit_note_number_key"),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["organisation", "number_tail"], name="credit_note_number_tail"),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["organisation", "reference_key"], name="credit_note_reference_key"),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["organisation", "reference_tail"], name="credit_note_reference_tail"),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["organisation", "total_key"], name="credit_note_total_key"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
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
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organisation", "number_key"], name="invoice_number_key"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organisation", "number_tail"], name="invoice_number_tail"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organisation", "reference_key"], name="invoice_reference_key"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organisation", "reference_tail"], name="invoice_reference_tail"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["organisation", "total_key"], name="invoice_total_key"),
        ),
    ]
