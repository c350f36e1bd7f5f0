"""Faults that spoil an answer on its way out."""

from xero_sandbox.books.catalogue import Resource, envelope_key
from xero_sandbox.books.rows import decode, encode
from xero_sandbox.wire.answers import Answer
from xero_sandbox.wire.faults import Fault

_ODD_STATUS = "ODD"


def spoil(answer: Answer, fault: Fault, resource: Resource | None) -> None:
    """Change an answer's body as the fault says."""
    if fault.kind == "malformed_json":
        answer.body = answer.body.replace(b'":', b'";', 1)
    elif fault.kind == "truncated" and fault.cut == "json":
        answer.body = answer.body[: max(1, len(answer.body) // 2)]
    elif fault.kind in {"unknown_status", "missing_field"} and resource is not None:
        _spoil_record(answer, fault, resource)


def _spoil_record(answer: Answer, fault: Fault, resource: Resource) -> None:
    content = decode(answer.body)
    records = content.get(envelope_key(resource)) or []
    if not records:
        return
    victim = records[len(records) // 2]
    if fault.kind == "unknown_status":
        victim[resource.status_field] = _ODD_STATUS
    else:
        victim.pop(fault.field or resource.id_field, None)
    answer.body = encode(content)
