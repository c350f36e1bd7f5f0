"""What only Xero has of a document: its history and notes, its files, its PDF, its online address."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from counterfoil.api.entry import BEHIND_PEOPLE, asking_xero, find_place, within_firm
from counterfoil.api.problems import ApiProblem, Problem
from counterfoil.features.history import in_xero
from counterfoil.features.workspaces.permissions import Permission

T = TypeVar("T")

router = Router()
_HOME = "organisations/{int:organisation_id}/records/{str:stream}/{str:xero_id}"
_ASKING = asking_xero(Permission.READ)
_FILE: dict[str, Any] = {"type": "string", "format": "binary"}
_SAVED = {**_ASKING, "openapi_extra": {**_ASKING["openapi_extra"], "responses": {
    200: {"description": "The file", "content": {"application/octet-stream": {"schema": _FILE}}}
}}}  # fmt: skip


class NoteOut(Schema):
    """One entry of a document's history, in Xero's words."""

    at: datetime | None = Field(description="Null where Xero gives no time")
    what: str
    details: str
    who: str


class FileOut(Schema):
    """A file on a document, which `files/ID` hands on."""

    id: str
    name: str
    media_type: str
    bytes: int
    is_online: bool = Field(description="The customer sees it with the invoice")


class Notes(Schema):
    """A document's whole history and notes, the newest first."""

    asked_at: datetime
    data: list[NoteOut]


class Files(Schema):
    """All files on a document, by name."""

    asked_at: datetime
    data: list[FileOut]


class OnlineAddress(Schema):
    """Where the customer sees an invoice."""

    asked_at: datetime
    address: str


@router.get(_HOME + "/notes", response=Notes, **_ASKING)
def read_notes(request: HttpRequest, organisation_id: int, stream: str, xero_id: str) -> Notes:
    """Ask Xero for the history and notes of a document: of `Invoices` (bills too) or `CreditNotes`."""
    document = _find(request, organisation_id, stream, xero_id)
    read = in_xero.read_notes(document, now=timezone.now, priority=BEHIND_PEOPLE)
    notes = [NoteOut(at=one.at, what=one.what, details=one.details, who=one.who) for one in read.notes]
    return Notes(asked_at=read.at, data=notes)


@router.get(_HOME + "/files", response=Files, **_ASKING)
def list_files(request: HttpRequest, organisation_id: int, stream: str, xero_id: str) -> Files:
    """Ask Xero which files are on a document."""
    document = _find(request, organisation_id, stream, xero_id)
    read = in_xero.list_files(document, now=timezone.now, priority=BEHIND_PEOPLE)
    files = [
        FileOut(
            id=one.xero_id,
            name=one.file_name,
            media_type=one.mime_type,
            bytes=one.content_length,
            is_online=one.include_online,
        )
        for one in read.files
    ]
    return Files(asked_at=read.at, data=files)


@router.get(_HOME + "/files/{str:file_id}", response=None, **_SAVED)
def fetch_file(
    request: HttpRequest, organisation_id: int, stream: str, xero_id: str, file_id: str
) -> FileResponse:
    """Hand on a file that `files` has listed, from Xero, to be saved."""
    document = _find(request, organisation_id, stream, xero_id)
    return _hand_on(lambda: in_xero.fetch_file(document, file_id, now=timezone.now, priority=BEHIND_PEOPLE))


@router.get(_HOME + "/pdf", response=None, **_SAVED)
def fetch_pdf(request: HttpRequest, organisation_id: int, stream: str, xero_id: str) -> FileResponse:
    """Hand on a document as Xero prints it, to be saved."""
    document = _find(request, organisation_id, stream, xero_id)
    return _hand_on(lambda: in_xero.fetch_pdf(document, now=timezone.now, priority=BEHIND_PEOPLE))


@router.get(_HOME + "/online-address", response=OnlineAddress, **_ASKING)
def find_online_address(
    request: HttpRequest, organisation_id: int, stream: str, xero_id: str
) -> OnlineAddress:
    """Ask Xero where the customer sees a sales invoice; it has an address once it is approved."""
    document = _find(request, organisation_id, stream, xero_id)
    read = in_xero.find_online_address(document, now=timezone.now, priority=BEHIND_PEOPLE)
    return OnlineAddress(asked_at=read.at, address=read.address)


def _find(request: HttpRequest, organisation_id: int, stream: str, xero_id: str) -> in_xero.Document:
    with within_firm(request):
        place = find_place(request, organisation_id)
        document = in_xero.find_document(place.organisation, stream, xero_id)
    if document is None:
        raise ApiProblem(
            Problem.NOT_FOUND,
            "This organisation has no such document in Xero, among Invoices and CreditNotes.",
        )
    return document


def _hand_on(fetch: Callable[[], in_xero.Fetched]) -> FileResponse:
    """Send a file to be saved, never to be shown: it comes from elsewhere."""
    fetched = fetch()
    return FileResponse(
        fetched.content, as_attachment=True, filename=fetched.name, content_type="application/octet-stream"
    )
