"""Names the identifiers that must not be mixed up."""

from typing import NewType

TenantId = NewType("TenantId", str)
"""One Xero organisation, as Xero's header `xero-tenant-id` names it."""

XeroId = NewType("XeroId", str)
"""One record inside its organisation: a GUID, or TaxType for tax rates, or Code for currencies."""
