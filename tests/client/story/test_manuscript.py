"""The tree of a story's states: nothing that ever stood there is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.story.manuscript import BACK, ROOT, Author, Branch, Change, Line, Manuscript, difference

TEXTS = st.lists(st.sampled_from("가나다라마"), max_size=4)


def line(text):
    return Line(text)


def change(manuscript, number, at, removed, *texts, parent=None):
    parent = manuscript.head if parent is None else parent
    there = manuscript.lines_at(parent)[at : at + removed]
    manuscript.apply(Change(number, parent, "test", at, tuple(there), tuple(map(line, texts))))


def texts(manuscript):
    return "".join(one.text for one in manuscript.lines)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), TEXTS), max_size=12), st.data())
def test_every_state_can_be_reached_again(changes, data):
    manuscript = Manuscript(map(line, "처음"))
    stood = {ROOT: "처음"}
    for number, (at, removed, added) in enumerate(changes, 1):
        manuscript.move(data.draw(st.sampled_from(sorted(stood))), "switch")
        change(manuscript, number, min(at, len(manuscript.lines)), removed, *added)
        stood[number] = texts(manuscript)
    for state, text in stood.items():
        assert "".join(one.text for one in manuscript.lines_at(state)) == text
        manuscript.move(state, "switch")
        assert texts(manuscript) == text
    branches = manuscript.branches()
    assert [branch.number for branch in branches] == list(range(1, len(branches) + 1))
    tips = {branch.tip for branch in branches}
    assert len(tips) == len(branches)
    assert manuscript.branch() in branches


@given(st.lists(st.sampled_from(["change", "undo", "redo", "switch"]), max_size=30), st.data())
def test_undo_and_redo_have_no_end(steps, data):
    manuscript = Manuscript()
    before, after = [], []  # as an editor with two stacks has it
    for number, step in enumerate(steps, 1):
        here = texts(manuscript)
        if step == "undo" and before:
            manuscript.move(manuscript.undo_target(), "undo")
            after.append(here)
            assert texts(manuscript) == before.pop()
        elif step == "redo" and after:
            manuscript.move(manuscript.redo_target(), "redo")
            before.append(here)
            assert texts(manuscript) == after.pop()
        elif step == "change":
            change(manuscript, number, 0, 0, str(number % 10))
            before.append(here)
            after.clear()
        elif step == "switch":
            branch = data.draw(st.sampled_from(manuscript.branches()))
            if branch.tip != manuscript.head:
                manuscript.move(branch.tip, "switch")
                before.append(here)
                after.clear()
        assert (manuscript.undo_target() is None) == (not before)
        assert (manuscript.redo_target() is None) == (not after)


def test_branches_keep_their_numbers():
    manuscript = Manuscript()
    change(manuscript, 1, 0, 0, "가")
    change(manuscript, 2, 1, 0, "나")
    manuscript.move(1, "back")
    assert manuscript.branches() == [Branch(1, 2)]
    change(manuscript, 3, 1, 0, "다")
    assert manuscript.branch() == Branch(2, 3)
    manuscript.move(2, "switch")
    change(manuscript, 4, 2, 0, "라")
    manuscript.move(3, "switch")
    change(manuscript, 5, 2, 0, "마")
    manuscript.move(ROOT, "back")
    change(manuscript, 6, 0, 0, "바")
    assert manuscript.branches() == [Branch(1, 4), Branch(2, 5), Branch(3, 6)]
    assert texts(manuscript) == "바"


def test_the_same_change_again_leads_to_the_same_state():
    manuscript = Manuscript()
    change(manuscript, 1, 0, 0, "가")
    manuscript.move(ROOT, "undo")
    assert manuscript.find_change(ROOT, "test", 0, 0, [line("가")]) == 1
    assert manuscript.find_change(ROOT, "test", 0, 0, [Line("가", Author.MODEL)]) is None
    assert manuscript.find_change(ROOT, BACK, 0, 0, [line("가")]) is None


def test_going_back_begins_a_branch_even_from_the_beginning():
    manuscript = Manuscript(map(line, "가나다"))
    manuscript.apply(Change(1, ROOT, BACK, 1, tuple(map(line, "나다")), ()))
    change(manuscript, 2, 1, 0, "라")
    assert manuscript.branches() == [Branch(1, ROOT), Branch(2, 2)]
    assert manuscript.branch() == Branch(2, 2)
    manuscript.move(ROOT, "switch")
    change(manuscript, 3, 3, 0, "마")  # goes on with the first branch, though it came later
    assert manuscript.branches() == [Branch(1, 3), Branch(2, 2)]
    assert manuscript.branch() == Branch(1, 3)


def test_the_place_where_a_story_once_ended():
    manuscript = Manuscript()
    change(manuscript, 1, 0, 0, "가")
    change(manuscript, 2, 1, 0, "나", "다")
    assert manuscript.ancestor_with([line("가")]) == 1
    assert manuscript.ancestor_with([]) == ROOT
    assert manuscript.ancestor_with([line("가"), line("나")]) is None


def test_a_change_that_does_not_fit_is_made_to():
    manuscript = Manuscript(map(line, "가"))
    manuscript.apply(Change(7, ROOT, "test", 3, (line("없"), line("다")), (line("나"),)))
    assert texts(manuscript) == "가나"
    manuscript.move(ROOT, "undo")
    assert texts(manuscript) == "가"


def test_there_is_no_way_to_a_state_that_is_not_there():
    with pytest.raises(KeyError):
        Manuscript().move(3, "undo")


@given(TEXTS, TEXTS)
def test_difference(before, after):
    before, after = list(map(line, before)), list(map(line, after))
    at, removed, added = difference(before, after)
    assert [*before[:at], *added, *before[at + removed :]] == after
    assert (removed, added) == (0, []) or before != after
