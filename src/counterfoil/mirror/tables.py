"""Makes and changes the tables of an app in one step of a migration."""

from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AtOnce(Operation):
    """
    Do several operations on tables at once.

    Django draws every related model anew for each model, column and constraint that is added, and nearly
    all of ours are related: some twenty seconds for each new database. Here they are drawn once, when all
    is known. Each operation sees the tables as they were before all of them, and as they are after all:
    what is created and then changed again takes two steps.
    """

    def __init__(self, *operations: Operation) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return how to write this operation down."""
        return type(self).__qualname__, list(self.operations), {}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change all models, before any is drawn."""
        state.__dict__.pop("apps", None)
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Change the tables, each after those that it refers to."""
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Change the tables back again, the last first."""
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Say what is done."""
        return "At once: " + "; ".join(operation.describe() for operation in self.operations)
