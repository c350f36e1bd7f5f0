"""Registers the recharging feature with Django."""

from django.apps import AppConfig


class RechargingConfig(AppConfig):
    """What clients pay back of what the firm paid."""

    name = "counterfoil.features.recharging"
    label = "recharging"
