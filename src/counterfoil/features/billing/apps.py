"""Registers the billing feature with Django."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """Agreements, time and units, and the runs that bill them."""

    name = "counterfoil.features.billing"
    label = "billing"
