"""Contacts, their groups, and the people of the organisation."""

from typing import Literal

from msgspec import field

from counterfoil.xero.records.base import ContactStub, Instant, Record


class Contact(Record, frozen=True):
    """Someone the organisation sells to, buys from, or merely knows."""

    xero_id: str = field(name="ContactID")
    name: str = field(name="Name")
    status: Literal["ACTIVE", "ARCHIVED", "GDPRREQUEST"] = field(name="ContactStatus")
    updated_at: Instant = field(name="UpdatedDateUTC")
    first_name: str = field(name="FirstName", default="")
    last_name: str = field(name="LastName", default="")
    email: str = field(name="EmailAddress", default="")
    contact_number: str = field(name="ContactNumber", default="")
    account_number: str = field(name="AccountNumber", default="")
    is_customer: bool = field(name="IsCustomer", default=False)
    is_supplier: bool = field(name="IsSupplier", default=False)
    default_currency: str = field(name="DefaultCurrency", default="")
    merged_to_id: str = field(name="MergedToContactID", default="")
    has_attachments: bool = field(name="HasAttachments", default=False)


class ContactGroup(Record, frozen=True):
    """A named group; who belongs to it is told by each contact."""

    xero_id: str = field(name="ContactGroupID")
    name: str = field(name="Name")
    status: Literal["ACTIVE", "DELETED"] = field(name="Status")
    contacts_stub: list[ContactStub] = field(name="Contacts", default_factory=list)
    updated_at: Instant | None = None


class User(Record, frozen=True):
    """A person who may sign in to the organisation in Xero."""

    xero_id: str = field(name="UserID")
    email: str = field(name="EmailAddress", default="")
    first_name: str = field(name="FirstName", default="")
    last_name: str = field(name="LastName", default="")
    role: str = field(name="OrganisationRole", default="")
    is_subscriber: bool = field(name="IsSubscriber", default=False)
    updated_at: Instant | None = field(name="UpdatedDateUTC", default=None)
