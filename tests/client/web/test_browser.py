"""The page in Chromium, used as a writer does: by keyboard, with an input method, on a phone."""

import signal

import pytest

from client.story.story import Story
from tests.client.conftest import OPENING, ModelServer


def test_a_whole_turn_by_keyboard_and_a_reload(writer, serve_page, server, story_file):
    page = serve_page(story_file)
    writer.open(page.url)
    writer.until_sentences(OPENING)
    writer.press("Tab")
    first = writer.wait_for_candidates()
    assert writer.status() == "후보 10개가 나왔습니다."
    assert writer.focus() == "candidates"
    writer.press("Alt+KeyR")
    second = writer.wait_for_candidates(first)
    assert not {*first} & {*second}
    writer.page.reload()
    assert writer.wait_for_candidates() == second  # as they were
    writer.press("Control+Enter")  # shows what is there, and leads to it
    writer.until(lambda: writer.focus() == "candidates")
    writer.press("0")
    writer.until_sentences([*OPENING, second[9]])
    third = writer.wait_for_candidates(second)  # the next ten came by themselves
    assert writer.focus() == "candidates"
    writer.press("ArrowDown")
    writer.press("KeyE")
    assert writer.page.input_value("#line") == third[1]
    edited = f"그때 {third[1]}"
    writer.page.fill("#line", edited)
    writer.press("Enter")
    writer.until_sentences([*OPENING, second[9], edited])
    writer.wait_for_candidates(third)
    writer.page.focus("#line")
    writer.press("Control+KeyZ")
    writer.until_sentences([*OPENING, second[9]])
    assert writer.wait_for_candidates() == third
    writer.press("Control+KeyY")
    writer.until_sentences([*OPENING, second[9], edited])
    writer.type("등불이 천천히 ")
    writer.press("Tab")
    begun = writer.wait_for_candidates()
    writer.until(lambda: all(text.startswith("등불이 천천히 ") for text in writer.candidates()))
    asked = server.asked_for("sample")[-1]["prefix"]
    assert asked == ["등불이 천천히 ".encode()]  # with the space: the word is complete
    writer.press("Escape")  # back to the field
    assert writer.focus() == "line"
    writer.page.click(".candidate:nth-child(4)")
    writer.until(lambda: len(writer.sentences()) == 8)
    assert writer.sentences()[7] == writer.sentences()[7].strip() != begun
    assert writer.page.input_value("#line") == ""  # what was begun is finished
    marks = writer.page.locator(".sentence .mark").all_text_contents()
    assert "".join(marks).replace("\u2060", "") == "○○○○○◆◇◇"
    assert page.end() == (0, f"이야기를 저장했습니다: {story_file} (8문장)\n", "")
    story = Story.open(str(story_file))  # in the terminal it goes on where the page was
    assert story.sentences == writer.sentences()
    story.close()


def test_a_turn_is_two_requests_and_leaves_alone_what_is_shown(writer, serve_page, story_file):
    writer.open(serve_page(story_file).url)
    writer.press("Tab")
    first = writer.wait_for_candidates()
    writer.page.evaluate("document.querySelectorAll('.sentence').forEach(s => s.dataset.kept = 1)")
    asked = []
    writer.page.on("request", lambda request: asked.append(request.url.rsplit("/")[-1]))
    writer.press("3")
    writer.wait_for_candidates(first)
    writer.page.wait_for_timeout(300)
    assert asked == ["act", "act"]  # taken, and asked for the next; the answers say all
    kept = writer.page.locator(".sentence[data-kept]").count()
    assert kept == len(writer.sentences()) - 1
    writer.press("Control+KeyZ")
    writer.until_sentences(OPENING)
    assert writer.page.locator(".sentence[data-kept]").count() == kept
    numbers = writer.page.locator(".sentence").evaluate_all("all => all.map(s => s.dataset.number)")
    assert numbers == ["1", "2", "3", "4", "5"]


def test_sentences_are_changed_in_their_place(writer, serve_page, story_file):
    writer.open(serve_page(story_file).url)
    page = writer.page
    page.click(".sentence:has-text('밧줄')")
    page.fill(".editor textarea", "민호는 밧줄을 던졌다.")
    writer.press("Enter")
    now = [OPENING[0], "민호는 밧줄을 던졌다.", *OPENING[2:]]
    writer.until_sentences(now)
    assert "sentence" in writer.focus()
    writer.press("ArrowDown")
    writer.press("F2")
    page.click("text=뒤에 넣기")
    writer.type("파도가 높았다.")
    writer.press("Enter")
    now.insert(3, "파도가 높았다.")
    writer.until_sentences(now)
    writer.press("Enter")
    writer.press("Escape")
    assert writer.sentences() == now
    writer.press("Home")
    writer.press("Enter")
    page.click(".editor >> text=지우기")
    del now[0]
    writer.until_sentences(now)
    page.click(".sentence:has-text('파도가')")
    page.click("text=여기부터 다르게")
    writer.until_sentences(now[:3])
    page.click("text=갈래 (2)")
    page.click("text=비교")
    page.wait_for_selector("dialog[open]")
    assert page.locator("#rows tr").count() == 2
    assert writer.violations() == []
    page.click("text=닫기")
    page.click("text=이 갈래로 이동")
    writer.until_sentences(now)
    page.click("text=메모와 고정")
    page.fill("#note", "열쇠는 나중에")
    page.click("text=메모 추가")
    page.wait_for_selector("text=열쇠는 나중에")
    page.fill("#pin", "민호는 열두 살이다.")
    page.click("#pin-form button")
    page.focus("#dial")
    writer.press("ArrowRight")
    page.click("summary:has-text('내보내기')")
    page.check("#provenance")
    with page.expect_download() as download:
        page.click("a:has-text('md')")
    assert "작성자 표시" in download.value.path().read_text("utf-8")
    assert download.value.suggested_filename == "이야기.md"
    assert writer.violations() == []
    page.reload()
    writer.until(lambda: page.input_value("#dial") == "1")
    assert page.input_value("#pin") == "민호는 열두 살이다."


@pytest.mark.parametrize("timers", ["prompt", "late"])
def test_enter_while_composing_takes_the_sentence_once_with_its_last_syllable(
    writer, serve_page, story_file, timers
):
    if timers == "late":  # as on a busy machine, where a browser attends to keys first
        writer.page.add_init_script(
            "self.later = []; setTimeout = (what, ms, ...rest) => later.push(() => what(...rest))"
        )
    writer.open(serve_page(story_file).url)
    devtools = writer.page.context.new_cdp_session(writer.page)
    written = list(OPENING)

    def compose(syllables):
        for text in syllables:
            devtools.send(
                "Input.imeSetComposition", {"text": text, "selectionStart": 1, "selectionEnd": 1}
            )

    def key(code, key="Enter"):
        for kind in ("rawKeyDown", "keyUp"):
            about = {"type": kind, "windowsVirtualKeyCode": code, "key": key, "code": "Enter"}
            devtools.send("Input.dispatchKeyEvent", about)

    def timers_fire():
        if timers == "late":
            writer.page.evaluate("later.splice(0).forEach((timer) => timer())")

    def commit(text):
        timers_fire()
        devtools.send("Input.insertText", {"text": text})

    def check(sentence):
        timers_fire()
        written.append(sentence)
        writer.until_sentences(written)
        writer.page.wait_for_timeout(60)
        assert writer.sentences() == written
        assert writer.page.input_value("#line") == ""

    def begin(text):
        writer.type(text)
        compose(["ㄷ", "다"])
        assert writer.page.input_value("#line") == text + "다"

    begin("바람이 불었")  # Chrome on Windows: the key again when the syllable is there
    key(229, "Process")
    commit("다")
    key(13)
    check("바람이 불었다")
    begin("문이 열렸")  # Chrome on macOS, Firefox: once
    key(229)
    commit("다")
    check("문이 열렸다")
    begin("등불이 꺼졌")  # Safari: the syllable first
    commit("다")
    key(229)
    check("등불이 꺼졌다")
    begin("비가 그쳤")  # a keyboard on a screen: a line break instead of a key
    commit("다")
    devtools.send("Input.dispatchKeyEvent", {"type": "char", "text": "\r"})
    check("비가 그쳤다")
    begin("해가 떴")  # two sentences typed fast
    key(229, "Process")
    commit("다")
    key(13)
    begin("달이 졌")
    key(229)
    commit("다")
    written.append("해가 떴다")
    check("달이 졌다")
    begin("끝나지 않았")  # Tab: the model finishes what was composed
    devtools.send(
        "Input.dispatchKeyEvent",
        {"type": "rawKeyDown", "windowsVirtualKeyCode": 229, "key": "Process", "code": "Tab"},
    )
    commit("다")
    timers_fire()
    writer.wait_for_candidates()
    assert all(text.startswith("끝나지 않았다 ") for text in writer.candidates())
    assert writer.sentences() == written


def test_a_model_server_that_restarts_in_mid_turn(writer, serve_page, server, story_file):
    port = server.port
    writer.open(serve_page(story_file).url)
    server.hold.clear()
    writer.press("Tab")
    assert server.asked.wait(10)
    writer.page.wait_for_selector("#progress:has-text('찾는 중')")
    assert writer.violations() == []
    server.kill()
    writer.until(lambda: "응답하지 않습니다. 이야기는 그대로입니다." in writer.status())
    writer.until(lambda: writer.focus() == "again")
    assert writer.violations() == []
    assert writer.sentences() == OPENING
    again = ModelServer(port)
    try:
        writer.press("Enter")
        writer.wait_for_candidates()
        assert writer.status() == "후보 10개가 나왔습니다."
    finally:
        again.kill()


def test_stopping_and_writing_while_the_model_is_at_work(writer, serve_page, server, story_file):
    writer.open(serve_page(story_file).url)
    server.hold.clear()
    writer.press("Tab")
    writer.page.wait_for_selector("#stop:visible")
    writer.press("Escape")
    writer.until(lambda: writer.status() == "멈췄습니다. 이야기는 그대로입니다.")
    writer.page.wait_for_selector("#stop", state="hidden")
    writer.page.focus("#line")
    writer.press("Control+Enter")
    writer.page.wait_for_selector("#stop:visible")
    writer.type("기다리지 않았다.")
    writer.press("Enter")
    writer.until_sentences([*OPENING, "기다리지 않았다."])
    writer.press("Tab")
    writer.page.wait_for_selector("#stop:visible")
    writer.page.reload()
    writer.page.wait_for_selector("#progress:has-text('찾는 중')")
    server.hold.set()
    assert len(writer.wait_for_candidates()) == 10


def test_two_windows_show_the_same(new_writer, serve_page, story_file):
    page = serve_page(story_file)
    one, two = new_writer(), new_writer()
    one.open(page.url)
    two.open(page.url)
    one.type("하나가 썼다.")
    one.press("Enter")
    two.until_sentences([*OPENING, "하나가 썼다."])
    two.press("Tab")
    there = two.wait_for_candidates()
    one.until(lambda: one.candidates() == there)
    # What one is changing stays in its field when the other is faster.
    one.page.click(".sentence:has-text('하나가')")
    one.page.fill(".editor textarea", "하나가 고쳤다.")
    two.press("1")
    two.until(lambda: len(two.sentences()) == 7)
    one.press("Enter")
    one.until(lambda: "다른 창에서 바뀌었습니다" in one.status())
    assert one.page.input_value(".editor textarea") == "하나가 고쳤다."
    one.press("Escape")
    one.until_sentences(two.sentences())


def test_markup_in_a_sentence_is_only_text(writer, serve_page, story_file):
    markup = "<img src=x onerror=document.title='x'><b>굵게</b> &lt;"
    writer.open(serve_page(story_file).url)
    writer.type(markup)
    writer.press("Enter")
    writer.until_sentences([*OPENING, markup])
    assert writer.page.locator("#manuscript img, #manuscript b").count() == 0
    blocked = "try { document.body.innerHTML = '<i>x</i>'; 'made' } catch { 'blocked' }"
    assert writer.page.evaluate(blocked) == "blocked"
    assert writer.page.title() == "이야기"


def test_a_phone_in_the_dark_and_in_the_light(new_writer, serve_page, tmp_path):
    writer = new_writer(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    width = "document.documentElement.scrollWidth"

    def check(scheme):
        writer.page.emulate_media(color_scheme=scheme)
        background = writer.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (int(background.split("(")[1].split(",")[0]) < 60) == (scheme == "dark")
        assert writer.page.evaluate(width) == 360
        assert writer.violations() == []

    writer.open(serve_page(tmp_path / "새 이야기.txt").url, focus="")
    check("dark")
    writer.page.tap("#ask")
    writer.until(lambda: "먼저" in writer.status())
    writer.page.tap("#line")
    writer.type("안개가 항구를 덮었다.")
    writer.page.tap("#write")
    writer.until_sentences(["안개가 항구를 덮었다."])
    writer.page.tap("#ask")
    writer.until(lambda: "한 번 더" in writer.status())
    writer.page.tap("#ask")
    shown = writer.wait_for_candidates()
    check("light")
    check("dark")
    writer.page.tap("#revise")
    writer.page.tap(".candidate:nth-child(2)")
    assert writer.page.input_value("#line") == shown[1]
    writer.page.tap("#write")
    writer.until_sentences(["안개가 항구를 덮었다.", shown[1]])
    writer.wait_for_candidates(shown)
    writer.page.tap(".sentence >> nth=0")
    for drawer in ("갈래", "메모와 고정", "내보내기"):
        writer.page.tap(f"summary:has-text('{drawer}')")
    check("dark")
    check("light")


def test_a_page_that_restarts_goes_on(writer, serve_page, story_file):
    page = serve_page(story_file)
    port = page.url.rsplit(":", 1)[1].strip("/")
    writer.open(page.url)
    writer.type("반쯤 쓴 문장")
    assert page.end(signal.SIGINT)[0] == 0
    writer.until(lambda: "다시 연결하는 중입니다" in writer.status())
    serve_page(story_file, "--port", port, "--lang", "en")
    writer.until(lambda: writer.status() == "다시 연결되었습니다.")
    assert writer.page.input_value("#line") == "반쯤 쓴 문장"
    writer.type("이다.")
    writer.press("Enter")
    writer.until_sentences([*OPENING, "반쯤 쓴 문장이다."])
    writer.page.reload()
    writer.page.wait_for_selector("text=Find candidates")
    assert writer.page.get_attribute("html", "lang") == "en"
