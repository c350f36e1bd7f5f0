"""Registers people and memberships with Django."""

from django.apps import AppConfig


class WorkspacesConfig(AppConfig):
    """Firms and their people."""

    name = "counterfoil.features.workspaces"
    label = "workspaces"
