"""Find the bank transactions and credit notes that changed last without reading the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Two indexes."""

    dependencies = [
        ("mirror", "0020_know_the_groups_of_a_contact"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="banktransaction",
            index=models.Index(
                fields=["organisation", "changed_here_at"], name="bank_transaction_latest_change"
            ),
        ),
        migrations.AddIndex(
            model_name="creditnote",
            index=models.Index(fields=["organisation", "changed_here_at"], name="credit_note_latest_change"),
        ),
    ]
