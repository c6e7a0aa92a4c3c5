"""What the page tells those who hear it: names, announcements, where the focus is."""

import pytest

from tests.client.conftest import OPENING

HEARD = """
addEventListener("DOMContentLoaded", () => {
  self.heard = [];
  const status = document.getElementById("status");
  new MutationObserver(() => status.textContent && heard.push(status.textContent))
    .observe(status, { childList: true });
});
"""


@pytest.fixture
def listener(writer, serve_page, story_file):
    writer.page.add_init_script(HEARD)
    writer.open(serve_page(story_file, "--lang", "en").url)
    return writer


def heard(writer):
    """What was announced since the last time; waits until something was."""
    writer.until(lambda: writer.page.evaluate("heard.length"))
    return writer.page.evaluate("heard.splice(0)")


def tree(writer):
    """Role, name and properties of everything that is not ignored, in order."""
    devtools = writer.page.context.new_cdp_session(writer.page)
    nodes = devtools.send("Accessibility.getFullAXTree")["nodes"]
    return [
        (
            node["role"]["value"],
            node.get("name", {}).get("value", ""),
            {one["name"]: one["value"].get("value") for one in node["properties"]},
        )
        for node in nodes
        if not node["ignored"] and "properties" in node
    ]


def names(writer, role):
    return [name for found, name, _ in tree(writer) if found == role]


def test_ten_candidates_are_ten_options_with_a_word_each(listener):
    listener.press("Tab")
    shown = listener.wait_for_candidates()
    listener.until(lambda: listener.focus() == "candidates")
    options = names(listener, "option")
    assert [option.rsplit(" (", 1)[0] for option in options] == shown
    assert {option.rsplit(" (", 1)[1] for option in options} <= {"fits)", "new)", "natural)"}
    (about,) = [found for role, name, found in tree(listener) if role == "listbox"]
    assert about["focused"]
    chosen = [found.get("selected") for role, _, found in tree(listener) if role == "option"]
    assert chosen == [True] + [False] * 9
    assert heard(listener) == ["10 candidates found."]  # once


def test_the_first_of_a_new_ten_is_another_option(listener):
    """Who follows aria-activedescendant hears of it only if it becomes another one."""
    listener.press("Tab")
    first = listener.wait_for_candidates()
    active = listener.page.get_attribute("#candidates", "aria-activedescendant")
    listener.press("KeyR")
    listener.wait_for_candidates(first)
    now = listener.page.get_attribute("#candidates", "aria-activedescendant")
    assert now != active
    assert listener.page.locator(f"#{now}[aria-selected=true]").count() == 1


def test_every_change_is_announced_in_one_piece(listener):
    listener.press("Tab")
    first = listener.wait_for_candidates()
    assert heard(listener) == ["10 candidates found."]
    listener.press("2")  # what was chosen is known: only the next ten are announced
    listener.wait_for_candidates(first)
    assert heard(listener) == ["10 candidates found."]
    listener.press("Escape")
    listener.press("Control+KeyZ")
    listener.until(lambda: listener.candidates() == first)
    assert heard(listener) == ["Undone. 10 candidates found."]
    listener.type("비가 왔다.")
    listener.press("Enter")
    listener.until_sentences([*OPENING, "비가 왔다."])
    assert heard(listener) == ["Added."]
    listener.page.click(".sentence >> nth=0")
    listener.page.click(".editor >> text=Delete")
    listener.until_sentences([*OPENING[1:], "비가 왔다."])
    assert heard(listener) == ["Deleted."]


def test_the_focus_is_never_lost(listener):
    page = listener.page
    listener.type("비가 왔다.")
    listener.press("Enter")
    listener.until_sentences([*OPENING, "비가 왔다."])
    page.click("#undo")  # which is all that there is to undo
    listener.until_sentences(OPENING)
    listener.until(lambda: page.is_disabled("#undo"))
    assert listener.focus() == "redo"
    page.fill("#line", "눈이 왔다.")
    page.press("#line", "Enter")
    listener.until_sentences([*OPENING, "눈이 왔다."])
    page.click("#branches summary")
    switch = "Switch to this branch: Branch 1"  # by name: several are called alike
    listener.until(lambda: switch in names(listener, "button"))
    page.get_by_role("button", name=switch).press("Enter")
    listener.until_sentences([*OPENING, "비가 왔다."])
    listener.until(lambda: page.locator("#branches summary:focus").count() == 1)
    page.click("#notes summary")
    page.fill("#note", "열쇠는 나중에")
    page.press("#note-form button", "Enter")
    page.get_by_role("button", name="Delete: 열쇠는 나중에").press("Enter")
    listener.until(lambda: page.locator("#note-list li").count() == 0)
    assert page.locator("#notes summary:focus").count() == 1


def test_korean_is_read_as_korean_on_an_english_page(listener):
    listener.press("Tab")
    listener.wait_for_candidates()
    listener.page.click(".sentence >> nth=0")
    own = "element => element.closest('[lang]').lang"
    for css in (".candidate", ".sentence >> nth=1", ".editor textarea", "#line"):
        assert listener.page.locator(css).first.evaluate(own) == "ko", css
    assert listener.page.locator("#candidates-heading").evaluate(own) == "en"
    assert listener.violations() == []
