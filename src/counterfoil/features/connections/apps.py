"""Registers the connections feature with Django."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """Connecting and syncing organisations."""

    name = "counterfoil.features.connections"
    label = "connections"
