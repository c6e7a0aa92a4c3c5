from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading import formats
from pipeline.reading.lines import SourceLine

TEXT = """---
title: 봄
---

# 제1장

    들여쓴 문단이다.
그는 *천천히* 걸었다[^1].
다음 **“봄”**은 [링크](http://a.b)와
`표`이다. ~~지움~~ <b>굵게</b> <ruby>春<rp>(</rp><rt>춘</rt><rp>)</rp></ruby>날<br>끝
---

[민지]: 안녕

1945. 8. 15. 그날이었다.

- 하나
- 둘

> 옮긴 말이다.

* * *

| a | b |
|---|---|
| 1 | 2 |

```py
x = 1
```

<div>
안녕
</div>

별\\*과 &amp; 3 * 4  
새 줄

[^1]: 주석이다.
"""


def parse(text: str) -> list[SourceLine]:
    return list(formats.parse("a.md", text.encode()))


def test_prose() -> None:
    assert [(line.number, line.text) for line in parse(TEXT) if not line.rejected] == [
        (7, "들여쓴 문단이다."),
        (8, "그는 천천히 걸었다."),
        (9, "다음 “봄”은 링크와 표이다. 지움 굵게 春날"),
        (10, "끝"),
        (13, "[민지]: 안녕"),
        (15, "1945. 8. 15. 그날이었다."),
        (17, "하나"),
        (18, "둘"),
        (20, "옮긴 말이다."),
        (36, "별*과 & 3 * 4"),
        (37, "새 줄"),
    ]


def test_what_is_not_prose() -> None:
    assert [(line.number, line.rejected, line.text) for line in parse(TEXT) if line.rejected] == [
        (1, "front matter", "--- title: 봄 ---"),
        (5, "heading", "# 제1장"),
        (11, "scene break", "---"),
        (22, "scene break", "* * *"),
        (24, "table", "| a | b | |---|---| | 1 | 2 |"),
        (28, "code", "```py x = 1 ```"),
        (32, "HTML", "<div> 안녕 </div>"),
        (39, "footnote", "[^1]: 주석이다."),
    ]


@given(st.lists(st.text("가나다라 .,!?“”…\n", max_size=30), max_size=6).map("\n\n".join))
def test_plain_text_keeps_every_letter(text: str) -> None:
    assert "".join("".join(line.text for line in parse(text)).split()) == "".join(text.split())


@given(st.text("가나 *_`[]()<>#-+|~:1.\\!\n\t", max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    letters = [c for line in parse(text) for c in line.text if c in "가나"]
    # The address of a link is markup; all other letters stand in a line, kept or rejected.
    assert (
        "](" in text or "<" in text or "[^" in text or letters == [c for c in text if c in "가나"]
    )
