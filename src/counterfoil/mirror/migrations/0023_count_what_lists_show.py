"""Count and sum what the lists show from indexes that hold no more than that."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Four indexes."""

    dependencies = [
        ("mirror", "0022_draw_up_postings"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("merged_to_id", ""), _negated=True),
                fields=["organisation", "xero_id"],
                name="contact_merged",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("gone_at", None)),
                fields=["organisation", "kind", "currency", "status"],
                include=("workspace", "due_date", "amount_due", "total", "date", "number", "xero_id"),
                name="invoice_tally",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("amount_due__gt", 0), ("gone_at", None), ("status", "AUTHORISED")),
                fields=["organisation", "kind", "contact_id", "currency"],
                include=("workspace", "amount_due", "due_date", "xero_id"),
                name="invoice_owed",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("gone_at", None), models.Q(("status", "DELETED"), _negated=True)),
                fields=["organisation", "contact_id", "kind", "workspace"],
                name="invoice_documents_of",
            ),
        ),
    ]
