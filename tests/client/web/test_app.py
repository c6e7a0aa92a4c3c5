"""What the page's server answers."""

import io
import json
import threading
import time
import zipfile

import pytest

from client.story.manuscript import Line
from tests.client.conftest import OPENING, ModelServer
from tests.client.web.conftest import ORIGIN


def keys(answer):
    return [event["key"] for event in answer["events"] if "key" in event]


def texts(shown):
    return [one["text"] for paragraph in shown["paragraphs"] for one in paragraph]


def candidates(shown):
    return [one["text"] for one in shown["candidates"]]


def test_a_turn(window, story_file):
    asked = window.act("ask")
    assert [event["event"] for event in asked["events"]] == ["asking", "proposed"]
    shown = asked["state"]
    assert len(shown["candidates"]) == 10
    for one in shown["candidates"]:
        assert one["strongest"] in one["reasons"]
        assert set(one["reasons"]) == {"fitting", "new", "natural"}
        assert all(0 <= value <= 1 for value in one["reasons"].values())
    third = candidates(shown)[2]
    taken = window.act("take", number=3)
    assert texts(taken["state"]) == [*OPENING, third]
    assert taken["state"]["candidates"] == []
    assert story_file.read_text("utf-8").splitlines() == [*OPENING, third]
    undone = window.act("undo")
    assert candidates(undone["state"]) == candidates(shown)  # as they were, without a request
    assert undone["state"]["can_redo"]


def test_everything_a_writer_can_do(window):
    window.act("write", text="직접 썼다. 또 썼다.")
    window.act("edit", number=1, text="첫 문장을 고쳤다.")
    window.act("insert", after=0, text="맨 앞에 끼웠다.")
    window.act("delete", number=3)
    shown = window.act("back", number=3)["state"]
    assert texts(shown) == ["맨 앞에 끼웠다.", "첫 문장을 고쳤다.", OPENING[2]]
    assert shown["branches"] == 2
    listed = window.act("list_branches")["events"][0]["branches"]
    assert [one["here"] for one in listed] == [False, True]
    compared = window.act("compare", branch=1)["events"][0]
    assert compared["common"] == 3
    assert len(texts(window.act("switch", branch=1)["state"])) == 7
    shown = window.act("add_note", text="열쇠는 나중에")["state"]
    assert [note["text"] for note in shown["notes"]] == ["열쇠는 나중에"]
    assert window.act("pin", text="민호는 열두 살이다.")["state"]["pinned"] == "민호는 열두 살이다."
    assert window.act("drop_note", number=1, expected="열쇠는 나중에")["state"]["notes"] == []
    assert window.act("dial", value=2)["state"]["dial"] == 2


def test_counts_and_paragraphs(window, story_file):
    story_file.write_text("하나 둘.\n\n셋.\n", "utf-8")
    shown = window.look()  # takes in what another program did
    assert [[one["text"] for one in p] for p in shown["paragraphs"]] == [["하나 둘."], ["셋."]]
    counts = shown["counts"]
    assert (counts["sentences"], counts["letters"], counts["characters"]) == (2, 6, 8)
    assert counts["share"] == {"writer": 1.0, "model": 0.0, "edited": 0.0}


def test_an_action_on_what_is_no_longer_there_is_refused(window):
    old = window.look()["place"]
    window.act("ask")
    window.act("take", number=1)
    before = window.look()
    for command, fields in [
        ("write", {"text": "늦은 문장."}),
        ("edit", {"number": 1, "text": "늦은 문장."}),
        ("delete", {"number": 1}),
        ("undo", {}),
        ("ask", {}),
    ]:
        answer = window.act(command, place=old, **fields)
        assert keys(answer) == ["stale"]
        assert answer["state"] == before
    window.act("ask")
    assert keys(window.act("take", number=2, expected="다른 후보였다.")) == ["stale"]
    window.act("add_note", text="하나")
    assert keys(window.act("drop_note", number=1, expected="둘")) == ["stale"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'"x"', b"{}", b"\xff", b"[" * 100_000,
        *(json.dumps({"expected": None, **wish}).encode() for wish in [
            {"action": {"command": "write"}, "place": 0},
            {"action": {"command": "fly"}, "place": 0},
            {"action": {"command": "quit"}, "place": 0},
            {"action": {"command": "export", "format": "txt"}, "place": 0},
            {"action": {"command": "write", "text": 3}, "place": 0},
            {"action": {"command": "write", "text": "x", "path": "/"}, "place": 0},
            {"action": "write", "place": 0},
            {"action": {"command": "undo"}, "place": "0"},
            {"action": {"command": "undo"}, "place": 0, "expected": []},
            {"action": {"command": ["undo"]}, "place": 0, "expected": None},
        ]),
    ],
)  # fmt: skip
def test_what_is_no_action_changes_nothing(window, body, story_file):
    answer = window.post("/act", content=body)
    assert answer.status_code == 400
    assert answer.json()["events"][0]["event"] == "problem"
    assert texts(window.look()) == OPENING


def test_numbers_that_do_not_exist(window):
    for command, fields in [
        ("take", {"number": 11, "expected": "?"}),
        ("take", {"number": 0, "expected": "?"}),
        ("take", {"number": -1, "expected": "?"}),
        ("edit", {"number": 99, "text": "x"}),
        ("switch", {"branch": 9}),
        ("dial", {"value": 99}),
        ("drop_note", {"number": 5, "expected": "?"}),
        ("undo", {}),
    ]:
        answer = window.act(command, **fields)
        assert answer["events"][0]["event"] in ("problem", "notice"), command
        assert answer["events"][0]["message"]
        assert texts(answer["state"]) == OPENING


def test_markup_stays_text(new_window, new_session, tmp_path):
    name = "<img src=x onerror=alert(1)>&amp;.txt"
    window = new_window(new_session(tmp_path / name))
    page = window.get("/").text
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;amp;" in page
    window.act("write", text="</script><script>alert(1)</script>")
    shown = window.get("/state")
    assert shown.headers["content-type"] == "application/json"
    assert texts(shown.json()) == ["</script><script>alert(1)</script>"]
    assert "alert(1)</script>" not in window.get("/").text


def test_export(window):
    window.act("ask")
    window.act("take", number=1)
    for kind in ("txt", "md", "epub", "docx"):
        answer = window.get(f"/export/{kind}")
        assert answer.headers["content-disposition"].endswith(f"%EC%9D%B4%EC%95%BC%EA%B8%B0.{kind}")
        assert OPENING[0].encode() in answer.content or zipfile.ZipFile(io.BytesIO(answer.content))
    assert "◆" not in window.get("/export/txt").text
    assert "◆" in window.get("/export/txt?provenance=1").text


def test_nothing_to_export(new_window, new_session, tmp_path):
    answer = new_window(new_session(tmp_path / "s.txt")).get("/export/epub")
    assert (answer.status_code, answer.text) == (409, "내보낼 문장이 없습니다.")


def test_an_opening_may_be_short(new_window, new_session, tmp_path):
    window = new_window(new_session(tmp_path / "s.txt"), language="en")
    assert window.act("ask")["events"] == [{"event": "opening_needed", "written": 0}]
    window.act("write", text="One sentence.")
    assert window.act("ask")["events"] == [{"event": "opening_needed", "written": 1}]
    assert len(window.act("ask", anyway=True)["state"]["candidates"]) == 10


def in_the_background(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    return lambda: (thread.join(20), found[0])[1]


@pytest.fixture
def waiting(window, server):
    """A window whose request for candidates is on its way; ends with what was answered."""
    server.hold.clear()
    server.asked.clear()
    answer = in_the_background(lambda: window.act("ask"))
    assert server.asked.wait(10)
    yield answer
    server.hold.set()


def test_stopping_keeps_the_story(window, server, waiting):
    assert window.look()["progress"]
    window.post("/stop", json={}).raise_for_status()
    answer = waiting()
    assert keys(answer) == ["cancelled"]
    assert texts(answer["state"]) == OPENING
    server.hold.set()
    assert len(window.act("ask")["state"]["candidates"]) == 10
    window.post("/stop", json={})  # with nothing to stop
    assert len(window.act("ask", how="again")["state"]["candidates"]) == 10


def test_writing_does_not_wait_for_the_model(window, waiting):
    begun = time.monotonic()
    answer = window.act("write", text="기다리지 않고 썼다.")
    assert time.monotonic() - begun < 5
    assert texts(answer["state"]) == [*OPENING, "기다리지 않고 썼다."]
    assert keys(waiting()) == ["cancelled"]


def test_one_request_at_a_time(window, server, waiting):
    assert keys(window.act("ask")) == ["busy"]
    server.hold.set()
    assert len(waiting()["state"]["candidates"]) == 10


def test_every_window_hears_of_news(window):
    with window.stream("GET", "/events") as stream:
        lines = (json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        first = next(lines)
        window.act("write", text="새 문장.")
        news = next(lines)
        assert news["version"] == first["version"] + 1
        assert news["start"] == first["start"]
        window.shared.end_updates()


def test_a_server_that_comes_back_answers_the_same_turn(window, server):
    port = server.port
    window.act("ask")
    window.act("take", number=1)
    server.kill()
    failed = window.act("ask")
    assert keys(failed) == ["server_gone"]
    assert len(texts(failed["state"])) == 6
    again = ModelServer(port)
    try:
        assert len(window.act("ask")["state"]["candidates"]) == 10
    finally:
        again.kill()


def test_what_was_shown_is_shown_by_the_next_page_too(
    window, session, new_session, new_window, story_file
):
    shown = window.act("ask")["state"]["candidates"]
    session.story.close()
    again = new_window(new_session(story_file))
    assert again.look()["candidates"] == shown


def test_notices_are_in_the_page(new_session, new_window, story_file):
    first = new_session(story_file)
    first.story.append("write", [Line("덧붙였다.")])
    first.story.close()
    story_file.write_text("바뀌었다.\n", "utf-8")
    window = new_window(new_session(story_file))
    assert (
        "다른 프로그램에서 고친 내용을 반영했습니다"
        in json.loads(window.get("/").text.split('id="notices">')[1].split("</script>")[0])[0][
            "message"
        ]
    )


def test_a_window_is_told_where_it_is(window):
    assert (
        window.get("/", headers={"Origin": ORIGIN}).headers["content-type"].startswith("text/html")
    )
    assert '<html lang="ko">' in window.get("/").text
