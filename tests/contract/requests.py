"""Checks what Counterfoil asks of Xero against Xero's files (FACTS 0 and 2 go before them)."""

import re
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from tests.contract.answers import SpecViolated
from tests.contract.openapi import Operation, compile_parameter, compile_request, find_operation

PRODUCT = "Counterfoil/"
# Addresses that Counterfoil may use although no file has them.
OUTSIDE_THE_FILES = {
    "/identity/connect/authorize": "OAuth: FACTS 1.1",
    "/connect/token": "OAuth: FACTS 1.1",
    "/connect/revocation": "OAuth: FACTS 1.1",
    "/.well-known/openid-configuration": "OpenID: FACTS 1.1",
    "/.well-known/openid-configuration/jwks": "OpenID: FACTS 1.1",
}
# Parameters that Xero takes although the files leave them out.
KNOWN_PARAMETERS: dict[tuple[str, str], str] = {}
_MODIFIED_SINCE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def check_request(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> bool:
    """Return whether a file describes this request; raise SpecViolated where the request differs."""
    if path in OUTSIDE_THE_FILES:
        return False
    shown = f"{method} {path}{'?' if query else ''}{query}, as Counterfoil asked it,"
    operation = find_operation(method, path)
    if operation is None:
        raise SpecViolated(shown, ["no file knows of this address with this method"])
    faults = [
        *_check_path(operation, path),
        *_check_query(operation, query),
        *_check_headers(operation, headers, has_body=bool(body)),
    ]
    if body or headers.get("content-length", "0") == "0":  # else it was refused before it was read
        faults += _check_body(operation, headers, body)
    if faults:
        raise SpecViolated(shown, faults)
    return True


def _check_path(operation: Operation, path: str) -> list[str]:
    below = path.removeprefix(operation.base)
    values = operation.read_path(below.rstrip("/"))
    literal = re.sub(r"\{[^}]+\}", lambda found: values[found.group()[1:-1]], operation.template)
    # Xero tolerates another case; of us the file's own is asked, but for its /Connections (FACTS 1.1).
    is_written_so = literal == below or not operation.base
    faults = [] if is_written_so else [f"the path is written {operation.template}"]
    for name, item in operation.list_parameters("path").items():
        faults += _check_value(name, unquote(values[name]), item)
    return faults


def _check_query(operation: Operation, query: str) -> list[str]:
    known, faults = operation.list_parameters("query"), []
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name in known:
            faults += _check_value(name, text, known[name])
        elif (operation.name, name) not in KNOWN_PARAMETERS:
            faults.append(f"there is no parameter {name}")
    return faults


def _check_headers(operation: Operation, headers: dict[str, str], *, has_body: bool) -> list[str]:
    faults = []
    if not headers.get("authorization", "").startswith("Bearer "):
        faults.append("no bearer token")
    if operation.base and not headers.get("accept"):
        faults.append("without Accept, Xero answers in XML (FACTS 5.1)")
    for name, item in operation.list_parameters("header").items():
        text = headers.get(name.lower())
        if text is None:
            # For an attachment Accept says the same (FACTS 7.9).
            if item.get("required") and name != "contentType":
                faults.append(f"the header {name} is missing")
        elif name == "If-Modified-Since":
            if not _MODIFIED_SINCE.fullmatch(text):
                faults.append(f"If-Modified-Since: {text} is no moment that Xero reads (FACTS 6.3)")
        elif name == "Idempotency-Key" and len(text) > 128:
            faults.append("the idempotency key is longer than 128 characters")
    if has_body and not headers.get("content-type"):
        faults.append("a body without Content-Type")
    return faults


def _check_body(operation: Operation, headers: dict[str, str], body: bytes) -> list[str]:
    validator = compile_request(operation)
    if validator is None:
        taken = "requestBody" in operation.content
        return [] if taken or not body else ["this operation takes no body"]
    if "json" not in headers.get("content-type", ""):
        return ["the body is not announced as JSON"]
    return [
        f"body {'/'.join(str(part) for part in error.instance_path)}: {error.message[:200]}"
        for error in validator.iter_errors(msgspec.json.decode(body))
    ]


def _check_value(name: str, text: str, item: Any) -> list[str]:
    """Return what is wrong with a text that stands for the value of a parameter."""
    value: Any = text
    try:
        match item["schema"].get("type"):
            case "integer":
                value = int(text)
            case "number":
                value = float(text)
            case "boolean":
                value = {"true": True, "false": False}.get(text.lower(), text)
            case "array":
                value = text.split(",")
    except ValueError:
        return [f"{name}={text} is no {item['schema']['type']}"]
    return [f"{name}={text}: {error.message}" for error in compile_parameter(item).iter_errors(value)]
