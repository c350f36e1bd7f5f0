"""
The mirrored records, one table per stream; the documents are in `documents`.

The columns are those of the struct of the same record in `counterfoil.xero.records`; a test holds
the two together.
"""

from django.db import models

from counterfoil.mirror.models.mirrored import Mirrored, money, rate, text, xero_id
from counterfoil.mirror.models.searchable import (
    group_ids,
    name_grams,
    search_key,
)


class OrganisationProfile(Mirrored):
    """The organisation as Xero describes it."""

    name = text()
    legal_name = text()
    short_code = text()
    base_currency = text()
    country_code = text()
    timezone = text()
    version = text()
    plan = text()
    is_demo_company = models.BooleanField()
    period_lock_date = models.DateField(null=True)
    end_of_year_lock_date = models.DateField(null=True)
    financial_year_end_day = models.SmallIntegerField(null=True)
    financial_year_end_month = models.SmallIntegerField(null=True)


class XeroUser(Mirrored):
    """A person who may sign in to the organisation in Xero."""

    email = text()
    first_name = text()
    last_name = text()
    role = text()
    is_subscriber = models.BooleanField()


class Currency(Mirrored):
    """A currency that the organisation uses."""

    description = text()


class Account(Mirrored):
    """A line of the chart of accounts."""

    code = text()
    name = text()
    kind = text()
    account_class = text()
    status = text()
    tax_type = text()
    currency = text()
    system_account = text()
    enable_payments = models.BooleanField()


class TaxRate(Mirrored):
    """A tax rate."""

    name = text()
    status = text()
    effective_rate = rate()
    display_rate = rate()


class TrackingCategory(Mirrored):
    """A dimension by which lines can be told apart."""

    name = text()
    status = text()


class BrandingTheme(Mirrored):
    """How a document looks when it is sent."""

    name = text()
    sort_order = models.IntegerField()


class ContactGroup(Mirrored):
    """A named group of contacts."""

    name = text()
    status = text()


class Item(Mirrored):
    """Something bought or sold under a code."""

    code = text()
    name = text()
    description = text()
    is_sold = models.BooleanField()
    is_purchased = models.BooleanField()
    is_tracked = models.BooleanField()
    sales_price = money(null=True)
    purchase_price = money(null=True)


class Contact(Mirrored):
    """Someone the organisation sells to, buys from, or merely knows."""

    name = text()
    status = text()
    first_name = text()
    last_name = text()
    email = text()
    contact_number = text()
    account_number = text()
    is_customer = models.BooleanField()
    is_supplier = models.BooleanField()
    default_currency = text()
    merged_to_id = xero_id()
    has_attachments = models.BooleanField()
    search_key = search_key("name", "email", "contact_number", "account_number", "first_name", "last_name")
    name_grams = name_grams()
    group_ids = group_ids()

    class Meta:
        indexes = [
            # Holds all that the list and a search ask for, so that neither reads the records themselves.
            models.Index(
                fields=["organisation", "name", "xero_id"],
                include=[
                    "workspace",
                    "gone_at",
                    "status",
                    "is_customer",
                    "is_supplier",
                    "search_key",
                    "name_grams",
                ],
                name="contact_at_a_glance",
            ),
            models.Index(
                fields=["organisation", "xero_id"],
                name="contact_merged",
                condition=~models.Q(merged_to_id=""),
            ),
        ]


class Payment(Mirrored):
    """A payment of an invoice, or a refund of a credit."""

    kind = text()
    status = text()
    date = models.DateField()
    amount = money()
    bank_amount = money(null=True)
    currency_rate = rate()
    reference = text()
    is_reconciled = models.BooleanField()
    batch_payment_id = xero_id()
    invoice_id = xero_id()
    credit_note_id = xero_id()
    prepayment_id = xero_id()
    overpayment_id = xero_id()
    account_id = xero_id()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "invoice_id"], name="payment_of_invoice"),
            models.Index(
                fields=["organisation", "-date", "xero_id"],
                include=["workspace", "gone_at"],
                name="payment_newest",
            ),
        ]


class BatchPayment(Mirrored):
    """Several payments that crossed the bank as one."""

    kind = text()
    status = text()
    date = models.DateField()
    total = money()
    reference = text()
    is_reconciled = models.BooleanField()
    account_id = xero_id()


class BankTransaction(Mirrored):
    """Money spent or received without an invoice."""

    kind = text()
    status = text()
    date = models.DateField()
    reference = text()
    currency = text()
    currency_rate = rate()
    sub_total = money()
    total_tax = money()
    total = money()
    is_reconciled = models.BooleanField()
    has_attachments = models.BooleanField()
    contact_id = xero_id()
    contact_name = text()
    account_id = xero_id()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-date", "xero_id"], name="bank_transaction_newest"),
            models.Index(fields=["organisation", "changed_here_at"], name="bank_transaction_latest_change"),
        ]


class ManualJournal(Mirrored):
    """An entry made by hand in the ledger."""

    status = text()
    date = models.DateField()
    narration = text()


class RepeatingInvoice(Mirrored):
    """A template from which Xero raises invoices by itself."""

    kind = text()
    status = text()
    contact_id = xero_id()
    contact_name = text()
    reference = text()
    currency = text()
    total = money()
    period = models.IntegerField()
    unit = text()
    next_scheduled_date = models.DateField(null=True)


class LinkedTransaction(Mirrored):
    """A billable expense: a line that was paid for a customer, and the line that recharges it."""

    status = text()
    kind = text()
    source_kind = text()
    source_transaction_id = xero_id()
    source_line_item_id = xero_id()
    target_transaction_id = xero_id()
    target_line_item_id = xero_id()
    contact_id = xero_id()


class ExpenseClaim(Mirrored):
    """A claim of the classic expenses product."""

    status = text()
    total = money()
    amount_due = money()
    amount_paid = money()
    payment_due_date = models.DateField(null=True)
    reporting_date = models.DateField(null=True)


class Attachment(Mirrored):
    """A file on a document: its name and size; the file itself stays in Xero."""

    endpoint = text()
    document_id = xero_id()
    file_name = text()
    mime_type = text()
    content_length = models.BigIntegerField()
    url = text()
    include_online = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "document_id"], name="attachment_of_document")]


class Report(Mirrored):
    """A report as Xero computed it when we asked; the latest of each name is kept."""

    name = text()
    report_date = text()
