"""Let a person say in which currency the amounts of a file are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column more."""

    dependencies = [("importing", "0001_take_clients_from_files")]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="currency",
            field=models.CharField(blank=True, max_length=3),
            preserve_default=True,
        )
    ]
