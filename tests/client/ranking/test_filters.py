"""Which candidates are never shown, and that what people write is not refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.candidate import Candidate
from client.ranking import RankingContext, usable
from client.ranking.ending import Endings, is_finished
from client.ranking.filters import Filter, Flaw
from client.ranking.josa import has_broken_josa
from client.ranking.near_duplicates import SentenceIndex
from client.ranking.quotation import MAX_SENTENCES, Quotations, is_balanced
from client.sentences import split_sentences
from tests.client.conftest import OPENING, sentences


def candidate(text, log_prob=-10.0, token_count=10, embedding=(1.0, 0.0)):
    return Candidate(text, log_prob, token_count, embedding)


def left(texts, **setting):
    return {c.text for c in usable(map(candidate, texts), RankingContext(**setting))}


def flaw(text, story=(), **setting):
    return Filter(RankingContext(story, **setting)).flaw(text)


@pytest.mark.parametrize(
    "text",
    [
        "등불를 들었다.",
        "바다을 보았다.",
        "등불는 꺼졌다.",
        "선장와 함께 걸었다.",
        "어머니과 갔다.",
        "바다으로 나갔다.",
        "칼으로 잘랐다.",
        "산로 올라갔다.",
        "“사랑는 죽었어.”",
        "어머니은 말이 없었다.",
        "시간는 흘렀다.",
    ],
)
def test_particles_that_cannot_stand_there(text):
    assert has_broken_josa(text)
    assert flaw(text) is Flaw.PARTICLE


@pytest.mark.parametrize(
    "text",
    [
        "등불을 들고 바다를 보았다.",
        "가을 마을은 저녁노을을 입었다.",
        "밥을 먹는 아이를 껴안는 어머니와 사과를 나눈 작가.",
        "집을 지은 사람은 나은 길로, 칼로, 산으로, 바다로 갔다.",
        "종로에서 통로로, 신작로로 걸었다.",
        "그 약은 효과가 좋와, 하고 치과 의사가 말했다.",
        "예은은 하은과 놀았고, 이하은 선생은 웃었다.",
        "A를 B와 3과 7로 나누었다.",
        "신발을 신는 소리.",
        "손을 모은 채 이은 줄을 그은 아이.",
    ],
)
def test_particles_that_can(text):
    assert not has_broken_josa(text)


@pytest.mark.parametrize(
    ("text", "finished", "balanced"),
    [
        ("비가 왔다.", True, True),
        ("“가자!”", True, True),
        ("“가자. 어서.” 하고 그가 말했다.", True, True),
        ("가자고 했다", True, True),
        ("그는…", True, True),
        ("‘이건 ’90년 일이다.’", True, True),
        ("『“누구요?” 하고 물었다.』", True, True),
        ("“옳소”", True, True),
        ("‘설마’", True, True),
        ("“옳소” 하고", False, True),
        ("“옳소", False, False),
        ("등불이", False, True),
        ("등불을 들고,", False, True),
        ("하고", False, True),
        ("조용하게", False, True),
        ("“할머니, 이건 저씨는 거야.", True, False),
        ("가자.”", True, False),
        ('"가자.', True, False),
        ("“가자.』", True, False),
        ("”가자.“ 그가 말했다.", True, False),
    ],
)
def test_whole_sentences(text, finished, balanced):
    assert is_finished(text) is finished
    assert is_balanced(text) is balanced
    expected = None if finished and balanced else Flaw.UNBALANCED if finished else Flaw.UNFINISHED
    assert flaw(text) is expected


LEADING = ["노인이 문을 열며,", "“누구요?”", "민호는 등불을 들고", "“나요.”", "비가 왔다."]


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("누나가 돌아보며,", LEADING[:2]),
        ("선장에게,", LEADING[:2]),
        ("누나는 한참 바라보다가", LEADING[2:4]),
        ("누나는 문을 열면서", LEADING[2:4]),
    ],
)
def test_a_sentence_leads_into_speech_as_its_story_does(text, like):
    assert flaw(text) is Flaw.UNFINISHED
    assert flaw(text, like) is None
    assert flaw(text, [like[0], "비가 왔다."]) is Flaw.UNFINISHED  # no speech came
    assert flaw(text, [*like, *OPENING * 200]) is Flaw.UNFINISHED  # long ago
    assert flaw("누나는 등", like) is Flaw.UNFINISHED
    assert flaw("“정말 혼자 갈 거", like) is Flaw.UNFINISHED


SPEECH = ["“배가 떠납니다.", "모두 타십시오.", "오늘은 바람이 좋습니다.”"]


@pytest.mark.parametrize(
    ("story", "text", "allowed"),
    [
        ([], "모두 타십시오.”", False),
        (SPEECH[:1], "모두 타십시오.", True),
        (SPEECH[:1], "모두 타십시오.”", True),
        (SPEECH[:2], "모두 타십시오.” 하고 외쳤다.", True),
        (SPEECH[:2], "모두 타십시오.』", False),
        (SPEECH[:2], "모두 ‘타라’고 하십니다.", True),
        (SPEECH[:2], "모두 ‘타라고 하십니다.", False),
        (SPEECH[:2], "“모두 타십시오.”", True),  # the first was never closed
        (SPEECH[:2], "“모두 타십시오.", False),
        ([*SPEECH[:2], "“누구요?”"], "모두 타십시오.”", False),
        ([*SPEECH[:1], *["모두 타십시오."] * MAX_SENTENCES], "모두 타십시오.”", False),
        (SPEECH, "모두 타십시오.”", False),
        (SPEECH, "“그렇다면 서둘러야지.", False),
        (['"배가 떠납니다.', "타십시오."], '오늘은 좋습니다."', True),
        (['"배가 떠납니다."'], '오늘은 좋습니다."', False),
        (["『“배가 떠납니다.", "타십시오.”"], "오늘은 좋습니다.』", True),
        (["『“배가 떠납니다."], "오늘은 좋습니다.』", False),
    ],
)
def test_speech_goes_on_over_several_sentences(story, text, allowed):
    assert Quotations(story).allow(text) is allowed


@given(st.lists(st.text(alphabet='가 .“”‘’()"『』', max_size=12), max_size=30))
def test_any_story_has_open_marks(story):
    quotations = Quotations(story)
    assert len(set(quotations.opened)) == len(quotations.opened)
    for mark in quotations.opened:
        assert any(mark in sentence for sentence in story)
    assert quotations.allow("비가 왔다.")
    assert quotations.allow("“가자.”")


def test_copies_and_near_copies_of_the_story_are_left_out():
    near = OPENING[3].replace("등불", "촛불")
    part = "누나는 대답을 기다리지 않고 등불을"
    fresh = sentences(1)[:3]
    texts = [OPENING[0], f" {OPENING[1]}!", near, f"{part} 들었다.", *fresh]
    assert left(texts, story=OPENING) == set(fresh)


def test_short_sentences_may_be_alike():
    assert left(["“그래요.”"], story=["“그래요?” 누나가 물었다."]) == {"“그래요.”"}
    assert left(["“네.”"], story=["“네!”"]) == set()  # the very same word
    assert left(["“네.”"], story=["“네!”", *OPENING * 2]) == {"“네.”"}  # after a while
    assert left(["“네.”"], shown=["“네!”", *OPENING * 2]) == set()


def test_a_short_sentence_is_no_part_of_a_long_one():
    story = ["뜰에 꿇어앉아 비는 사람은 “지독한 구두쇠”라는 노인이었다."]
    assert left(["“지독한 구두쇠!”"], story=story) == {"“지독한 구두쇠!”"}


def test_what_was_shown_does_not_come_again_but_what_is_like_it_may():
    shown, near = "갈매기가 부두 끝에서 울었다.", "갈매기가 부두 끝에서 울었지."
    assert left([shown, near], shown=[shown]) == {near}
    assert left([shown, near], unwanted=[shown]) == set()
    assert left(["등불이 ", near], prefix="등불이") == {near}


def test_of_equal_ones_the_likeliest_is_kept():
    pool = [candidate("비가 왔다.", -9.0), candidate("비가  왔다!", -5.0)]
    assert usable(pool, RankingContext()) == [pool[1]]


@given(st.text(max_size=40))
def test_any_text_has_an_answer(text):
    assert flaw(text) in (None, *Flaw)
    assert SentenceIndex([text]).has_near_duplicate(text) in (True, False)
    assert Endings([text, "“가자.”"]).allow(text) in (True, False)


def test_a_near_copy_must_be_the_nearer_the_longer_ago_and_a_copy_not():
    sentence, near, nearer = (f"{words} 울었다." for words in (
        "갈매기가 부두 끝에서", "갈매기가 바다 끝에서 크게", "갈매기가 부두의 끝에서"
    ))  # fmt: skip

    def after(count):
        return SentenceIndex([sentence, *(f"{i}번째 날이 밝았다." for i in range(count))])

    def found(text):
        return [after(n).has_near_duplicate(text) for n in (0, 90, 110, 600)]

    assert found(near) == [True, True, False, False]
    assert found(nearer) == [True, True, True, False]
    assert after(600).contains("갈매기가 부두 끝에서 울었다!")
    assert after(600).repeats_too_soon("갈매기가 부두 끝에서 울었다!")


def test_what_people_write_is_not_refused(novels):
    """The particles of a quarter of the novels."""
    total = broken = 0
    for path in sorted(novels.glob("*.txt"))[::4]:
        for sentence in split_sentences(path.read_text("utf-8")):
            total += 1
            broken += has_broken_josa(sentence)
    assert total > 20_000
    # 0.04 % are refused, and most of these are misprints: 숲속를, 담배을.
    assert broken / total < 0.001
