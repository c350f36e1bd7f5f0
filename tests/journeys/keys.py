"""A person who has no mouse: every target is reached with Tab, seen there, and pressed with a key."""

from playwright.sync_api import Locator, Page, expect

_TABS_AT_MOST = 200

_IS_FOCUSED = "element => element === document.activeElement"
# In a group of choices one stop stands for all of them; the arrows do the rest.
_IS_GROUP_FOCUSED = """element => {
  const focused = document.activeElement;
  return focused.type === "radio" && focused.name === element.name && focused.form === element.form;
}"""
# A ring around it, and nothing before it: WCAG 2.4.7 and 2.4.11.
_IS_SEEN = """() => {
  const focused = document.activeElement, box = focused.getBoundingClientRect();
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 12));
  const bare = getComputedStyle(focused).outlineStyle === "none";
  if (bare) return "has no ring";
  return top && (focused.contains(top) || top.contains(focused)) ? "" : "is hidden";
}"""
_IS_IN_MAIN = "element => document.activeElement === document.body && !!element.closest('main')"


def tab_to(target: Locator) -> None:
    """Go on with Tab until the target has the focus, which must be seen; past the menu by the skip link."""
    _go_to(target, _IS_FOCUSED)
    expect(target).to_be_focused()


def press(target: Locator) -> None:
    """Press a link, a button or what unfolds."""
    tab_to(target)
    target.page.keyboard.press("Enter")


def type_into(field: Locator, text: str) -> None:
    """Fill a field in, in the place of what stands there."""
    tab_to(field)
    field.page.keyboard.press("Control+A")
    field.page.keyboard.type(text)


def tick(box: Locator) -> None:
    """Tick a box that is not ticked."""
    tab_to(box)
    if not box.is_checked():
        box.page.keyboard.press("Space")
    expect(box).to_be_checked()


def choose(radio: Locator) -> None:
    """Take one of several choices."""
    _go_to(radio, _IS_GROUP_FOCUSED)
    for _ in range(_TABS_AT_MOST):
        if radio.evaluate(_IS_FOCUSED):
            break
        radio.page.keyboard.press("ArrowDown")
    if not radio.is_checked():
        radio.page.keyboard.press("Space")
    expect(radio).to_be_checked()


def _go_to(target: Locator, is_there: str) -> None:
    page = target.page
    expect(target).to_be_visible()
    if target.evaluate(_IS_IN_MAIN):
        _skip_the_menu(page)
    for _ in range(_TABS_AT_MOST):
        if target.evaluate(is_there):
            hidden = page.evaluate(_IS_SEEN)
            assert not hidden, f"what has the focus {hidden}: {target}"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def _skip_the_menu(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the page")
    if "#" in page.url and not skip.evaluate(_IS_FOCUSED):
        return  # the address led to a place on the page, and Tab goes on from there
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
