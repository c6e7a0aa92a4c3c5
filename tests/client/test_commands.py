import unicodedata

import pytest

from client.commands import Edit, Help, Nothing, Quit, parse
from client.session import Ask, Save, Take, Undo, Write

AGAIN = Ask(anyway=True)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("1", Take(0)),
        (" 9 ", Take(8)),
        ("0", Take(9)),
        ("10", Take(9)),
        ("３", Take(2)),
        ("r", AGAIN),
        ("R", AGAIN),
        ("ㄱ", AGAIN),
        ("\u1100", AGAIN),  # as some keyboards of macOS compose it
        ("다시", AGAIN),
        (unicodedata.normalize("NFD", "다시"), AGAIN),
        ("u", Undo()),
        ("ㅕ", Undo()),
        ("되돌리기", Undo()),
        ("s", Save()),
        ("ㄴ", Save()),
        ("저장", Save()),
        ("q", Quit()),
        ("ㅂ", Quit()),
        ("끝", Quit()),
        ("?", Help()),
        ("？", Help()),
        ("h", Help()),
        ("도움말", Help()),
        ("e 3", Edit(2)),
        ("e3", Edit(2)),
        ("ㄷ 0", Edit(9)),
        ("ㄷ10", Edit(9)),
        ("고치기 1", Edit(0)),
        ("e", Edit(None)),
        ("", Nothing()),
        (" \t", Nothing()),
    ],
)
def test_commands(line, command):
    assert parse(line) == command


@pytest.mark.parametrize("line", ["끝.", "11", "1984", "3번 버스를 탔다.", "e 3번", "r.", "e x"])
def test_anything_else_is_the_writers_own(line):
    assert parse(line) == Write(line)
