"""Keep about which rate a recharge asked last, so that it asks about each once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("recharging", "0004_say_for_which_currency_a_rate_is"),
    ]

    operations = [
        migrations.AddField(
            model_name="recharge",
            name="rate_asked",
            field=models.DecimalField(decimal_places=10, max_digits=24, null=True),
        ),
    ]
