"""Contacts, contact groups and items of a generated organisation."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from xero_sandbox.books.documents import contact_stub
from xero_sandbox.books.money import from_cents
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record
from xero_sandbox.generate.names import SERVICES, SOFTWARE_SUPPLIERS, make_firm, make_person
from xero_sandbox.generate.regions import Region
from xero_sandbox.wire.datekit import DAY_MS, render_ms, to_ms


@dataclass(frozen=True, slots=True)
class Party:
    """A contact as the document generator needs it."""

    contact_id: str
    name: str
    currency: str
    days_to_pay: int

    @property
    def stub(self) -> Record:
        """The contact as documents carry it."""
        return contact_stub(self.contact_id, self.name)


@dataclass(frozen=True)
class Parties:
    """Who buys and who sells."""

    customers: list[Party]
    suppliers: list[Party]


def add_contacts(
    organisation: Organisation, region: Region, rng: Random, *, count: int, started: date, today: date
) -> Parties:
    """Add `count` contacts and their groups; the first suppliers sell software subscriptions."""
    taken: set[str] = set()
    parties = Parties(customers=[], suppliers=[])
    groups = _build_groups(organisation)
    for number in range(count):
        is_supplier = number % 10 in (3, 6, 9)
        if is_supplier and len(parties.suppliers) < len(SOFTWARE_SUPPLIERS):
            name = SOFTWARE_SUPPLIERS[len(parties.suppliers)]
            taken.add(name)
        else:
            name = make_firm(rng, region.suffixes, taken)
        record = _build_contact(organisation, region, rng, number=number, name=name)
        joined = started + timedelta(days=rng.randrange(max(1, (today - started).days - 30)))
        record["UpdatedDateUTC"] = render_ms(to_ms(joined) + rng.randrange(DAY_MS // 3, DAY_MS * 3 // 4))
        archived = number % 25 == 17
        if archived:
            record["ContactStatus"] = "ARCHIVED"
        elif rng.random() < 0.12:
            group = rng.choice(groups)
            record["ContactGroups"] = [{**group, "Contacts": [], "HasValidationErrors": False}]
            organisation.group_members[group["ContactGroupID"]].append(record["ContactID"])
        organisation.add_loaded("Contacts", record)
        # One contact in twelve has never bought or sold anything.
        if number % 12 != 11 or count < 12:
            party = Party(
                record["ContactID"], name, record["DefaultCurrency"], rng.choice((14, 30, 30, 30, 60))
            )
            (parties.suppliers if is_supplier else parties.customers).append(party)
    for group in groups:
        organisation.add_loaded("ContactGroups", {**group, "Contacts": [], "HasValidationErrors": False})
    return parties


def _build_groups(organisation: Organisation) -> list[Record]:
    return [
        {"Name": name, "Status": "ACTIVE", "ContactGroupID": organisation.new_id()}
        for name in ("Retainer clients", "Slow payers", "Subcontractors")
    ]


def _build_contact(
    organisation: Organisation, region: Region, rng: Random, *, number: int, name: str
) -> Record:
    given, family = make_person(rng)
    domain = "".join(letter for letter in name.lower() if letter.isalnum())[:24]
    city, area, postcode = rng.choice(region.cities)
    currency = region.currency
    if rng.random() < region.foreign_share:
        currency = rng.choice(list(region.foreign))
    record: Record = {"ContactID": organisation.new_id()}
    if rng.random() < 0.3:
        record["ContactNumber"] = f"CRM-{number + 1:06d}"
    if rng.random() < 0.5:
        record["AccountNumber"] = f"{domain[:3].upper()}{number + 1:05d}"
    record |= {
        "ContactStatus": "ACTIVE",
        "Name": name,
        "FirstName": given,
        "LastName": family,
        "EmailAddress": f"accounts@{domain}.example" if rng.random() < 0.93 else "",
        "BankAccountDetails": "",
        "TaxNumber": str(rng.randrange(10**8, 10**9)) if rng.random() < 0.4 else "",
        "Addresses": [
            {"AddressType": "POBOX", "City": "", "Region": "", "PostalCode": "", "Country": ""},
            {
                "AddressType": "STREET",
                "AddressLine1": f"{rng.randrange(1, 240)} {family} Street",
                "City": city,
                "Region": area,
                "PostalCode": postcode,
                "Country": region.country,
                "AttentionTo": "",
            },
        ],
        "Phones": [
            _build_phone("DDI"),
            _build_phone("DEFAULT", region.phone_country, f"{rng.randrange(10**6, 10**7)}"),
            _build_phone("FAX"),
            _build_mobile(region, number),
        ],
        "UpdatedDateUTC": "",
        "ContactGroups": [],
        "IsSupplier": False,
        "IsCustomer": False,
        "DefaultCurrency": currency,
        "SalesTrackingCategories": [],
        "PurchasesTrackingCategories": [],
        "ContactPersons": _build_persons(rng, domain),
        "HasAttachments": False,
        "HasValidationErrors": False,
    }
    return record


def _build_phone(kind: str, country: str = "", number: str = "") -> Record:
    area = "020" if number else ""
    return {
        "PhoneType": kind,
        "PhoneNumber": number,
        "PhoneAreaCode": area,
        "PhoneCountryCode": country,
    }


def _build_mobile(region: Region, number: int) -> Record:
    """Return a number that nobody has; one contact in nine has none, as in life."""
    made_up = "" if number % 9 == 8 else region.make_mobile(number)
    # In one field, as most people type it.
    return {
        "PhoneType": "MOBILE",
        "PhoneNumber": made_up,
        "PhoneAreaCode": "",
        "PhoneCountryCode": "",
    }


def _build_persons(rng: Random, domain: str) -> list[Record]:
    if rng.random() > 0.25:
        return []
    given, family = make_person(rng)
    return [
        {
            "FirstName": given,
            "LastName": family,
            "EmailAddress": f"{given.lower()}@{domain}.example",
            "IncludeInEmails": True,
        }
    ]


def add_items(organisation: Organisation, region: Region, *, trade: str, stamp: int) -> list[Record]:
    """Add the things this trade sells, and return them."""
    items = [
        {
            "ItemID": organisation.new_id(),
            "Code": "".join(word[0] for word in description.split()[:3]).upper() + f"-{number + 1:02d}",
            "Description": description,
            "PurchaseDescription": "",
            "UpdatedDateUTC": render_ms(stamp + number * 60_000),
            "PurchaseDetails": {},
            "SalesDetails": {
                "UnitPrice": from_cents(cents),
                "AccountCode": "200",
                "TaxType": region.sales_tax,
            },
            "Name": description[:50],
            "IsTrackedAsInventory": False,
            "IsSold": True,
            "IsPurchased": False,
        }
        for number, (description, cents) in enumerate(SERVICES[trade])
    ]
    organisation.load("Items", items)
    return items
