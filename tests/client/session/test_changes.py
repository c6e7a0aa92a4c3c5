"""Everything a writer can do to a story in a session besides adding to its end."""

import pytest

from client.session.actions import (
    AddNote,
    Ask,
    Back,
    Compare,
    Delete,
    DropNote,
    Edit,
    Insert,
    ListBranches,
    ListNotes,
    Pin,
    Redo,
    ShowStory,
    Switch,
    Take,
    Undo,
    Write,
)
from client.session.comparison import Row
from client.session.events import (
    Branches,
    BranchSummary,
    Changed,
    Compared,
    Notes,
    Notice,
    Problem,
    Proposed,
    WholeStory,
)
from client.session.proposer import MAX_PINNED_SENTENCES
from client.story.history import Note
from client.story.manuscript import Author, Line
from tests.client.conftest import OPENING, do, shown

A, B, C, D, E = map(Line, OPENING)


def lines(*texts):
    return tuple(map(Line, texts))


def test_edit(session, story_file):
    text = "민호는 밧줄을 풀었다."
    assert do(session, Edit(2, text)) == [Changed("edit", 2, (B,), lines(text), 5)]
    assert story_file.read_text("utf-8").splitlines() == [OPENING[0], text, *OPENING[2:]]
    assert do(session, Edit(2, f" {text} ")) == [Notice("nothing_changed", {})]
    assert do(session, Edit(2, " ")) == [Notice("nothing_changed", {})]
    assert do(session, Edit(2, "하나. 둘.")) == [
        Changed("edit", 2, lines(text), lines("하나.", "둘."), 6)
    ]


def test_an_edited_sentence_of_the_model_is_nobodys_alone(session):
    do(session, Ask(), Take(1), Edit(6, "고쳤다."), Edit(1, "나도 고쳤다."))
    assert session.story.lines[5] == Line("고쳤다.", Author.EDITED)
    assert session.story.lines[0] == Line("나도 고쳤다.", Author.WRITER)


def test_delete(session):
    assert do(session, Delete(2)) == [Changed("delete", 2, (B,), (), 4)]
    assert do(session, Delete(2, 4)) == [Changed("delete", 2, (C, D, E), (), 1)]
    assert do(session, Undo(), Undo()) == [
        Changed("undo", 2, (), (C, D, E), 4),
        Changed("undo", 2, (), (B,), 5),
    ]
    assert do(session, Redo()) == [Changed("redo", 2, (B,), (), 4)]


def test_insert(session):
    assert do(session, Insert(0, "처음.")) == [Changed("insert", 1, (), lines("처음."), 6)]
    assert do(session, Insert(6, "끝. 참말.")) == [
        Changed("insert", 7, (), lines("끝.", "참말."), 8)
    ]
    assert do(session, Insert(3, "\x1b[2J")) == [Notice("nothing_changed", {})]


@pytest.mark.parametrize(
    "action",
    [Edit(0, "x"), Edit(6, "x"), Delete(6), Delete(3, 9), Insert(6, "x"), Back(6)],
)
def test_sentences_that_are_not_there(session, action):
    (problem,) = do(session, action)
    assert problem.key == "no_such_sentence"
    assert session.story.sentences == OPENING
    assert "count" in problem.fields


def test_a_range_given_backwards(session):
    (problem,) = do(session, Delete(3, 2))
    assert (problem.key, problem.fields) == ("reversed_range", {"first": 3, "last": 2})


def test_undo_and_redo_to_both_ends(session, story_file):
    for text in "가나다":
        do(session, Write(f"{text}."))
    full = session.story.sentences
    do(session, *[Undo()] * 3)
    assert session.story.sentences == OPENING
    assert do(session, Undo()) == [Problem("nothing_to_undo", {})]
    do(session, *[Redo()] * 3)
    assert session.story.sentences == full
    assert do(session, Redo()) == [Problem("nothing_to_redo", {})]
    assert story_file.read_text("utf-8").splitlines() == full


def test_undo_reaches_into_earlier_sessions(session, new_session, story_file):
    do(session, Write("가."), Write("나."), Undo())
    session.story.close()
    again = new_session(story_file)
    do(again, Redo())
    assert again.story.sentences == [*OPENING, "가.", "나."]
    do(again, Undo(), Undo())
    assert again.story.sentences == OPENING


def test_branches(session):
    do(session, Write("가."), Write("나."))
    assert do(session, Back(6)) == [Changed("back", 7, lines("나."), (), 6)]
    assert do(session, Back(6)) == [Notice("nothing_changed", {})]
    do(session, Write("다."), Write("라."))
    (listed,) = do(session, ListBranches())
    assert listed == Branches(
        [BranchSummary(1, False, 7, 6, "나."), BranchSummary(2, True, 8, 8, "라.")]
    )
    assert do(session, Compare(1)) == [Compared(None, 1, 6, [Row("다.", "나."), Row("라.", None)])]
    assert do(session, Compare(1, 2)) == [Compared(1, 2, 6, [Row("나.", "다."), Row(None, "라.")])]
    assert do(session, Switch(1)) == [Changed("switch", 7, lines("다.", "라."), lines("나."), 7)]
    assert do(session, Switch(1)) == [Notice("already_there", {})]
    do(session, Undo())
    assert session.story.sentences[-1] == "라."
    for action in (Switch(3), Switch(0), Compare(3), Compare(1, 0)):
        assert do(session, action)[0].key == "no_such_branch"


def test_sentences_in_both_branches_stand_beside_each_other(session):
    do(session, Write("가. 나."), Back(5), Write("다. 나. 라."))
    (compared,) = do(session, Compare(1))
    assert compared.rows == [Row("다.", "가."), Row("나.", "나."), Row("라.", None)]
    assert [row.same for row in compared.rows] == [False, True, False]


def test_notes_are_kept_from_the_model(session, new_session, server, story_file):
    assert do(session, AddNote("등불은 \x1b[2J복선")) == [Notes((Note("등불은 복선", 5),), "")]
    do(session, AddNote("둘째"), Undo(), Ask())
    assert "복선".encode() not in server.asked_for("suggest")[0]["story"][0]
    assert do(session, DropNote(3))[0].key == "no_such_note"
    assert do(session, DropNote(0))[0].key == "no_such_note"
    do(session, DropNote(1))
    session.story.close()
    assert do(new_session(story_file), ListNotes()) == [Notes((Note("둘째", 5),), "")]
    assert "복선" not in story_file.read_text("utf-8")


def test_what_is_pinned_is_told_first(session, new_session, server, story_file):
    assert do(session, Pin("민호는 열두 살이다. 배경은 항구다.")) == [
        Notes((), "민호는 열두 살이다. 배경은 항구다.")
    ]
    do(session, Ask())
    told = server.asked_for("suggest")[0]["story"][0].decode().split("\n")
    assert told == ["민호는 열두 살이다.", "배경은 항구다.", *OPENING]
    assert server.asked_for("sample")[0]["story"][0].decode().split("\n") == told
    do(session, Write("\n".join(f"{i}째 날이었다." for i in range(200))), Ask())
    told = server.asked_for("suggest")[-1]["story"][0].decode().split("\n")
    assert told[:3] == ["민호는 열두 살이다.", "배경은 항구다.", OPENING[0]]
    assert told[-1] == "199째 날이었다."
    assert do(session, Pin("가. " * (MAX_PINNED_SENTENCES + 1)))[0].key == "pin_too_long"
    session.story.close()
    again = new_session(story_file)
    do(again, Pin(""), Write("끝났다."), Ask())
    assert "열두".encode() not in server.asked_for("suggest")[-1]["story"][0]
    assert "열두" not in story_file.read_text("utf-8")


def test_a_candidate_that_copies_the_pin_is_not_shown(session, server):
    compute = server.compute
    copied = "민호는 열두 살이다."

    def answer(signature, inputs):
        outputs = compute(signature, inputs)
        if signature != "embed":
            outputs["candidates"].string_val[0] = copied.encode()
        return outputs

    server.answer = answer
    do(session, Pin(copied), Ask())
    assert copied not in shown(session)


def test_the_whole_story(session):
    do(session, Ask(), Take(1))
    (event,) = do(session, ShowStory())
    assert isinstance(event, WholeStory)
    assert [line.author for line in event.sentences] == [Author.WRITER] * 5 + [Author.MODEL]


def test_another_program_changes_the_text_meanwhile(session, story_file):
    do(session, Ask())
    first = shown(session)[0]
    story_file.write_text("".join(f"{s}\n" for s in [*OPENING[1:], "밤이 왔다."]), "utf-8")
    outside, taken = do(session, Take(1))
    assert outside == Changed("outside", 1, (A, B, C, D, E), (B, C, D, E, *lines("밤이 왔다.")), 5)
    assert taken == Changed("take", 6, (), (Line(first, Author.MODEL),), 6)
    assert story_file.read_text("utf-8").splitlines() == [*OPENING[1:], "밤이 왔다.", first]
    story_file.write_text("".join(f"{s}\n" for s in OPENING), "utf-8")
    outside, problem = do(session, Delete(1))
    assert outside.how == "outside"
    assert problem == Problem("look_again", {})
    assert do(session, Delete(1))[0].removed == (A,)
    do(session, Undo(), Undo(), Undo(), Undo())
    assert session.story.sentences == OPENING


def test_a_story_can_be_emptied_and_begun_again(session):
    do(session, Ask(), Delete(1, 5))
    assert session.story.sentences == []
    do(session, Write("하나."))
    assert isinstance(do(session, Ask())[-1], Proposed)
