"""Find, count and sort what the lists show without reading the records themselves."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mirror", "0013_find_changes_of_stream"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="banktransaction",
            index=models.Index(fields=["organisation", "-date", "xero_id"], name="bank_transaction_newest"),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["organisation", "-date", "xero_id"], name="credit_note_newest"),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["organisation", "contact_id"], name="credit_note_of_contact"),
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
            model_name="payment",
            index=models.Index(
                fields=["organisation", "-date", "xero_id"],
                include=("workspace", "gone_at"),
                name="payment_newest",
            ),
        ),
    ]
