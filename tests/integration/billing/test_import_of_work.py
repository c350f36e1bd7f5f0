"""Hours, units and expenses from a file: what each line would become, adding them, taking them back."""

from datetime import date
from decimal import Decimal

from counterfoil.features.billing.generating import generate
from counterfoil.features.billing.models import Expense, TimeEntry, UnitCount
from counterfoil.features.importing.models import Upload, UploadRow
from tests.integration.billing.conftest import Office
from tests.integration.billing.test_agreement_pages import text_of
from tests.integration.billing.test_time_pages import agree_on_hours

HOURS = """Date,Client,User,Hours,Billable,Project,Task
09/06/2026,Harbour Foods,Ann,1:30,yes,,VAT
2026-06-10,Harbour Foods,Ann,2.25,no,,Training
10/06/2026,Harbour Foods,Ann,26,yes,,Too long
11/06/2026,Harbour Foods,,1,yes,,Nobody
11/06/2026,Harbour Foods,Ann,1,perhaps,No such deal,Doubt
09/06/2026,Harbour Foods,ann,1.5,yes,,vat
"""


def give(office: Office, kind: str, text: str) -> Upload:
    office.firm.client.post("/import/", {"kind": kind, "pasted": text})
    return Upload.objects.get()


def stands(upload: Upload) -> list[tuple[int, str, str]]:
    return list(
        UploadRow.objects.filter(belongs_to=upload).order_by("line").values_list("line", "state", "reason")
    )


def test_hours_are_read_line_by_line_added_once_and_taken_back(office: Office) -> None:
    upload = give(office, "time", HOURS)

    assert stands(upload) == [
        (2, "new", ""),
        (3, "new", ""),
        (4, "wrong", "26 hours fit into no day. Part them, or mend the line."),
        (5, "wrong", "Nobody is named who worked. Write a name, or say which column has it."),
        (
            6,
            "wrong",
            "“perhaps” is neither yes nor no. Write one of them. The client has no deal “No such deal”, or"
            " several. Add it, or leave it out.",
        ),
        (7, "found", "Line 2 of this file says the same."),
    ]
    page = text_of(office.firm.client.get(f"/import/{upload.pk}/?state=new"))
    assert "Add 2 hours" in page
    office.firm.client.post(f"/import/{upload.pk}/add/")
    office.firm.client.post(f"/import/{upload.pk}/add/")

    added = TimeEntry.objects.order_by("day")
    assert list(added.values_list("day", "who", "hours", "note", "is_billable", "source")) == [
        (date(2026, 6, 9), "Ann", Decimal("1.50"), "VAT", True, f"import {upload.pk}, line 2"),
        (date(2026, 6, 10), "Ann", Decimal("2.25"), "Training", False, f"import {upload.pk}, line 3"),
    ]
    assert "1.5 hours on 2026-06-09" in text_of(office.firm.client.get(f"/import/{upload.pk}/?state=made"))
    agree_on_hours(office)
    generate(office.run(), now=added[0].created_at)
    kept = text_of(office.firm.client.post(f"/import/{upload.pk}/take-back/", follow=True))
    assert "1 removed, 0 as they were before. 1 kept" in kept
    assert list(added.values_list("note", flat=True)) == ["VAT"]


def test_expenses_say_their_currency_and_wait_for_their_client(office: Office) -> None:
    upload = give(
        office,
        "expenses",
        "Date,Customer,What,Amount\n3 Jun 2026,Harbour Foods,Train,£20.10\n"
        "3 Jun 2026,Nobody Ltd,Taxi,EUR 7\n",
    )
    columns = {f"column-{place}": value for place, value in enumerate(upload.meanings)}
    assert [state for _, state, _ in stands(upload)] == ["wrong", "wrong"]

    office.firm.client.post(f"/import/{upload.pk}/columns/", columns | {"dates": "day", "currency": "gbp"})
    office.firm.client.post(f"/import/{upload.pk}/add/")

    assert list(Expense.objects.values_list("description", "amount", "currency")) == [
        ("Train", Decimal("20.10"), "GBP")
    ]
    assert stands(upload)[1][2] == (
        "No client is called Nobody Ltd. Import the clients first, or have them added above."
    )


def test_units_find_the_line_that_counts_them(office: Office) -> None:
    line = office.line(office.agree(), kind="units", description="Seats", unit="seat")

    upload = give(
        office,
        "units",
        "Day,Client,Agreement,Unit,Quantity\n2026-06-30,Harbour Foods,care,Seat,12\n"
        "2026-06-30,Harbour Foods,,page,3\n",
    )
    office.firm.client.post(f"/import/{upload.pk}/add/")

    assert list(UnitCount.objects.values_list("line", "quantity")) == [(line.pk, Decimal(12))]
    assert stands(upload)[1][2] == (
        "The client has no agreement lines that count this. Name the agreement and the unit as they are"
        " called here."
    )
