"""Two years of trading: invoices, bills, and everything that settles them."""

from collections import deque
from datetime import date, timedelta
from random import Random

from xero_sandbox.books.bank import build_bank_transaction
from xero_sandbox.books.documents import (
    CREDIT_KINDS,
    LinePlan,
    allocation,
    build_credit,
    build_invoice,
    build_line,
    build_payment,
    credit_stub,
    payment_stub,
    settle_credit,
    settle_invoice,
)
from xero_sandbox.books.money import QUANTITY_UNITS, from_cents, to_cents
from xero_sandbox.books.organisation import Organisation
from xero_sandbox.books.rows import Record
from xero_sandbox.generate.names import PURCHASES, SERVICES, SOFTWARE_SUPPLIERS, SUBSCRIPTIONS
from xero_sandbox.generate.regions import Region
from xero_sandbox.generate.schedule import BatchPlan, DocumentPlan, draw_rate
from xero_sandbox.wire.datekit import render_day, render_day_string, to_ms

_WORK_START_MS = 8 * 3_600_000
_WORK_MS = 10 * 3_600_000
_QUANTITIES = (10_000, 10_000, 10_000, 20_000, 30_000, 50_000, 5_000, 12_500, 77_500)


class Trader:
    """Builds the documents of one organisation from their plans."""

    def __init__(
        self, organisation: Organisation, region: Region, rng: Random, *, trade: str, today: date
    ) -> None:
        self.organisation = organisation
        self.region = region
        self.rng = rng
        self.trade = trade
        self.today = today
        self.now_ms = organisation.clock.now_ms()
        self.accounts = {row.read()["Code"]: row.read() for row in organisation.tables["Accounts"]}
        self.rates = {rate.tax_type: rate.units for rate in region.tax_rates}
        self.items = [row.read() for row in organisation.tables["Items"]]
        self.themes = [row.id for row in organisation.tables["BrandingThemes"]]
        self.tracking = [
            {
                "Name": category["Name"],
                "Option": option["Name"],
                "TrackingCategoryID": category["TrackingCategoryID"],
                "TrackingOptionID": option["TrackingOptionID"],
            }
            for row in organisation.tables["TrackingCategories"]
            for category in [row.read()]
            for option in category["Options"]
        ]
        self.recent_sales: deque[Record] = deque(maxlen=40)
        self.refundable: list[Record] = []

    def stamp(self, endpoint: str, record: Record, day: date) -> Record:
        """Stamp a record in the working hours of `day` and load it."""
        ms = to_ms(day) + _WORK_START_MS + self.rng.randrange(_WORK_MS)
        self.organisation.set_stamp(endpoint, record, min(ms, self.now_ms - self.rng.randrange(1, 3_600_000)))
        self.organisation.add_loaded(endpoint, record)
        return record

    def add_unit(self, unit: list[DocumentPlan]) -> None:
        """Build documents that belong together, and what settles them."""
        built = [(plan, self._build(plan)) for plan in unit]
        batch = unit[0].batch
        batch_stub = self._build_batch(batch, [record for _, record in built]) if batch else None
        for plan, invoice in built:
            last = self._settle(plan, invoice, batch_stub)
            self.stamp("Invoices", invoice, min(last, self.today))
            if plan.sales:
                self.recent_sales.append(invoice)
            elif self.rng.random() < 0.04:
                self._link(invoice)

    def build_lines(self, *, sales: bool, seller: str = "", count: int | None = None) -> list[Record]:
        """Return one to four lines of what this trade sells, or buys from `seller`."""
        rng = self.rng
        return [
            build_line(
                self._plan_sale() if sales else self._plan_purchase(seller),
                line_id=self.organisation.new_id(),
                amounts="Exclusive",
            )
            for _ in range(count or rng.choices((1, 2, 3, 4), (45, 30, 15, 10))[0])
        ]

    def _plan_sale(self) -> LinePlan:
        rng = self.rng
        item = rng.choice(self.items) if rng.random() < 0.5 else None
        description, cents = rng.choice(SERVICES[self.trade])
        if item is not None:
            description, cents = item["Description"], to_cents(item["SalesDetails"]["UnitPrice"])
        else:
            cents = round(cents * rng.uniform(0.6, 1.6))
        tax = self.region.sales_tax if rng.random() < 0.94 else "NONE"
        return LinePlan(
            description=description,
            quantity_units=rng.choice(_QUANTITIES),
            unit_cents=cents,
            account=self.accounts["210" if "retainer" in description else "200"],
            tax_type=tax,
            rate_units=self.rates[tax],
            item=item,
            tracking=(rng.choice(self.tracking),) if self.tracking and rng.random() < 0.3 else (),
        )

    def _plan_purchase(self, seller: str) -> LinePlan:
        rng = self.rng
        description, code, cents = rng.choice(SUBSCRIPTIONS if seller in SOFTWARE_SUPPLIERS else PURCHASES)
        tax = self.region.purchase_tax if rng.random() < 0.9 else "NONE"
        return LinePlan(
            description=description,
            quantity_units=rng.choice((1, 1, 1, 2, 4)) * QUANTITY_UNITS,
            unit_cents=round(cents * rng.uniform(0.7, 1.5)),
            account=self.accounts[code],
            tax_type=tax,
            rate_units=self.rates[tax],
        )

    def _build(self, plan: DocumentPlan) -> Record:
        rng, organisation = self.rng, self.organisation
        currency = plan.party.currency
        rate = 1.0
        if currency != self.region.currency:
            rate = draw_rate(self.region.foreign[currency], plan.day)
        if plan.sales:
            number = f"INV-{organisation.next_invoice_number:04d}"
            organisation.next_invoice_number += 1
        else:
            number = rng.choice(("", f"{rng.randrange(1000, 99999)}", f"SI-{rng.randrange(100, 9999)}"))
        return build_invoice(
            invoice_id=organisation.new_id(),
            kind="ACCREC" if plan.sales else "ACCPAY",
            contact=plan.party.stub,
            lines=self.build_lines(sales=plan.sales, seller=plan.party.name),
            day=plan.day,
            due=plan.day + timedelta(days=plan.party.days_to_pay),
            status=plan.status,
            number=number,
            reference=rng.choice(("", "", f"PO {rng.randrange(1000, 9999)}", "Monthly retainer")),
            currency=currency,
            currency_rate=rate,
            branding_theme_id=rng.choice(self.themes),
            sent=plan.status == "AUTHORISED" and rng.random() < 0.8,
        )

    def _settle(self, plan: DocumentPlan, invoice: Record, batch: Record | None) -> date:
        if plan.status != "AUTHORISED":
            return plan.day + timedelta(days=self.rng.randrange(3))
        if plan.settled_by in {"credit", "part credit"}:
            return self._credit(plan, invoice)
        if plan.settled_by in {"prepayment", "overpayment"}:
            return self._apply_advance(plan, invoice)
        return self._pay(plan, invoice, batch)

    def _pay(self, plan: DocumentPlan, invoice: Record, batch: Record | None) -> date:
        day = plan.day
        left = to_cents(invoice["Total"])
        if plan.part_paid:
            left = max(plan.payments, left * 2 // 5)
        for remaining in range(plan.payments, 0, -1):
            cents = left if remaining == 1 else max(1, left // remaining)
            left -= cents
            day = min(self.today, day + timedelta(days=int(self.rng.expovariate(1 / 24)) + 2))
            if plan.batch is not None:
                day = max(plan.batch.day, plan.day)
            self.add_payment(
                "Invoice", invoice, cents=cents, day=day, batch=batch, payment_id=plan.payment_id
            )
        settle_invoice(invoice)
        return day

    def add_payment(
        self,
        holder: str,
        document: Record,
        *,
        cents: int,
        day: date,
        batch: Record | None = None,
        status: str = "AUTHORISED",
        payment_id: str | None = None,
    ) -> None:
        """Add a payment, and its stub on the document unless the payment was deleted again."""
        payment = build_payment(
            payment_id=payment_id or self.organisation.new_id(),
            holder=holder,
            document=document,
            account=self.accounts["090"],
            cents=cents,
            day=day,
            reference=self.rng.choice(("", "", "BACS", "Card")),
            status=status,
            reconciled=status == "AUTHORISED" and self.rng.random() < 0.85,
            batch=batch,
        )
        self.stamp("Payments", payment, day)
        if status == "AUTHORISED":
            document["Payments"].append(payment_stub(payment))

    def _build_batch(self, plan: BatchPlan, bills: list[Record]) -> Record:
        day = max(plan.day, *(member.day for member in plan.members))
        plan.day = day
        account = self.accounts["090"]
        for member in plan.members:
            member.payment_id = self.organisation.new_id()
        stub: Record = {
            "Account": {"AccountID": account["AccountID"]},
            "BatchPaymentID": self.organisation.new_id(),
            "Date": render_day(day),
            "Type": "PAYBATCH",
            "Status": "AUTHORISED",
            "TotalAmount": from_cents(sum(to_cents(bill["Total"]) for bill in bills)),
            "UpdatedDateUTC": "",
            "IsReconciled": True,
        }
        # The bills' payments carry the batch, and the batch lists its payments: the list keeps stubs.
        record = {
            **stub,
            "Account": {"AccountID": account["AccountID"], "CurrencyCode": self.region.currency},
            "Reference": f"Supplier run {day:%d %b}",
            "DateString": render_day_string(day),
            "Payments": [
                {
                    "Invoice": {"InvoiceID": bill["InvoiceID"], "CurrencyCode": bill["CurrencyCode"]},
                    "PaymentID": member.payment_id,
                    "Amount": bill["Total"],
                    "BankAmount": bill["Total"],
                }
                for member, bill in zip(plan.members, bills, strict=True)
            ],
        }
        self.stamp("BatchPayments", record, day)
        stub["UpdatedDateUTC"] = record["UpdatedDateUTC"]
        return stub

    def _credit(self, plan: DocumentPlan, invoice: Record) -> date:
        kind = CREDIT_KINDS["CreditNotes"]
        day = min(self.today, plan.day + timedelta(days=self.rng.randrange(2, 40)))
        lines = invoice["LineItems"] if plan.settled_by == "credit" else invoice["LineItems"][:1]
        number = None
        if plan.sales:
            number = f"CN-{self.organisation.next_credit_note_number:04d}"
            self.organisation.next_credit_note_number += 1
        credit = build_credit(
            kind,
            credit_id=self.organisation.new_id(),
            type_="ACCRECCREDIT" if plan.sales else "ACCPAYCREDIT",
            contact=invoice["Contact"],
            lines=[{**line, "LineItemID": self.organisation.new_id()} for line in lines],
            day=day,
            status="AUTHORISED",
            currency=invoice["CurrencyCode"],
            currency_rate=invoice["CurrencyRate"],
            number=number,
            reference=invoice.get("Reference", ""),
        )
        if self.rng.random() < 0.75:
            cents = min(to_cents(credit["Total"]), to_cents(invoice["Total"]))
            self._allocate("CreditNotes", credit, invoice, cents=cents, day=day)
            self.stamp("CreditNotes", credit, day)
        else:
            self.refundable.append(credit)
        return day

    def _apply_advance(self, plan: DocumentPlan, invoice: Record) -> date:
        endpoint = "Prepayments" if plan.settled_by == "prepayment" else "Overpayments"
        kind = CREDIT_KINDS[endpoint]
        day = min(self.today, plan.day + timedelta(days=3))
        type_ = ("RECEIVE-" if plan.sales else "SPEND-") + plan.settled_by.upper()
        advance = build_credit(
            kind,
            credit_id=self.organisation.new_id(),
            type_=type_,
            contact=invoice["Contact"],
            lines=[{**line, "LineItemID": self.organisation.new_id()} for line in invoice["LineItems"][:1]],
            day=plan.day,
            status="AUTHORISED",
            currency=invoice["CurrencyCode"],
            currency_rate=invoice["CurrencyRate"],
        )
        share = self.rng.choice((1, 1, 2))
        self._allocate(endpoint, advance, invoice, cents=to_cents(advance["Total"]) // share, day=day)
        self.stamp(endpoint, advance, day)
        self.add_bank_transaction(
            type_,
            contact=invoice["Contact"],
            lines=advance["LineItems"],
            day=plan.day,
            currency=invoice["CurrencyCode"],
            rate=invoice["CurrencyRate"],
            extra={kind.id_field: advance[kind.id_field]},
        )
        return day

    def _allocate(self, endpoint: str, credit: Record, invoice: Record, *, cents: int, day: date) -> None:
        kind = CREDIT_KINDS[endpoint]
        allocation_id = self.organisation.new_id()
        credit["Allocations"].append(allocation(invoice, allocation_id=allocation_id, cents=cents, day=day))
        invoice[endpoint].append(credit_stub(kind, credit, applied_cents=cents, day=day))
        settle_credit(credit)
        settle_invoice(invoice)

    def add_bank_transaction(
        self,
        type_: str,
        *,
        contact: Record,
        lines: list[Record],
        day: date,
        currency: str,
        rate: float = 1.0,
        extra: Record | None = None,
    ) -> None:
        """Add money spent or received without an invoice."""
        record = build_bank_transaction(
            transaction_id=self.organisation.new_id(),
            type_=type_,
            contact=contact,
            account=self.accounts["090"],
            lines=lines,
            day=day,
            currency=currency,
            currency_rate=rate,
            reconciled=self.rng.random() < 0.8,
        )
        self.stamp("BankTransactions", record | (extra or {}), day)

    def _link(self, bill: Record) -> None:
        record: Record = {
            "LinkedTransactionID": self.organisation.new_id(),
            "SourceTransactionID": bill["InvoiceID"],
            "SourceLineItemID": bill["LineItems"][0]["LineItemID"],
            "Type": "BILLABLEEXPENSE",
            "SourceTransactionTypeCode": "ACCPAY",
        }
        target = self.rng.choice(self.recent_sales) if self.recent_sales and self.rng.random() < 0.7 else None
        if target is not None:
            record["ContactID"] = target["Contact"]["ContactID"]
        if bill["Status"] in {"VOIDED", "DELETED"}:
            record["Status"] = "VOIDED"
        elif bill["Status"] not in {"AUTHORISED", "PAID"}:
            record["Status"] = "DRAFT"
        elif target is None or target["Status"] in {"VOIDED", "DELETED"}:
            record["Status"] = "APPROVED"
        else:
            record["TargetTransactionID"] = target["InvoiceID"]
            record["TargetLineItemID"] = target["LineItems"][0]["LineItemID"]
            record["Status"] = "BILLED" if target["Status"] in {"AUTHORISED", "PAID"} else "ONDRAFT"
        self.stamp("LinkedTransactions", record, self.today if target else self.today - timedelta(days=1))
