"""A column for a record exactly as Xero sent it: PostgreSQL's `json` keeps the text, spaces and all."""

from typing import Any

from django.db import models


class RawJSONField(models.TextField):  # type: ignore[type-arg]  # generic only in the stubs
    """JSON text kept byte for byte. Reading gives the text; decode it where the shape is known."""

    def db_type(self, connection: object) -> str:
        """Use `json`, not `jsonb`: `jsonb` reorders members and rewrites numbers."""
        return "json"

    def select_format(self, _compiler: object, sql: str, params: Any) -> tuple[str, Any]:
        """Ask for the text, which the driver would otherwise decode into floats."""
        return f"{sql}::text", params
