import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.session.actions import (
    AddNote,
    Ask,
    Back,
    Compare,
    Delete,
    Dial,
    DropNote,
    Edit,
    Export,
    Insert,
    ListBranches,
    ListNotes,
    Pin,
    Redo,
    Save,
    ShowDial,
    ShowStory,
    Switch,
    Take,
    Undo,
    Write,
)
from client.session.commands import (
    EditCandidate,
    EditSentence,
    EmptyLine,
    Help,
    Hint,
    InsertAfter,
    Quit,
    parse,
)

AGAIN, DIFFERENTLY = Ask("again", anyway=True), Ask("differently", anyway=True)


def nfd(text):
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        (["1"], Take(1)),
        ([" 9 "], Take(9)),
        (["0", "10"], Take(10)),
        (["3번", "3.", "３．"], Take(3)),
        (["e 3번", "고치기 3번"], EditCandidate(3)),
        (["지우기 12번-14번"], Delete(12, 14)),
        (["３"], Take(3)),
        # as some keyboards of macOS compose it, too
        (["r", "R", "ㄱ", "\u1100", "다시", nfd("다시"), "again"], AGAIN),
        (["d", "ㅇ", "다르게"], DIFFERENTLY),
        (["u", "ㅕ", "되돌리기", "undo"], Undo()),
        (["y", "ㅛ", "다시 실행", "되살리기", "redo"], Redo()),
        (["s", "ㄴ", "저장"], Save()),
        (["q", "ㅂ", "끝"], Quit()),
        (["?", "？", "h", "ㅗ", "도움말"], Help()),
        (["v", "ㅍ", "보기"], ShowStory()),
        (["b", "ㅠ", "갈래"], ListBranches()),
        (["n", "ㅜ", "메모", "p", "ㅔ", "고정"], ListNotes()),
        (["e 3", "e3", "ㄷ 3", "고치기 3"], EditCandidate(3)),
        (["ㄷ 0", "ㄷ10"], EditCandidate(10)),
        (["e 3: 비가  왔다.", "ㄷ3：비가  왔다."], Take(3, "비가  왔다.")),
        (["f 12", "ㄹ 12", "다듬기 12"], EditSentence(12)),
        (["f 12: 비가: 왔다."], Edit(12, "비가: 왔다.")),
        (["x 3", "ㅌ3", "지우기 3"], Delete(3)),
        (["x 3-5", "x 3 5", "지우기 3~5"], Delete(3, 5)),
        (["i 0", "ㅑ 0", "끼우기 0"], InsertAfter(0)),
        (["i 3: 비가 왔다.", "끼우기 3: 비가 왔다."], Insert(3, "비가 왔다.")),
        (["g 3", "ㅎ 3", "돌아가기 3"], Back(3)),
        (["b 2", "ㅠ2", "갈래 2"], Switch(2)),
        (["c 2", "ㅊ 2", "비교 2"], Compare(2)),
        (["c 1 2", "비교 1 2"], Compare(1, 2)),
        (["n: 등불", "ㅜ:등불", "메모: 등불", "NOTE：등불", nfd("메모: 등불")], AddNote("등불")),
        (["n -2", "메모 -2"], DropNote(2)),
        (["p: 은서", "고정: 은서"], Pin("은서")),
        (["p -", "고정 -"], Pin("")),
        (["t 2", "t2", "t +2", "ㅅ 2", "새로움 2", "dial 2", nfd("새로움 2")], Dial(2)),
        (["t -2", "ㅅ-2", "새로움 -2", "무난 2", "safe 2"], Dial(-2)),
        (["t 0", "무난 0"], Dial(0)),
        (["t 9"], Dial(9)),  # which the session refuses
        (["t", "ㅅ", "새로움", "무난"], ShowDial()),
        (["w epub", "ㅈ epub", "내보내기 EPUB"], Export("epub")),
        (["w md 작성자", "w md 출처", "export md provenance"], Export("md", True)),
        (["등불이~", " 등불이～ "], Ask(prefix="등불이", anyway=True)),
        (["등불이 ~", " 등불이 ～ "], Ask(prefix="등불이 ", anyway=True)),  # the word is complete
        (["~", " ~ "], Ask(prefix="", anyway=True)),
        (["~"], Ask(anyway=True)),
        (["e"], Hint("edit_which")),
        (["f"], Hint("fix_which")),
        (["x"], Hint("delete_which")),
        (["i"], Hint("insert_where")),
        (["g"], Hint("back_where")),
        (["c"], Hint("compare_which")),
        (["w", "내보내기"], Hint("export_which")),
        (["", " \t"], EmptyLine()),
        (["> 끝", ">끝"], Write("끝")),
        (["> 네~"], Write("네~")),
    ],
)
def test_commands(lines, command):
    for line in lines:
        parsed = parse(line)
        if isinstance(command, Write):
            assert parsed.text.strip() == command.text
        elif isinstance(command, AddNote):
            assert unicodedata.normalize("NFC", parsed.text) == command.text
        else:
            assert parsed == command


@pytest.mark.parametrize(
    "line",
    [
        "끝.",
        "11",
        "1984",
        "3번 버스를 탔다.",
        "3번은",
        "11번",
        "r.",
        "e x",
        "e 11",
        "메모 한 장이 떨어졌다.",
        "지우기 시작했다: 하나씩.",
        "그는 말했다: 가자.",
        "n:",
        "b 1 2",
        "u 3",
        "w pdf",
        "x +3",
        "n +2",
        "t -",
        "새로움이 있었다.",
        "무난 -2",
        "x 1-2-3",
        "끝\n끝",
        "1\n2",
    ],
)
def test_anything_else_is_the_writers_own(line):
    assert parse(line) == Write(line)


@given(st.text())
def test_every_line_means_something(line):
    parse(line)
