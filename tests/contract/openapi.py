"""
Xero's published OpenAPI files, read more strictly than they ask.

A member that a file does not know is an error too, so that a misspelt one cannot hide; what Xero
sends or takes all the same stands in the tables of gaps, each with its reason.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "xero" / "openapi"
MISSING = "Xero's OpenAPI files are not at ../shared/xero/openapi: nothing is checked against them"
# Where each file's paths begin.
FILES = {"/api.xro/2.0": "xero_accounting.yaml", "": "xero-identity.yaml"}

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
# The file announces moments with a zone; its own sample, and Xero (FACTS 1.6), give seven decimals and none.
KNOWN_FORMATS = {"Connection": {"date-time": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$"}}
# Texts that are too long come back with the element that is refused for them.
_IGNORED = frozenset({"example", "description"})
# Draft 7, by which the file is read, does not know the format `uuid`.
_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_MSDATE = r"^/Date\(-?\d+(\+0000)?\)/$"
# How a caller may write a day or a moment (FACTS 5.1).
_GIVEN_DATE = r"^(/Date\(-?\d+([+-]\d{4})?\)/|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?)?)$"


@dataclass(frozen=True)
class Operation:
    """One method of one path of a file."""

    base: str
    template: str
    method: str

    @property
    def name(self) -> str:
        """How reports call it."""
        return f"{self.method.upper()} {self.base}{self.template}"

    @property
    def content(self) -> Any:
        """The file's own words on it."""
        return _load(self.base)["paths"][self.template][self.method]

    def list_parameters(self, place: str) -> dict[str, Any]:
        """Return the parameters in the query, the path or the headers, by name."""
        shared = _load(self.base)["paths"][self.template].get("parameters", [])
        every = [self._resolve(item) for item in [*shared, *self.content.get("parameters", [])]]
        return {item["name"]: item for item in every if item["in"] == place}

    def read_path(self, path: str) -> dict[str, str]:
        """Return the values that a path has for the template's names."""
        names = re.findall(r"\{([^}]+)\}", self.template)
        match = _pattern(self.template).fullmatch(path)
        return dict(zip(names, match.groups(), strict=True)) if match else {}

    def _resolve(self, item: Any) -> Any:
        while "$ref" in item:
            _, _, kind, name = item["$ref"].split("/")
            item = _load(self.base)["components"][kind][name]
        return item


def is_here() -> bool:
    """Return whether the files are beside the repository."""
    return FOLDER.exists()


def find_operation(method: str, path: str) -> Operation | None:
    """Return the operation that an address means, or None where no file knows it."""
    base = next(base for base in FILES if path.startswith(base))
    below = path.removeprefix(base).rstrip("/")
    for template in _templates(base):
        if _pattern(template).fullmatch(below) and method.lower() in _load(base)["paths"][template]:
            return Operation(base, template, method.lower())
    return None


@cache
def compile_answer(operation: Operation, status: int) -> Any:
    """Return what checks an answer's body, or None where the file describes no body."""
    response = operation.content["responses"].get(str(status))
    if response is None:
        return None
    schema = _json_schema(operation._resolve(response))
    if schema is None:
        return None
    if "$ref" not in schema:
        root = _harden(schema, _MSDATE)
    else:
        root = dict(_components(operation.base, _MSDATE)[schema["$ref"].rsplit("/", 1)[-1]])
        root["properties"] = root.get("properties", {}) | {key: {"type": "string"} for key in ENVELOPE}
    return _compile(root, operation.base, _MSDATE)


def compile_parameter(item: Any) -> Any:
    """Return what checks the value of a parameter."""
    return jsonschema_rs.Draft7Validator(_harden(item["schema"], _GIVEN_DATE), validate_formats=True)


@cache
def compile_request(operation: Operation) -> Any:
    """Return what checks a request's body, or None where the file describes none."""
    schema = _json_schema(operation._resolve(operation.content.get("requestBody", {})))
    return schema and _compile(_harden(schema, _GIVEN_DATE), operation.base, _GIVEN_DATE)


def _compile(root: Any, base: str, date: str) -> Any:
    return jsonschema_rs.Draft7Validator(
        root | {"components": {"schemas": _components(base, date)}}, validate_formats=True
    )


def _json_schema(described: Any) -> Any:
    return described.get("content", {}).get("application/json", {}).get("schema")


@cache
def _templates(base: str) -> list[str]:
    """Return path templates, literal ones first."""
    return sorted(_load(base)["paths"], key=lambda path: (path.count("{"), path))


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "([^/]+)", template), re.IGNORECASE)


@cache
def _load(base: str) -> Any:
    with (FOLDER / FILES[base]).open() as file:
        return yaml.load(file, Loader=yaml.CSafeLoader)


@cache
def _components(base: str, date: str) -> dict[str, Any]:
    schemas = _load(base)["components"]["schemas"]
    return {name: _harden(schema, date, name) for name, schema in schemas.items()}


def _harden(schema: Any, date: str, name: str = "") -> Any:
    """Return the schema with dates in Xero's form and no room for unknown members."""
    if isinstance(schema, list):
        return [_harden(item, date) for item in schema]
    if not isinstance(schema, dict):
        return schema
    ignored = _IGNORED | {"maxLength"} if date == _MSDATE else _IGNORED
    made = {key: _harden(value, date) for key, value in schema.items() if key not in ignored}
    if schema.get("x-is-msdate") or schema.get("x-is-msdate-time"):
        made["pattern"] = date
    if schema.get("format") == "uuid":
        made["pattern"] = _UUID
    if "properties" in schema and isinstance(schema["properties"], dict) and "allOf" not in schema:
        made["properties"] |= {key: {} for key in KNOWN_GAPS.get(name, frozenset())}
        made["additionalProperties"] = name == "Element"
        for member in made["properties"].values():
            if pattern := KNOWN_FORMATS.get(name, {}).get(member.get("format", "")):
                del member["format"]
                member["pattern"] = pattern
        if "ValidationErrors" in made["properties"]:
            # An element that is refused, and one that updates, lacks whatever was not sent.
            made.pop("required", None)
    return made
