import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.reading.normalization import _INDEPENDENT, FORM, as_json, normalize, replacements

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\xad\x00\x1f\x85\xa0\u3000\u2028 \t\u2581"
COMPOSING = "가각ᄀ\u1161\u11a8e\u0301\u0308か\u3099\u0338👨👩\ufe0f漢﨑＜Ａ="
MARKS = "\"'“”‘’「」『』«»„`´.…‥·ㆍ。、，．！？―─-–aA가漢字()[]（） \\1"
text = st.text() | st.text(INVISIBLE + COMPOSING, max_size=12) | st.text(MARKS, max_size=20)


@given(text, st.booleans())
@settings(max_examples=1000)
@example("가(漢)(字)[字]", True)
@example("가。.", False)
@example("가(漢)\u11a8", True)
@example("＜\u0338", False)
def test_normalizing_twice_changes_nothing(line: str, drop_hanja: bool) -> None:
    once = normalize(line, drop_hanja)
    assert normalize(once, drop_hanja) == once
    assert unicodedata.is_normalized(FORM, once)


@given(st.text(MARKS, max_size=20), st.integers(0, 20), st.integers(0, 20))
@settings(max_examples=1000)
def test_a_part_of_a_normal_line_is_one(line: str, start: int, end: int) -> None:
    part = normalize(line)[start:end].strip(" ")
    assert normalize(part) == part


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("\u3000그는\t\u00a0갔다.\r\n", "그는 갔다."),
        ("\ufeff봄\u200b날\x07", "봄날"),
        ("a\u2028b\u2029c\u0085d", "a b c d"),
        ("\u1112\u1161\u11ab글", "한글"),
        ("ㅋㅋ … 漢字 Hello 😀", "ㅋㅋ … 漢字 Hello 😀"),
        ("▁밑줄", "_밑줄"),
        ("👨\u200d👩\u200d👧 가\u200d나", "👨\u200d👩\u200d👧 가나"),
        ("ᄀ\u200bᅡ", "ᄀ ᅡ"),  # would compose if the space between them just went
        (" \u200b \u200d ", ""),
    ],
)
def test_characters(raw: str, normal: str) -> None:
    assert normalize(raw) == normal


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ('"왜?" 하고 그는 "그래."라고 답했다.', "“왜?” 하고 그는 “그래.”라고 답했다."),
        (
            '달려왔다."그가 왔어!""뭐? 누가?"민지는 물었다.',
            "달려왔다.“그가 왔어!”“뭐? 누가?”민지는 물었다.",
        ),
        ('"길을 잃었다. 그는 "산"이라고 했다.', "“길을 잃었다. 그는 “산”이라고 했다."),
        ('그리고 떠났다."', "그리고 떠났다.”"),
        ('("봄")', "(“봄”)"),
        ("'이럴 수가.' 이른바 '강'이라는 것", "‘이럴 수가.’ 이른바 ‘강’이라는 것"),
        ("\"'그래'라고 했어.\"", "“‘그래’라고 했어.”"),
        ("`봄' ´봄´", "‘봄’ ‘봄’"),
        ("'It's Kim's.'", "‘It’s Kim’s.’"),
        ("「가자.」 『아니.』 «응» „왜”", "“가자.” “아니.” “응” “왜”"),
        ("『그 「편지」와 「열쇠」를 봐.』", "“그 ‘편지’와 ‘열쇠’를 봐.”"),
        ("「그 『편지』 말이야.」", "“그 ‘편지’ 말이야.”"),
        ("《봄》과 〈여름〉", "《봄》과 〈여름〉"),
        ("글쎄... 음…… 아‥ 네。。。 저ㆍㆍㆍ 그···", "글쎄… 음… 아… 네… 저… 그…"),
        ("가ㆍ나 3.14 끝….", "가ㆍ나 3.14 끝…."),
        ("나는 ── 아니 — 그는―---우리는--", "나는 ― 아니 ― 그는―우리는―"),
        ("2010-11-12 가–나", "2010-11-12 가–나"),
        ("갔다。그리고、왔다。", "갔다. 그리고, 왔다."),
        ("我是。漢", "我是。漢"),
        ("네，정말？（Ａ－１）＼", "네, 정말?(A-1)\\"),
    ],
)
def test_marks(raw: str, normal: str) -> None:
    assert normalize(raw) == normal


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("연애(戀愛)와 편지[便紙]를", "연애와 편지를"),
        ("하루（一日）", "하루"),
        ("산(山, 뫼) 강(강) 漢字(한자) 그 (某)", "산(山, 뫼) 강(강) 漢字(한자) 그 (某)"),
        ("김(金 · 某)씨", "김씨"),
    ],
)
def test_hanja_after_hangul_can_be_dropped(raw: str, normal: str) -> None:
    assert normalize(raw, drop_hanja=True) == normal
    assert normalize(raw) == raw.replace("（", "(").replace("）", ")")


def test_no_character_taken_for_independent_composes() -> None:
    independent = re.compile(f"[{_INDEPENDENT}]")
    composing = {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    for code in range(0x110000):
        character = chr(code)
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            composing.add(chr(int(parts[1], 16)))
        if unicodedata.combining(character):
            composing.add(character)
    assert len(composing) > 900
    assert not [character for character in composing if independent.fullmatch(character)]


@given(text, st.booleans())
@settings(max_examples=500)
def test_lines_skip_only_rules_that_do_nothing(line: str, drop_hanja: bool) -> None:
    plainly = unicodedata.normalize(FORM, line)
    for pattern, by in replacements(drop_hanja):
        plainly = re.sub(pattern, by, plainly)
    assert normalize(line, drop_hanja) == plainly


@pytest.mark.parametrize("drop_hanja", [False, True])
def test_tensorflow_gives_the_same(drop_hanja: bool) -> None:
    tf = pytest.importorskip("tensorflow")
    tf_text = pytest.importorskip("tensorflow_text")
    rules = as_json(drop_hanja)["replacements"]
    assert isinstance(rules, list)

    # Characters that both Unicode tables know.
    known = st.characters(exclude_categories=("Cs", "Cn", "Co"))
    line = st.text(known) | st.text(INVISIBLE + COMPOSING) | st.text(MARKS, max_size=30)

    @given(st.lists(line, min_size=1))
    @settings(max_examples=150)
    @example(['"가"나" "다"', "'가'나' '다'", "『가「나」「다」』『", "가(漢)(字)\u11a8", "＼\\1"])
    def check(batch: list[str]) -> None:
        graph = tf_text.normalize_utf8(tf.constant([line.encode() for line in batch]), FORM)
        for pattern, by in rules:
            graph = tf.strings.regex_replace(graph, pattern, by)
        assert [line.decode() for line in graph.numpy()] == [
            normalize(line, drop_hanja) for line in batch
        ]

    check()
