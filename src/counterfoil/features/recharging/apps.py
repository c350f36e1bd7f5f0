"""Registers the recharging feature with Django."""

from importlib import import_module

from django.apps import AppConfig


class RechargingConfig(AppConfig):
    """What clients pay back of what the firm paid."""

    name = "counterfoil.features.recharging"
    label = "recharging"

    def ready(self) -> None:
        """Listen to what happens below."""
        import_module("counterfoil.features.recharging.receivers")
        import_module("counterfoil.features.recharging.bill_receivers")
