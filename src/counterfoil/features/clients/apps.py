"""Registers the clients feature with Django."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    """Clients and their links to Xero."""

    name = "counterfoil.features.clients"
    label = "clients"
