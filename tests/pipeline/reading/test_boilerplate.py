import random

import pytest

from pipeline.reading import boilerplate
from pipeline.reading.lines import split_lines
from tests.pipeline.stories import story


def rejected(text: str) -> list[tuple[str, str]]:
    lines = boilerplate.mark(list(split_lines(text)))
    return [(line.rejected, line.text) for line in lines if line.rejected]


@pytest.mark.parametrize(
    ("reason", "lines"),
    [
        (
            "page or section number",
            "- 12 -|12|［12］|[p. 12]|p.12|12쪽|12/345|― 7 ―|(3)|제3장|3부|제 삼 장|一"
            "|二十三|Ⅲ|IV.",
        ),
        ("scene break", "***|* * *|◇ ◇|○○○|× × ×|─────|- - -|~~~|※"),
        ("table", "| a | b |;+---+---+;├──┼──┤;│ 하나 │ 둘 │"),
        (
            "licence or imprint",
            "이 저작물은 저자가 사망한 지 70년이 지났으므로 저작권이 소멸되었습니다."
            "|본 작품의 무단 전재 및 복제를 금합니다.|ⓒ 김아무개 2019|All rights reserved."
            "|이 글은 크리에이티브 커먼즈 저작자표시 4.0에 따라 이용할 수 있습니다."
            "|ISBN 978-89-0000-000-0",
        ),
    ],
)
def test_single_lines(reason: str, lines: str) -> None:
    for line in lines.split(";" if reason == "table" else "|"):
        assert rejected(line) == [(reason, line)]


@pytest.mark.parametrize(
    "line",
    [
        "네.", "…", "……", "?", "―", "~", "“○○○.”", "-- 아니.", "- 안녕?", "1945년", "열두 쪽",
        "이장",
        "12월이었다.", "3. 봄", "ㅋㅋㅋ", "^^", "*별*을 보았다.", "| 하고 울었다.", "그는\t갔다.",
        "“무단 전재를 금지합니다.”", "그는 저작권법을 배우는 학생이었다.", "지은이: 나", "5·18",
    ],
)  # fmt: skip
def test_prose_stays(line: str) -> None:
    assert rejected(line) == []
    assert rejected(story(1)) == []


def test_tables_of_tabs() -> None:
    text = "이름\t나이\t사는 곳\n민지\t열둘\t솔개포\n그는\t천천히\t걸었다.\n\n하나\t둘\n셋\t넷\n"
    assert len(rejected(text)) == 3
    assert rejected("그는\t천천히\t걸었다.\n비가 왔다.") == []


def test_colophons_and_gutenberg() -> None:
    colophon = "지은이: 김아무개\n펴낸이: 이아무개\n펴낸곳 | 바다\n등록번호 2001-1\n"
    assert len(rejected(story(1) + colophon)) == 4
    frame = (
        "The Project Gutenberg eBook of a story\n\n"
        "*** START OF THE PROJECT GUTENBERG EBOOK 봄 ***\n{}"
        "*** END OF THE PROJECT GUTENBERG EBOOK 봄 ***\nUpdated editions\n"
    )
    assert [text for _, text in rejected(frame.format(story(2)))] == [
        "The Project Gutenberg eBook of a story",
        "*** START OF THE PROJECT GUTENBERG EBOOK 봄 ***",
        "*** END OF THE PROJECT GUTENBERG EBOOK 봄 ***",
        "Updated editions",
    ]


def pages(head: str, paragraphs: int = 120, on_page: int = 6) -> str:
    """Pages of similar length, each with a running head."""
    parts = story(1, sentences=paragraphs * 3).split("\n\n")
    lines = []
    for index, part in enumerate(parts):
        if index % on_page == 0:
            lines.append(head.format(10 + index // on_page))
        lines += [part, *(["네.", "하고"] if random.Random(index).random() < 0.2 else [])]
    return "\n".join(lines)


@pytest.mark.parametrize("head", ["바다의 끝", "{}  바다의 끝", "바다의 끝 | {}", "[{}] 첫째 날"])
def test_running_heads(head: str) -> None:
    found = rejected(pages(head))
    assert len(found) == 20
    assert {reason for reason, _ in found} == {"running header or footer"}


def test_refrains_stay() -> None:
    refrain = "\n".join(f"{part}\n아리랑 아리랑" for part in story(1, sentences=90).split("\n\n"))
    assert rejected(refrain) == []
    rng = random.Random(2)
    anywhere = "\n".join(
        part
        + ("\n하고" if rng.random() < 0.3 else "")
        + ("\n그 무렵" if rng.random() < 0.1 else "")
        for part in story(1, sentences=900).split("\n\n")
    )
    assert rejected(anywhere) == []


@pytest.mark.parametrize(
    "text", ["-" * 200_000 + "a", "|" * 200_000, "가\t" * 99_999, "1" * 99_999]
)
def test_very_long_lines_take_little_time(text: str) -> None:
    assert boilerplate.mark(list(split_lines(text)))
