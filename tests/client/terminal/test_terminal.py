"""A person at a real (pseudo-)terminal: Hangul typed byte by byte, Ctrl-C, Ctrl-D, line editing."""

import os
import re
import unicodedata

import pytest
from wcwidth import wcswidth

from client.messages import LANGUAGES
from tests.client.conftest import OPENING
from tests.client.terminal.pseudo_terminal import (
    BACKSPACE,
    BRACKETED_PASTE,
    CTRL_A,
    CTRL_C,
    CTRL_D,
    PROMPT,
)


def test_a_session_typed_in_hangul(terminal, tmp_path):
    path = tmp_path / "이야기.txt"
    t = terminal(path)
    for number, sentence in enumerate(OPENING, 1):
        t.wait_for(f"첫머리 {number}/5> ")
        decomposed = number == 2  # as macOS would
        t.type((unicodedata.normalize("NFD", sentence) if decomposed else sentence) + "\r")
    shown = t.wait_for(PROMPT)
    assert re.findall(r"\x1b\[1m(\d)\. ", shown) == list("1234567890")
    t.type("ㄱ\r")
    t.wait_for(PROMPT)
    t.type(f"등불ㄹ{BACKSPACE}이 꺼졌다.\r")
    assert "▸" not in t.wait_for(PROMPT)  # it stands there as it was typed
    t.type("1\r")
    assert "▸" in t.wait_for(PROMPT)
    t.type("비가 왔다. 바람이 불었다.\r")
    assert t.wait_for(PROMPT).count("▸") == 2  # as two sentences
    t.type("ㅂ\r")
    t.wait_for(str(path))
    assert t.end() == 0
    lines = path.read_text("utf-8").splitlines()
    assert lines[:6] == [*OPENING, "등불이 꺼졌다."]
    assert len(lines) == 9


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_hangul_where_the_locale_knows_none(terminal, story_file, locale):
    t = terminal(story_file, LC_ALL=locale)
    t.wait_for(PROMPT)
    t.type(f"등불이 꺼졌다{BACKSPACE * 2}졌네.\r")
    t.wait_for(PROMPT)
    t.type("ㅂ\r")
    assert t.end() == 0
    assert story_file.read_text("utf-8").splitlines() == [*OPENING, "등불이 꺼졌네."]


def test_editing_a_candidate_in_place(terminal, story_file):
    t = terminal(story_file)
    shown = t.wait_for(PROMPT).replace("\r\n   ", " ")
    second = re.search(r"2\. \S*?m?(\S.*?)  \x1b\[2m[▁-█]{3}\u00a0", shown)[1]
    second = second.removeprefix("\x1b[0m")
    t.type("ㄷ 2\r")
    t.wait_for(second)  # stands there to be changed
    t.type(f"{CTRL_A}그날 \r")
    assert "▸" not in t.wait_for(PROMPT)  # it stands there as it was typed
    assert story_file.read_text("utf-8").splitlines()[5:] == [f"그날 {second}"]
    t.type("e 1\r")
    t.wait_for("고치기> ")
    t.press_ctrl_c(after="다.")
    t.wait_for(PROMPT)
    t.type("q\r")
    assert t.end() == 0
    assert len(story_file.read_text("utf-8").splitlines()) == 6


def test_ctrl_c_cancels_the_request_and_never_the_story(terminal, server, story_file):
    server.hold.clear()
    t = terminal(story_file)
    t.wait_for("찾는 중")
    assert server.asked.wait(20)
    t.type(CTRL_C)
    t.wait_for("취소했습니다")
    server.hold.set()
    t.wait_for(PROMPT)
    t.type("반쯤 쓴 글")
    t.press_ctrl_c(after="글")
    t.wait_for("끝내려면 q")
    t.wait_for(PROMPT)
    t.type("r\r")
    t.wait_for("(취소하려면 Ctrl-C)")
    t.wait_for(PROMPT)
    t.type("3\r")
    t.wait_for(PROMPT)
    t.type(CTRL_D)
    t.wait_for(str(story_file))
    assert t.end() == 0
    assert len(story_file.read_text("utf-8").splitlines()) == 6


def test_the_server_dies_and_the_writer_goes_on(terminal, server, story_file):
    t = terminal(story_file)
    t.wait_for(PROMPT)
    server.kill()
    t.type("1\r")
    t.wait_for(server.address)
    t.wait_for("끝내려면 q")
    t.wait_for(PROMPT)
    t.type("혼자라도 쓴다.\r")
    t.wait_for("끝내려면 q")
    t.wait_for(PROMPT)
    t.type(CTRL_D)
    assert t.end() == 0
    assert story_file.read_text("utf-8").splitlines()[-1] == "혼자라도 쓴다."


@pytest.mark.parametrize("columns", [20, 30, 60])
def test_lines_keep_to_the_width(terminal, server, story_file, columns):
    t = terminal(story_file, columns=columns, NO_COLOR="1")
    shown = t.wait_for(PROMPT).split("\x1b[K")[-1].replace(BRACKETED_PASTE, "")
    lines = shown.split("\r\n")
    assert "\x1b" not in shown
    assert len(lines) >= 12
    assert all(0 <= wcswidth(line) < columns for line in lines)
    t.type("x 99\r")
    shown = re.sub(r"\x1b\[\?2004[hl]\r?", "", t.wait_for(PROMPT)).split("\r\n")[1:-1]
    assert all(0 <= wcswidth(line) < columns for line in shown)
    said = LANGUAGES["ko"]["no_such_sentence"].format(number=99, count=5)
    assert " ".join(shown) == said  # no word in two pieces
    t.type("q\r")
    assert t.end() == 0


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("columns", [20, 42, 59, 60, 100])
def test_the_help_keeps_to_the_width_and_goes_on_further_in(
    terminal, story_file, columns, language
):
    text = LANGUAGES[language]
    t = terminal(story_file, "--lang", language, columns=columns, NO_COLOR="1")
    t.wait_for(text["prompt"])
    t.type("?\r")
    shown = re.sub(r"\x1b\[\?2004[hl]\r?", "", t.wait_for(text["prompt"])).split("\r\n")[1:-1]
    lines = text["help"].split("\n")
    assert "".join("".join(shown).split()) == "".join("".join(lines).split())
    assert all(0 <= wcswidth(line) < columns for line in shown)
    firsts = [line for line in lines[:-1] for one in shown if one.startswith(line.split("  ")[0])]
    assert set(firsts) == {*lines[:-1]}
    # What goes on stands below the meaning, or in a narrow terminal a little further in.
    meaning = wcswidth(re.match(r".*?  +", lines[0])[0])
    rest = [len(line) - len(line.lstrip()) for line in shown if line.startswith(" ")]
    assert set(rest) <= {meaning if columns >= 60 else 4}
    assert rest or columns > 60
    t.type("q\r")
    assert t.end() == 0


def test_a_plain_terminal_gets_no_escapes(terminal, story_file):
    t = terminal(story_file, TERM="dumb")
    shown = t.wait_for(PROMPT)
    assert "\x1b" not in shown
    t.type("q\r")
    assert t.end() == 0


def test_many_lines_are_pasted_at_once(terminal, server, tmp_path):
    path = tmp_path / "이야기.txt"
    t = terminal(path)
    t.wait_for("첫머리 1/5> ")
    assert BRACKETED_PASTE in t.seen
    pasted = "\r".join(unicodedata.normalize("NFD", s) for s in [*OPENING, "q", "1"])
    t.type(f"\x1b[200~{pasted}\x1b[201~\r")
    t.wait_for(PROMPT)
    assert path.read_text("utf-8").splitlines() == [*OPENING, "q", "1"]
    assert len(server.asked_for("suggest")) == 1
    t.type("u\r")
    t.wait_for("첫머리 1/5> ")  # one paste, one step back
    t.type("y\r")
    t.wait_for(PROMPT)
    t.type("q\r")
    assert t.end() == 0
    assert path.read_text("utf-8").splitlines() == [*OPENING, "q", "1"]


def test_many_lines_typed_faster_than_they_are_read_are_asked_about_once(
    terminal, server, tmp_path
):
    t = terminal(tmp_path / "이야기.txt", TERM="dumb")  # which has no bracketed paste
    t.wait_for("첫머리 1/5> ")
    os.write(t.master, "".join(f"{sentence}\r" for sentence in [*OPENING] * 4).encode())
    t.wait_for(PROMPT)
    t.type("v\r")
    t.wait_for("20문장.")
    assert len(server.asked_for("suggest")) < 10
    t.wait_for(PROMPT)
    t.type("q\r")
    assert t.end() == 0


def test_lines_keep_to_a_width_that_changes(terminal, story_file):
    t = terminal(story_file, columns=70, NO_COLOR="1")
    t.wait_for(PROMPT)
    t.resize(28)
    t.type("r\r")
    t.wait_for("\n1. ")  # readline may draw the prompt again before that, for the new size
    shown = "1. " + t.wait_for(PROMPT).replace(BRACKETED_PASTE, "")
    candidates = [line for line in shown.split("\r\n") if re.match(r"\d\. | {3}", line)]
    assert len(candidates) > 10  # some in two lines
    assert all(0 <= wcswidth(line) < 28 for line in candidates)
    t.type("q\r")
    assert t.end() == 0


def test_an_earlier_sentence_is_edited_in_place(terminal, story_file):
    t = terminal(story_file)
    t.wait_for(PROMPT)
    t.type("ㄹ 5\r")
    t.wait_for("무거웠다.")
    t.type(f"{BACKSPACE * 5}가벼웠다.\r")
    t.wait_for("+ 5 ")
    t.wait_for(PROMPT)
    assert story_file.read_text("utf-8").splitlines() == [*OPENING[:4], "등불은 생각보다 가벼웠다."]
    t.type("ㅑ 0\r")
    t.wait_for("끼워 넣을 문장> ")
    t.type("밤이었다.\r")
    t.wait_for(PROMPT)
    t.type("ㅌ 2\r")
    t.wait_for("지웠습니다")
    t.wait_for(PROMPT)
    t.type("ㅛ\r")
    t.wait_for("다시 실행할 것이 없습니다")
    t.type("ㅕ\r")
    t.wait_for(OPENING[0])
    t.wait_for(PROMPT)
    t.type("q\r")
    assert t.end() == 0
    lines = story_file.read_text("utf-8").splitlines()
    assert lines == ["밤이었다.", *OPENING[:4], "등불은 생각보다 가벼웠다."]


@pytest.mark.parametrize("columns", [40, 70])
def test_two_branches_side_by_side(terminal, story_file, columns):
    t = terminal(story_file, columns=columns, NO_COLOR="1")
    t.wait_for(PROMPT)
    for typed in ["첫째 길은 산으로 났다.", "g 5", "둘째 길은 바다로 아주 길게 이어졌다.", "b"]:
        t.type(f"{typed}\r")
        t.wait_for(PROMPT)
    t.type("ㅊ 1\r")
    shown = t.wait_for(PROMPT).replace(BRACKETED_PASTE, "")
    lines = [line for line in shown.split("\r\n") if " |" in line]
    assert all(0 <= wcswidth(line) < columns for line in lines)
    if columns == 70:
        assert len({wcswidth(line.split(" |")[0]) for line in lines}) == 1
        assert len(lines) == 2
    assert "".join(shown.split()).count("첫째길은") == 1
    t.type("q\r")
    assert t.end() == 0


def test_a_half_typed_sentence(terminal, story_file):
    t = terminal(story_file)
    t.wait_for(PROMPT)
    t.type("등불이 천천히 ~\r")
    begun = t.wait_for(PROMPT)
    assert begun.count("\x1b[2m등불이 천천히\x1b[0m ") == 10  # what is new stands out
    t.type("~\r")  # those that were there before
    assert "등불이 천천히" not in t.wait_for(PROMPT).split("\x1b[K")[-1]
    t.type("등불이 천천히 ~\r")
    t.wait_for(PROMPT)
    t.type("2번\r")
    t.wait_for(PROMPT)
    t.type("q\r")
    assert t.end() == 0
    assert story_file.read_text("utf-8").splitlines()[-1].startswith("등불이 천천히 ")
