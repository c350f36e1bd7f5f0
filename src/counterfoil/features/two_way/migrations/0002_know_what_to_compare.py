"""Know which agreements our own edits made stale."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """A mark beside what was agreed."""

    dependencies = [
        ("two_way", "0001_keep_what_was_agreed"),
    ]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="is_stale",
            field=models.BooleanField(default=False),
        ),
    ]
