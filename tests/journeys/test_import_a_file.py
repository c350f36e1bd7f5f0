"""Clients, people and deals from a spreadsheet by keys alone: columns, what is wrong, adding, taking back."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import Installation, open_page, sign_up
from tests.journeys.keys import choose, press, tab_to

pytestmark = pytest.mark.journey

CLIENTS = """Firm\tNo.\tMail\tSince
Harbour Foods\tC-1\taccounts@harbour.example\t2019
שָׁלוֹם בע״מ\tC-2\tnot an address\t2020
\tC-3\tnobody@nobody.example\t2021
"""
PEOPLE = """Name\tClient\tE-mail
Ngaio Smith\tHarbour Foods\tngaio@harbour.example
Sam Okafor\tA client of nobody\tsam@nobody.example
"""
DEALS = """Deal\tClient\tValue\tCurrency
Rebuild the kitchen\tHarbour Foods\t12,500.50\tGBP
Paint the shop\tHarbour Foods\ta lot\tGBP
"""


def give(page: Page, installation: Installation, kind: str, lines: str) -> None:
    """Paste lines and have them looked at."""
    page.goto(f"{installation.url}/import/")
    choose(page.get_by_role("radio", name=kind))
    pasted = page.get_by_label("Or paste the lines")
    tab_to(pasted)
    page.keyboard.insert_text(lines)  # as a paste does
    press(page.get_by_role("button", name="Look at it"))
    expect(page.get_by_role("heading", name="Pasted lines")).to_be_visible()


def take_column_for(page: Page, head: str, meaning: str) -> None:
    """Say what a column is, by typing the beginning of the word."""
    chosen = page.get_by_label(head, exact=True)
    tab_to(chosen)
    page.keyboard.type(meaning)
    expect(chosen.locator("option:checked")).to_have_text(meaning)


def open_lines(page: Page, word: str) -> None:
    """Look at the lines of one fate."""
    tab = page.get_by_role("navigation", name="Lines").get_by_role("link", name=word)
    press(tab)
    expect(tab).to_have_attribute("aria-current", "page")


def test_a_spreadsheet_becomes_clients_people_and_deals_and_is_taken_back_by_keys(
    browser: Browser, installation: Installation
) -> None:
    with open_page(browser) as page:
        sign_up(page, installation)

        # A column that nobody could guess is named; the line that is wrong says why.
        give(page, installation, "Clients", CLIENTS)
        take_column_for(page, "Firm", "Name")
        take_column_for(page, "Since", "Keep in the notes")
        press(page.get_by_role("button", name="Look again"))
        open_lines(page, "Cannot be taken")
        wrong = page.get_by_role("table", name="Cannot be taken")
        expect(wrong.get_by_role("row", name="C-2")).to_contain_text("“not an address” is no e-mail address")
        expect(page.get_by_text("There is no name.")).to_be_visible()
        press(page.get_by_role("button", name="Add 1 client"))
        expect(page.get_by_text("1 added. 2 cannot be taken yet.")).to_be_visible()

        # People and deals find their client by its name, and a figure that is none is refused.
        give(page, installation, "People", PEOPLE)
        open_lines(page, "Cannot be taken")
        expect(wrong.get_by_role("row", name="Sam Okafor")).to_contain_text("A client of nobody")
        press(page.get_by_role("button", name="Add 1 people"))
        expect(page.get_by_role("button", name="Take back")).to_be_visible()
        give(page, installation, "Deals", DEALS)
        open_lines(page, "Cannot be taken")
        expect(wrong.get_by_role("row", name="Paint the shop")).to_contain_text("a lot")
        press(page.get_by_role("button", name="Add 1 deal"))
        expect(page.get_by_role("button", name="Take back")).to_be_visible()

        page.goto(f"{installation.url}/clients/")
        press(page.get_by_role("link", name="Harbour Foods"))
        expect(page.get_by_role("link", name="Ngaio Smith")).to_be_visible()
        expect(page.get_by_role("link", name="Rebuild the kitchen")).to_be_visible()

        # The deals are taken back; what they hang on stays.
        page.goto(f"{installation.url}/import/")
        press(page.get_by_role("link", name="Pasted lines").first)
        press(page.get_by_role("button", name="Take back"))
        expect(page.locator(".head").get_by_text("Taken back")).to_be_visible()
        page.goto(f"{installation.url}/deals/")
        expect(page.get_by_text("Rebuild the kitchen")).to_have_count(0)
