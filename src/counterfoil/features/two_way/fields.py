"""A contact's two-way fields: as Xero's record holds them, as ours does, and as they are sent."""

from collections.abc import Mapping
from typing import Any

import msgspec

from counterfoil.domain.ownership import ADDRESS_PARTS, FIELDS_OF, POSTAL, STREET, name_part
from counterfoil.domain.sameness import PhoneParts, join_phone, split_phone
from counterfoil.features.clients.models import Address, Client, Person
from counterfoil.mirror.models import Contact
from counterfoil.xero import wishes

_PHONE_KINDS = {"DEFAULT": "phone", "DDI": "direct_phone", "MOBILE": "mobile_phone", "FAX": "fax"}
_ADDRESS_KINDS = {"STREET": STREET, "POBOX": POSTAL}
_KIND_OF = {name: kind for kind, name in (_PHONE_KINDS | _ADDRESS_KINDS).items()}
_MEMBERS = {
    "attention_to": "AttentionTo",
    "line_1": "AddressLine1",
    "line_2": "AddressLine2",
    "line_3": "AddressLine3",
    "line_4": "AddressLine4",
    "city": "City",
    "region": "Region",
    "postal_code": "PostalCode",
    "country": "Country",
}


class _Members(msgspec.Struct):
    """What the promoted columns of a contact do not hold; a list that is missing was not told."""

    phones: list[dict[str, Any]] | None = msgspec.field(name="Phones", default=None)
    addresses: list[dict[str, Any]] | None = msgspec.field(name="Addresses", default=None)


_read = msgspec.json.Decoder(_Members).decode


def read_contact(contact: Contact) -> dict[str, str]:
    """
    Return the fields as Xero's record holds them; a phone is one text.

    What the record does not tell is missing, and not empty: nothing may be emptied for its sake.
    """
    values = {"name": contact.name, "email": contact.email}
    members = _read(contact.raw)
    if members.phones is not None:
        by_kind = {phone.get("PhoneType"): phone for phone in members.phones}
        for kind, name in _PHONE_KINDS.items():
            values[name] = _join(by_kind.get(kind, {}))
    if members.addresses is not None:
        by_kind = {address.get("AddressType"): address for address in members.addresses}
        for kind, name in _ADDRESS_KINDS.items():
            address = by_kind.get(kind, {})
            values |= {name_part(name, part): address.get(_MEMBERS[part]) or "" for part in ADDRESS_PARTS}
    return values


def _join(phone: Mapping[str, Any]) -> str:
    said = (phone.get(f"Phone{part}") or "" for part in ("CountryCode", "AreaCode", "Number"))
    return join_phone(PhoneParts(*said))


class OurFields:
    """The fields of a client or a person of ours, to be read and written by their names."""

    def __init__(self, record: Client | Person, addresses: Mapping[str, Address]) -> None:
        self.record = record
        self._addresses = dict(addresses)
        self._changed: set[str] = set()

    def read(self) -> dict[str, str]:
        """Return all values; a client has addresses, a person has none of their own."""
        names = ("name", "email", *_PHONE_KINDS.values())
        values: dict[str, str] = {name: getattr(self.record, name) for name in names}
        if isinstance(self.record, Client):
            for kind in (STREET, POSTAL):
                address = self._addresses.get(kind)
                values |= {
                    name_part(kind, part): getattr(address, part) if address else "" for part in ADDRESS_PARTS
                }
        return values

    def write(self, name: str, value: str) -> None:
        """Set a value, to be stored by `save`."""
        kind, dot, part = name.partition(".")
        if not dot:
            setattr(self.record, name, value)
        else:
            if kind not in self._addresses:
                client = self.record
                assert isinstance(client, Client)
                self._addresses[kind] = Address(workspace_id=client.workspace_id, client=client, kind=kind)
            setattr(self._addresses[kind], part, value)
        self._changed.add(kind)

    @property
    def client_id(self) -> int:
        """Whose fields these are: the client's, or somebody's at the client."""
        return self.record.pk if isinstance(self.record, Client) else self.record.client_id

    @property
    def is_changed(self) -> bool:
        """Say whether anything was written that is not stored yet."""
        return bool(self._changed)

    def save(self) -> bool:
        """Store what was written, and say whether anything was."""
        own = sorted(self._changed - _ADDRESS_KINDS_OF_OURS)
        if own:
            self.record.save(update_fields=own)
        for kind in self._changed & _ADDRESS_KINDS_OF_OURS:
            self._addresses[kind].save()
        is_changed = bool(self._changed)
        self._changed.clear()
        return is_changed


_ADDRESS_KINDS_OF_OURS = {STREET, POSTAL}


def build_wish(contact: Contact, unit: str, whole: Mapping[str, str], *, region: str) -> wishes.EditContact:
    """Return what Xero is asked to write for a unit, and what it has to have there until then."""
    wish = _build_wish(contact.xero_id, unit, whole, region=region)
    return msgspec.structs.replace(wish, was=_read_unit(contact, unit))


def _read_unit(contact: Contact, unit: str) -> dict[str, Any]:
    """Return the members of the unit as Xero has them."""
    members, kind = _read(contact.raw), _KIND_OF.get(unit, "")
    if unit in _PHONE_KINDS.values():
        nothing = {"PhoneType": kind, "PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}
        return {"Phones": [_find_kind(members.phones, "PhoneType", kind) or nothing]}
    if unit in _ADDRESS_KINDS_OF_OURS:
        nothing = {"AddressType": kind, **dict.fromkeys(_MEMBERS.values(), "")}
        return {"Addresses": [_find_kind(members.addresses, "AddressType", kind) or nothing]}
    return {"Name": contact.name} if unit == "name" else {"EmailAddress": contact.email}


def _find_kind(items: list[dict[str, Any]] | None, member: str, kind: str) -> dict[str, Any] | None:
    return next((item for item in items or [] if item.get(member) == kind), None)


def _build_wish(contact_id: str, unit: str, whole: Mapping[str, str], *, region: str) -> wishes.EditContact:
    if unit in _ADDRESS_KINDS_OF_OURS:
        parts = {part: whole[name_part(unit, part)] for part in ADDRESS_PARTS}
        address = wishes.Address(kind=_KIND_OF[unit], **parts)  # type: ignore[arg-type]  # kinds by our names
        return wishes.EditContact(contact_id=contact_id, addresses=[address])
    [field] = FIELDS_OF[unit]
    value = whole[field.name]
    match unit:
        case "name":
            return wishes.EditContact(contact_id=contact_id, name=value)
        case "email":
            return wishes.EditContact(contact_id=contact_id, email=value)
        case _:
            parts_of = split_phone(value, region=region)
            phone = wishes.Phone(
                kind=_KIND_OF[unit],  # type: ignore[arg-type]  # kinds by our names
                number=parts_of.number,
                area_code=parts_of.area_code,
                country_code=parts_of.country_code,
            )
            return wishes.EditContact(contact_id=contact_id, phones=[phone])
