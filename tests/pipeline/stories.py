"""Stories made of sentences that were written for these tests."""

import itertools
from random import Random

WHO = ("소년은", "할머니는", "우체부가", "선생님이", "민지는", "그 남자는", "고양이가", "누나는")
WHERE = ("바닷가에서", "오래된 골목에서", "기차역까지", "도서관으로", "비 내리는 마당에서")
WHAT = (
    "편지를 읽었다.",
    "조용히 노래를 불렀다.",
    "잃어버린 우산을 찾고 있었다.",
    "아무 말도 하지 않았다.",
    '"이제 집에 가자." 하고 말하였다.',
    "등불을 켜고 기다렸습니다.",
)
SYLLABLES = "가나다라마바사아자차카타파하고노도로모보소오조초"
DEEDS = ("보았다", "찾았다", "기다렸다", "그렸다", "두고 왔다", "잊지 못했다")


def story(number: int, sentences: int = 24) -> str:
    """A story of short paragraphs; a different one for each number."""
    parts = list(itertools.product(WHO, WHERE, WHAT))
    lines = [" ".join(parts[(number * 37 + n * 11) % len(parts)]) for n in range(sentences)]
    return "\n\n".join(" ".join(lines[n : n + 3]) for n in range(0, sentences, 3)) + "\n"


def novel(number: int, sentences: int = 24) -> str:
    """Like a story, but with names and things of its own for each number."""
    random = Random(number)
    names = ["".join(random.choices(SYLLABLES, k=random.choice((2, 3)))) for _ in range(20)]

    def sentence() -> str:
        who, where, what = random.sample(names, 3)
        return f"{who}는 {where}에서 {what}를 {random.choice(DEEDS)}."

    lines = [sentence() for _ in range(sentences)]
    return "\n\n".join(" ".join(lines[n : n + 3]) for n in range(0, sentences, 3)) + "\n"
