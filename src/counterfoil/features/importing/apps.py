"""Registers the importing feature with Django."""

from django.apps import AppConfig


class ImportingConfig(AppConfig):
    """Clients, people and deals from files."""

    name = "counterfoil.features.importing"
    label = "importing"
