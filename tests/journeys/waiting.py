"""Looks at a page again until a worker has done its part; nothing is taken for granted at the first look."""

import pytest
from playwright.sync_api import Error, Locator, Page

from tests.journeys.keys import press

_LOOKS = 240
_PAUSE_MS = 500


def wait_for(page: Page, *words: str) -> None:
    """Load the page again until its main part says all of these words."""
    for _ in range(_LOOKS):
        said = page.locator("main").inner_text()
        if all(word in said for word in words):
            return
        page.wait_for_timeout(_PAUSE_MS)
        look_again(page)
    pytest.fail(f"{words} did not come:\n{page.locator('main').inner_text()}")


def wait_until_there(target: Locator) -> None:
    """Load the page again until it has this; words alone may stand in an explanation, too."""
    page = target.page
    for _ in range(_LOOKS):
        if target.is_visible():
            return
        page.wait_for_timeout(_PAUSE_MS)
        look_again(page)
    pytest.fail(f"{target} did not come:\n{page.locator('main').inner_text()}")


def sync_now(page: Page) -> None:
    """Ask for a sync by key, once none is under way that may have begun too early."""
    button = page.get_by_role("button", name="Sync now").first
    wait_until_there(button)
    press(button)


def look_again(page: Page) -> None:
    """Load the page once more; when a press before is just loading another, wait for that one."""
    try:
        page.reload()
    except Error as error:
        if "ERR_ABORTED" not in str(error):
            raise
        page.wait_for_load_state()
