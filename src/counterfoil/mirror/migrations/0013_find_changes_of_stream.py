"""Find the latest changes of one kind of record, for the list of changes and for the past."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One more index on the change log."""

    dependencies = [
        ("mirror", "0012_keep_resyncs"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="change",
            index=models.Index(fields=["organisation", "stream", "-at"], name="change_latest_of_stream"),
        ),
    ]
