"""The report card's figures measure what their names say."""

import dataclasses
import json
import math
import os
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainer.conftest import call
from trainer.configuration import TrainerError
from trainer.report_card import newness
from trainer.report_card.bootstrap import estimate_ratio
from trainer.report_card.card import save
from trainer.report_card.context import measure_context
from trainer.report_card.continuation import continue_stories
from trainer.report_card.models import JudgedModel
from trainer.report_card.particles import contradictions, has_wrong_particle
from trainer.report_card.quality_metrics import METRICS
from trainer.report_card.spelling import Spelling, words_of
from trainer.report_card.table import table
from trainer.report_card.windows import (
    MIN_STORY,
    NO_WORK,
    SENTENCES,
    Window,
    held_out_windows,
    windows_of_file,
)


def window(*sentences, candidate_sets=None):
    return Window(NO_WORK, [], list(sentences), candidate_sets or [list(sentences)])


# --- figures and windows


def test_a_ratio_stands_in_its_interval():
    figure = estimate_ratio([(1, 10), (3, 10), (2, 10)], seed=1)
    assert figure.value == pytest.approx(0.2)
    assert 0.1 <= figure.low < 0.2 < figure.high <= 0.3
    assert figure.count == 30
    assert estimate_ratio([(1, 10), (3, 10), (2, 10)], seed=1) == figure
    assert estimate_ratio([(0, 0)], seed=1) is None
    assert estimate_ratio([], seed=1) is None


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(1, 9), st.integers(0, 99))
def test_windows_of_human_text_do_not_overlap(sizes, count, seed):
    works = [[f"{work}-{i}" for i in range(size)] for work, size in enumerate(sizes)]
    if max(sizes) < MIN_STORY + SENTENCES:
        with pytest.raises(TrainerError, match="15 sentences"):
            held_out_windows(works, count, seed)
        return
    found = held_out_windows(works, count, seed)
    assert 1 <= len(found) <= count
    seen = [sentence for one in found for sentence in one.continuation]
    assert len(seen) == len(set(seen)) == SENTENCES * len(found)
    for one in found:
        whole = [*one.story, *one.continuation]
        assert whole == works[one.work][: len(whole)]
        assert len(one.story) >= MIN_STORY


def test_a_file_of_stories_is_cut_at_blank_lines(tmp_path):
    path = tmp_path / "stories.txt"
    path.write_text("\ufeff\n" + "\n".join(f"문장 {i}." for i in range(12)) + "\n\n\n끝.\n")
    found = windows_of_file(path, 9)
    assert [len(one.continuation) for one in found] == [10, 2, 1]
    assert found[1].story == [f"문장 {i}." for i in range(10)]
    assert len(windows_of_file(path, 1)) == 1


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00\xd8"])
def test_a_file_without_stories_is_refused(tmp_path, content):
    path = tmp_path / "stories.txt"
    path.write_bytes(content)
    with pytest.raises(TrainerError, match=r"stories\.txt"):
        windows_of_file(path, 9)


# --- newness


def test_repetition_and_distinctness():
    repetitive = window("a b c d e", "a b c d f")
    assert newness.repeated_ngrams(repetitive, str.split) == (1, 7)
    candidate_sets = [["a b c", "a b d", "x y"]]
    assert newness.distinct_bigrams(window(candidate_sets=candidate_sets), str.split) == (4, 5)
    assert newness.similar_pairs(
        window(candidate_sets=[["a b c d", "a b c d e", "x y"]]), str.split
    ) == (1, 3)


TEXTS = st.text("가나다 abé", min_size=1, max_size=12)


@given(st.lists(TEXTS, min_size=1, max_size=8), TEXTS)
def test_the_longest_match_is_the_longest_common_stretch(training, sentence):
    indexed = newness.TrainingText(training)
    stretches = (
        sentence[a:b] for a in range(len(sentence)) for b in range(a + 1, len(sentence) + 1)
    )
    longest = max((len(s) for s in stretches if any(s in text for text in training)), default=0)
    assert indexed.longest_match(sentence) == longest
    assert indexed.contains(sentence) == any(sentence in text for text in training)


def test_a_text_in_several_parts_is_searched_whole(monkeypatch):
    monkeypatch.setattr(newness, "PART_BYTES", 20)
    indexed = newness.TrainingText(["첫 문장이다.", "둘째 문장이다.", "셋째 문장이다."])
    assert len(indexed.parts) > 1
    assert all(indexed.contains(s) for s in ("첫 문장이다.", "둘째 문장이다.", "셋째 문장이다."))
    assert not indexed.contains("넷째 문장이다.")


# --- grammar and spelling


@pytest.fixture(scope="module")
def analyse():
    from kiwipiepy import Kiwi

    kiwi = Kiwi(load_multi_dict=False)
    return lambda sentence: kiwi.analyze(sentence)[0]


@pytest.mark.parametrize(
    "sentence",
    ["사과을 먹었다.", "책를 읽는다.", "바다은 넓다.", "친구과 만났다.", "학교으로 갔다.",
     "집로 갔다.", "그는 서울으로 갔다.", "고양이이 울었다.", "등불는 꺼졌다."],
)  # fmt: skip
def test_a_wrong_particle_is_found(analyse, sentence):
    assert has_wrong_particle(sentence, analyse)


@pytest.mark.parametrize(
    "sentence",
    ["사과를 먹었다.", "가을이 왔다.", "마을은 조용했다.", "먹는 일이 남았다.", "서울로 갔다.",
     "물로 씻었다.", "그 아이가 웃었다.", "효과와 결과를 보았다.", "새로 지은 집으로 갔다.", ""],
)  # fmt: skip
def test_a_right_one_is_not(analyse, sentence):
    assert not has_wrong_particle(sentence, analyse)


def test_contradictions_are_places_in_the_sentence():
    assert list(contradictions("사과을 물으로 집로 서울로")) == [(2, "을"), (5, "으로"), (9, "로")]


def test_words_are_hangul_without_marks():
    assert words_of("“가자!” 그가 TV를 껐다… 3월") == ["가자", "그가", "껐다"]


def test_spelling_counts_unknown_words():
    try:
        spelling = Spelling()
    except TrainerError as error:
        pytest.skip(f"needs Hunspell and its Korean dictionary: {error}")
    assert spelling.unknown(window("하늘을 보앗다.", "“하늘을 보았다.”")) == (1, 4)
    assert spelling.unknown_of(["먹었다", "먹엇다"]) == {"먹엇다"}


def test_without_a_dictionary_it_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TrainerError, match="apt install hunspell hunspell-ko"):
        Spelling()


# --- context and writing


class FakeModel:
    """Signatures of a model that knows what comes next, or that prefers short sentences."""

    def __init__(self, works, knows):
        self.after = {a: b for work in works for a, b in pairwise(work)}
        self.knows = knows
        self.stories = []

    def score(self, story, sentence):
        last = [text.decode().rpartition("\n")[2] for text in story.numpy()]
        texts = [text.decode() for text in sentence.numpy()]
        log_probs = [
            -float(len(text)) + 3.0 * (self.knows and self.after.get(before) == text)
            for before, text in zip(last, texts, strict=True)
        ]
        return {"log_prob": Array(log_probs), "token_count": Array([1] * len(texts))}

    def suggest(self, story):
        self.stories.append([text.decode() for text in story.numpy()])
        row = [f"후보 {i}." for i in range(10)]
        return {"candidates": Array([[text.encode() for text in row]] * len(self.stories[-1]))}


class Array:
    def __init__(self, values):
        self.values = np.array(values)

    def numpy(self):
        return self.values


WORKS = [[f"{work}의 문장 {'아' * (i % 7)}{i}." for i in range(60)] for work in range(3)]


@pytest.mark.parametrize("knows", [True, False])
def test_a_model_that_knows_finds_the_true_sentence(knows):
    fake = FakeModel(WORKS, knows)
    model = JudgedModel("fake", {"score": fake.score})
    windows = held_out_windows(WORKS, 4, 1)
    found = measure_context(model, WORKS, windows, 1, lambda n: None)
    hits = sum(one.same_work[0] + one.other_works[0] for one in found)
    questions = sum(one.same_work[1] + one.other_works[1] for one in found)
    assert questions == 4 * SENTENCES * 2
    # What length alone says is taken out, so that a model that knows nothing finds nothing.
    assert hits == (questions if knows else 0)
    bits, characters = found[0].fit
    assert characters == sum(map(len, windows[0].continuation))
    assert bits == pytest.approx((characters - 3.0 * knows * SENTENCES) / math.log(2))


def test_what_is_likely_everywhere_in_a_work_does_not_stand_out():
    """A model that remembers a work finds its next sentence, not the one that fits it best."""
    known = {sentence: 1.0 + number % 7 for work in WORKS for number, sentence in enumerate(work)}
    follows = {a: b for work in WORKS for a, b in pairwise(work)}

    def score(story, sentence):
        log_probs = []
        for before, text in zip(story.numpy(), sentence.numpy(), strict=True):
            last, asked = before.decode().rpartition("\n")[2], text.decode()
            same_work = last.partition("의")[0] == asked.partition("의")[0]
            worth = known[asked] * same_work + 0.5 * (follows.get(last) == asked)
            log_probs.append(worth - len(asked))
        return {"log_prob": Array(log_probs), "token_count": Array([1] * len(log_probs))}

    model = JudgedModel("remembers", {"score": score})
    found = measure_context(model, WORKS, held_out_windows(WORKS, 4, 1), 1, lambda n: None)
    assert sum(one.other_works[0] for one in found) == 4 * SENTENCES
    assert sum(one.same_work[0] for one in found) == 4 * SENTENCES


def test_other_text_is_only_asked_of_other_works():
    model = JudgedModel("fake", {"score": FakeModel(WORKS, True).score})
    other_text = dataclasses.replace(held_out_windows(WORKS, 1, 1)[0], work=NO_WORK)
    (found,) = measure_context(model, WORKS, [other_text], 1, lambda n: None)
    assert found.other_works[1] == SENTENCES
    assert found.same_work == (0, 0)


def test_a_model_writes_on_from_what_it_wrote():
    fake = FakeModel(WORKS, True)
    model = JudgedModel("fake", {"suggest": fake.suggest})
    openings = held_out_windows(WORKS, 3, 1)
    progress = []
    windows = continue_stories(model, "suggest", openings, 1, progress.append)
    assert sum(progress) == 3 * SENTENCES
    for one, opening in zip(windows, openings, strict=True):
        assert len(one.continuation) == len(one.candidate_sets) == SENTENCES
        assert len(one.sentences) == 100
        assert one.story == opening.story
    assert fake.stories[0][0].endswith(openings[0].story[-1])
    assert fake.stories[-1][0].endswith(windows[0].continuation[-2])
    again = continue_stories(model, "suggest", openings, 1, progress.append)
    assert again == windows


# --- the card


CARD = {
    "format_version": 1, "model": "run", "windows": 2, "seed": 1,
    "columns": [
        {"name": "human", "figures": {m.key: None for m in METRICS}},
        {"name": "suggest", "figures": {
            m.key: {"value": 0.25, "low": 0.2, "high": 0.3, "count": 8.0} for m in METRICS}},
    ],
}  # fmt: skip


def test_the_card_is_written_as_json_table_and_picture(tmp_path):
    save(CARD, tmp_path / "one")
    save(CARD, tmp_path / "two")
    names = {"report_card.json", "report_card.md", "report_card.png"}
    assert {path.name for path in (tmp_path / "one").iterdir()} == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert json.loads((tmp_path / "one" / "report_card.json").read_text()) == CARD
    rows = [line for line in table(CARD).splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(METRICS)
    assert "| – | 25.0 % ± 5.0 |" in rows[2]
    assert (tmp_path / "one" / "report_card.png").read_bytes().startswith(b"\x89PNG")


def refused(done, code, *words):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert all(str(word) in done.stderr for word in words), done.stderr


def test_options_that_do_not_go_together(data_folder, tmp_path):
    base = ("trainer.evaluate", "--data", data_folder)
    refused(call(*base), 2, "--run")
    refused(call(*base, "--report"), 2, "--run, --export or --stories")
    refused(call(*base, "--report", "--export", tmp_path), 2, "--output")
    refused(call(*base, "--run", tmp_path, "--stories", tmp_path / "x"), 2, "--report")
    refused(
        call(*base, "--report", "--run", tmp_path, "--windows", 0),
        2,
        "argument --windows: '0' is not a whole number of 1 or more",
    )


@pytest.mark.timeout(900)
def test_stories_are_judged_without_a_model(data_folder, tmp_path):
    try:
        Spelling()
    except TrainerError as error:
        pytest.skip(f"needs Hunspell and its Korean dictionary: {error}")
    base = ("trainer.evaluate", "--report", "--data", data_folder, "--output", tmp_path / "card")
    missing = call(*base, "--stories", tmp_path / "none.txt")
    refused(missing, 1, tmp_path / "none.txt", "cannot be read")
    stories = tmp_path / "mine.txt"
    stories.write_text("그는 사과을 먹었다.\n등대는 오래전부터 그 자리에 서 있었다.\n" * 10)
    done = call(*base, "--stories", stories, "--windows", 2)
    assert done.returncode == 0, done.stderr
    card = json.loads((tmp_path / "card" / "report_card.json").read_text())
    assert [column["name"] for column in card["columns"]] == ["human", "stories"]
    human, mine = (column["figures"] for column in card["columns"])
    assert mine["wrong_particles"]["value"] == pytest.approx(0.5)
    assert human["wrong_particles"]["value"] == 0
    assert mine["seq_rep_4"]["value"] > 0.5 > human["seq_rep_4"]["value"]
    assert mine["hits_same_work"] is None
    assert done.stdout.startswith("# Report card of mine.txt")


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_a_run_gets_its_card_into_the_model_card(run_folder, data_folder):
    try:
        Spelling()
    except TrainerError as error:
        pytest.skip(f"needs Hunspell and its Korean dictionary: {error}")
    done = call("trainer.evaluate", "--report", "--run", run_folder, "--data", data_folder,
                "--windows", 1, env={**os.environ, "CUDA_VISIBLE_DEVICES": ""})  # fmt: skip
    assert done.returncode == 0, done.stderr
    card = json.loads((run_folder / "report_card.json").read_text())
    assert [column["name"] for column in card["columns"]] == ["human", "suggest", "sample"]
    suggest = card["columns"][1]["figures"]
    assert suggest["unknown_words"]["count"] > 10
    assert suggest["hits_same_work"]["count"] == SENTENCES
    assert 2 < suggest["bits_per_character"]["value"] < 12
    assert json.loads((run_folder / "evaluation.json").read_text())["report_card"] == card
    assert "## Report card" in (run_folder / "report.md").read_text()
