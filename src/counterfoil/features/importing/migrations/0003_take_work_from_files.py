"""Take hours, units and expenses from files too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Three kinds of files more."""

    dependencies = [("importing", "0002_say_the_currency_of_amounts")]

    operations = [
        migrations.AlterField(
            model_name="upload",
            name="kind",
            field=models.CharField(
                choices=[
                    ("clients", "clients"),
                    ("people", "people"),
                    ("deals", "deals"),
                    ("time", "hours"),
                    ("units", "units"),
                    ("expenses", "expenses"),
                ],
                max_length=10,
            ),
        )
    ]
