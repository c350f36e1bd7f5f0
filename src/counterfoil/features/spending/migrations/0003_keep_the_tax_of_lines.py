"""Keep the tax of each line, for what is passed on with its tax."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("spending", "0002_isolate_workspaces"),
    ]

    operations = [
        migrations.AddField(
            model_name="line",
            name="tax",
            field=models.DecimalField(decimal_places=4, default=0, max_digits=19),
        ),
    ]
