"""Keep which app signed a delivery, which of them are tests, and what was replayed by hand."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """What was delivered before counts as signed by nobody, and is read by deltas all the same."""

    dependencies = [("mirror", "0005_keep_verifications")]

    operations = [
        migrations.AddField(
            "delivery", "client_id", models.CharField(default="", max_length=64), preserve_default=False
        ),
        migrations.AddField("delivery", "firm_id", models.BigIntegerField(null=True)),
        migrations.AddField("delivery", "is_test", models.BooleanField(default=False)),
        migrations.AddField("notice", "replayed_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "delivery", models.Index(fields=["client_id", "received_at"], name="delivery_of_app")
        ),
        migrations.AddIndex(
            "delivery",
            models.Index(
                fields=["client_id", "received_at"],
                condition=models.Q(event_count=0),
                name="delivery_of_nothing",
            ),
        ),
        migrations.AddIndex(
            "notice", models.Index(fields=["organisation", "-heard_at", "-id"], name="notice_latest")
        ),
    ]
