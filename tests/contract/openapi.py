"""
Checks answers of the stand-in against Xero's published OpenAPI file, stricter than the file asks.

A member that the file does not know is an error too, so that a misspelt one cannot hide; what Xero
sends all the same stands in `KNOWN_GAPS`.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

SPEC = Path(__file__).resolve().parents[3] / "shared" / "xero" / "openapi" / "xero_accounting.yaml"
BASE = "/api.xro/2.0"
MISSING = f"Xero's OpenAPI file is not at ../shared/xero/openapi (looked for {SPEC.name})"

ENVELOPE = frozenset({"Id", "Status", "ProviderName", "DateTimeUTC"})
KNOWN_GAPS: dict[str, frozenset[str]] = {
    # Members of Xero's own sample answers that the file leaves out.
    "Invoice": frozenset({"DateString", "DueDateString", "IsDiscounted", "InvoicePaymentServices"}),
    "CreditNote": frozenset({"ID", "DateString", "DueDateString"}),
    "Prepayment": frozenset({"ID", "DateString", "HasErrors", "FullyPaidOnDate"}),
    "Overpayment": frozenset({"ID", "DateString", "HasErrors", "FullyPaidOnDate"}),
    "BankTransaction": frozenset({"DateString"}),
    "HistoryRecord": frozenset({"DateUTCString"}),
    "ContactGroup": frozenset({"HasValidationErrors"}),
    "TrackingOption": frozenset({"HasValidationErrors", "IsDeleted", "IsArchived", "IsActive"}),
}
# Texts that are too long come back with the element that is refused for them.
_IGNORED = frozenset({"example", "description", "maxLength"})
# The file describes no body for these, or describes another one than Xero gives.
UNDESCRIBED_STATUSES = frozenset({401, 403, 404, 405, 412, 413, 429, 500, 501, 503})


class SpecViolated(AssertionError):
    """An answer does not have the shape that Xero publishes."""

    def __init__(self, method: str, path: str, status: int, faults: list[str]) -> None:
        shown = "\n  ".join(faults[:12])
        super().__init__(f"{method} {path} answered {status} in another shape:\n  {shown}")


def is_here() -> bool:
    """Return whether the file is beside the repository."""
    return SPEC.exists()


def check_answer(method: str, path: str, status: int, media_type: str, body: bytes) -> bool:
    """Return whether the file describes this answer; raise SpecViolated where the answer differs."""
    if not path.startswith(BASE) or "json" not in media_type or status in UNDESCRIBED_STATUSES:
        return False
    validator = _find_validator(method.lower(), path.removeprefix(BASE).split("?")[0].rstrip("/"), status)
    if validator is None:
        return False
    faults = [
        f"{'/'.join(str(part) for part in error.instance_path)}: {error.message[:200]}"
        for error in validator.iter_errors(json.loads(body))
    ]
    if faults:
        raise SpecViolated(method, path, status, faults)
    return True


def list_operations() -> list[tuple[str, str]]:
    """Return every (method, path) of the file."""
    return [
        (method, path)
        for path, operations in _load()["paths"].items()
        for method in operations
        if method in {"get", "put", "post", "delete"}
    ]


def _find_validator(method: str, path: str, status: int) -> Any:
    for template, pattern in _templates():
        if pattern.fullmatch(path):
            operation = _load()["paths"][template].get(method)
            return _compile(template, method, status) if operation else None
    return None


@cache
def _templates() -> list[tuple[str, re.Pattern[str]]]:
    """Return path templates, literal ones first, as case-tolerant patterns."""
    ordered = sorted(_load()["paths"], key=lambda path: (path.count("{"), path))
    return [(path, re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path), re.IGNORECASE)) for path in ordered]


@cache
def _compile(template: str, method: str, status: int) -> Any:
    responses = _load()["paths"][template][method]["responses"]
    response = responses.get(str(status))
    if response is None:
        return None
    if "$ref" in response:
        response = _load()["components"]["responses"][response["$ref"].rsplit("/", 1)[-1]]
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    if schema is None:
        return None
    root = dict(_components()[schema["$ref"].rsplit("/", 1)[-1]])
    root["properties"] = root.get("properties", {}) | {key: {"type": "string"} for key in ENVELOPE}
    return jsonschema_rs.Draft7Validator(
        root | {"components": {"schemas": _components()}}, validate_formats=True
    )


@cache
def _load() -> Any:
    with SPEC.open() as file:
        return yaml.load(file, Loader=yaml.CSafeLoader)


@cache
def _components() -> dict[str, Any]:
    return {name: _harden(schema, name) for name, schema in _load()["components"]["schemas"].items()}


def _harden(schema: Any, name: str = "") -> Any:
    """Return the schema with dates in Xero's form and no room for unknown members."""
    if isinstance(schema, list):
        return [_harden(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _harden(value) for key, value in schema.items() if key not in _IGNORED}
    if schema.get("x-is-msdate") or schema.get("x-is-msdate-time"):
        made["pattern"] = r"^/Date\(-?\d+(\+0000)?\)/$"
    if "properties" in schema and isinstance(schema["properties"], dict) and "allOf" not in schema:
        made["properties"] |= {key: {} for key in KNOWN_GAPS.get(name, frozenset())}
        made["additionalProperties"] = name == "Element"
        if "ValidationErrors" in made["properties"]:
            # An element that is refused lacks whatever was not sent.
            made.pop("required", None)
    return made
