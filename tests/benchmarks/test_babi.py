"""bAbI for the story model: reading, batches, agreement with the plain model, and resuming."""

import json
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import babi, babi_stories
from benchmarks.babi_batches import SentenceTable, evaluation_batches, together, training_batches
from benchmarks.babi_model import AnsweringModel
from benchmarks.babi_stories import Question, Questions, load, read, vocabulary
from pipeline.records import EOS_ID, PAD_ID
from tests.conftest import CORPUS
from trainer.configuration import ModelConfig
from trainer.model.story_model import StoryModel

STORY = """\
1 Minji moved to the kitchen.
2 Hana went back to the garden.
3 Where is Minji? \tkitchen\t1
4 Hana got the apple there.
5 What is Hana carrying? \tapple,Milk\t2 4
1 Hana moved to the hall.
2 Where is Hana? \thall\t1
"""


def questions(text=STORY, task=1):
    return read(text.splitlines(), task, "qa1")


def test_a_question_sees_the_facts_of_its_story_before_it():
    first, second, third = questions()
    assert first.facts == ("Minji moved to the kitchen.", "Hana went back to the garden.")
    assert second.facts == (*first.facts, "Hana got the apple there.")
    assert (second.text, second.answer) == ("What is Hana carrying?", "apple,milk")
    assert (third.story, third.facts) == (1, ("Hana moved to the hall.",))


@pytest.mark.parametrize("line", ["Minji moved.", "3", "x Minji moved.", "3 Where? \t\t1"])
def test_a_line_that_is_neither_fact_nor_question_is_named(line):
    with pytest.raises(ValueError, match=r"qa1, line 8: neither a fact nor a question"):
        questions(STORY + line)


NAMES = st.text("abcdefghij", min_size=1, max_size=6)


TURNS = st.lists(st.tuples(NAMES, NAMES, st.booleans()), min_size=1, max_size=5)


@settings(max_examples=40)
@given(st.lists(TURNS, min_size=1, max_size=3))
def test_questions_written_in_the_format_are_read_back(stories):
    lines, expected = [], []
    for number, story in enumerate(stories):
        facts = []
        for place, (text, answer, asks) in enumerate(story, start=1):
            if asks:
                lines.append(f"{place} {text}? \t{answer}\t1")
                expected.append(Question(7, number, tuple(facts), f"{text}?", answer))
            else:
                lines.append(f"{place} {text}.")
                facts.append(f"{text}.")
    assert read(lines, 7, "qa7") == expected


def test_whole_stories_are_held_out(tmp_path):
    train = "".join(f"1 A{n} ran.\n2 Who? \tb\t1\n3 Who? \tb\t1\n" for n in range(20))
    (tmp_path / "qa1_x_train.txt").write_text(train)
    (tmp_path / "qa1_x_test.txt").write_text(STORY)
    loaded = load(tmp_path, [1])
    assert [len(split) for split in loaded] == [36, 4, 3]
    assert {one.facts for one in loaded.train}.isdisjoint(one.facts for one in loaded.validation)
    with pytest.raises(FileNotFoundError, match="qa2_"):
        load(tmp_path, [2])
    (tmp_path / "qa1_x_test.txt").write_bytes(b"1 \xff\xfe")
    with pytest.raises(ValueError, match=r"qa1_x_test.txt is not UTF-8 text"):
        load(tmp_path, [1])


def test_the_shared_corpus_has_a_thousand_questions_a_task():
    if not babi.CORPUS.is_dir():
        pytest.skip(f"needs the bAbI tasks in {CORPUS}/babi/en")
    loaded = load(babi.CORPUS)
    for task in babi_stories.TASKS:
        counts = [sum(one.task == task for one in split) for split in loaded]
        assert counts[0] + counts[1] == 1000 == counts[2], task
        assert 90 <= counts[1] <= 110, task
    assert len(vocabulary(loaded)) < 250


@pytest.fixture
def encoded():
    loaded = Questions(questions(), [], [])
    sentences = SentenceTable(vocabulary(loaded))
    return sentences.encode(loaded.train), sentences.table(), len(sentences.vocabulary) + 4


def test_a_batch_has_each_sentence_once(encoded):
    known, table, _ = encoded
    batch = together(table, known)
    used = batch["sentences"][batch["sentences"].any(axis=1)]
    assert len(np.unique(used, axis=0)) == len(used) == 7
    shown = [row[row > 0].tolist() for row in batch["ago"]]
    assert shown == [[3, 2], [4, 3, 2], [2]]
    for row, one in enumerate(known):
        places = batch["facts"][row, : len(one.facts)]
        for fact, place in zip(
            [*one.facts, one.text], [*places, batch["questions"][row]], strict=True
        ):
            words = [word for word in batch["sentences"][place] if word]
            assert words == [word for word in table[fact] if word]


def test_an_epoch_has_every_question_once_in_an_order_set_by_the_seed(encoded):
    known, table, _ = encoded

    def answers(size, seed):
        batches = training_batches(table, known, size, 3, seed)
        return [list(map(int, batch["answers"])) for batch in batches]

    flat = [answer for batch in answers(1, 1) for answer in batch]
    for epoch in range(3):
        assert sorted(flat[3 * epoch :][:3]) == sorted(one.answer for one in known)
    assert [len(batch) for batch in answers(2, 1)] == [2, 2, 2]  # full ones only
    assert answers(1, 1) == answers(1, 1)
    assert any(answers(1, 1) != answers(1, seed) for seed in range(2, 6))


@pytest.mark.parametrize("pointing", [-2.0, 60.0])
def test_log_probabilities_are_those_of_the_story_model(encoded, pointing):
    """For every word as the answer's first token, the plain model gives the same log-probability.

    The plain model has no embeddings of distance and round, so they are set to zero.
    """
    known, table, size = encoded
    keras.utils.set_random_seed(4)
    config = ModelConfig(
        vocabulary=size, width=32, heads=4, encoder_layers=1, decoder_layers=2,
        feed_forward=48, dropout=0.0, context_sentences=1,
    )  # fmt: skip
    model, plain = AnsweringModel(config), StoryModel(config)
    model.begin()
    model.pointer.sentinel.bias.assign([pointing])
    model.pointer.feature_weights.assign([0.3, 0.4, 0.5])
    own = (model.ago_embedding, model.round_embedding)
    for weight in own:
        weight.assign(np.zeros_like(weight))
    plain.set_weights(
        [weight.numpy() for weight in model.weights if not any(weight is one for one in own)]
    )
    for chosen, batch in evaluation_batches(table, known, 2):
        batch.pop("answers")
        said = model.answer(**{name: tf.constant(array) for name, array in batch.items()}).numpy()
        np.testing.assert_allclose(np.exp(said).sum(axis=1), 1.0, atol=1e-4)
        for one, log_probs in zip(chosen, said, strict=True):
            story = [row[row != PAD_ID] for row in table[[*one.facts, one.text]]]
            each = [np.concatenate([*story, [answer, EOS_ID]]) for answer in range(size)]
            lengths = [*map(len, story), 2]
            sentences = np.tile(np.repeat(np.arange(len(lengths)), lengths), (size, 1, 1))
            expected = plain(np.stack(each)[:, None], sentences, np.zeros((size, 1), np.int32))
            expected = expected.log_probs.numpy()[:, 0, -2]
            np.testing.assert_allclose(log_probs, expected, atol=1e-3)


def result(seed, validation, test):
    errors = {"validation": dict.fromkeys(range(1, 21), validation)}
    errors["test"] = {task: test + task for task in range(1, 21)}
    return {"seed": seed, "minutes": 1.0, **errors}


def test_the_table_chooses_the_seed_by_validation_error(tmp_path):
    results = [result(1, 4.0, 0.0), result(2, 3.0, 10.0), result(3, 5.0, 20.0)]
    assert babi.chosen(results)["seed"] == 2
    assert babi.medians(results) == {task: 10.0 + task for task in range(1, 21)}
    lines = babi.table(results).splitlines()
    assert lines[1].split()[-3:] == ["11.0", "11.0", "0.0"]
    assert lines[21].split() == ["mean", "20.5", "20.5", "12.4", "51.3"]
    assert lines[22].split()[-3:] == ["20", "20", "11"]
    babi.draw(results, tmp_path / "babi.png")
    assert (tmp_path / "babi.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_the_benchmark_runs_resumes_and_refuses_other_settings(tmp_path, monkeypatch, capsys):
    for split in ("train", "test"):
        (tmp_path / f"qa1_x_{split}.txt").write_text(STORY * 8)
    output = tmp_path / "out"

    def call(epochs):
        arguments = f"babi.py --corpus {tmp_path} --tasks 1 --output {output} --seeds 1"
        monkeypatch.setattr(sys, "argv", [*arguments.split(), "--epochs", str(epochs)])
        babi.main()
        return capsys.readouterr()

    done = call(2)
    assert "epoch 2 of 2" in done.err
    assert done.out.splitlines()[1].startswith(" 1 single supporting fact")
    assert set(json.loads((output / "seed-1.json").read_text())["test"]) == {"1"}
    again = call(2)
    assert again.out == done.out
    assert "epoch" not in again.err
    with pytest.raises(SystemExit, match="has figures for other settings; use another --output"):
        call(3)
    (output / "seed-1.json").write_text("{")
    with pytest.raises(SystemExit, match="has no figures; delete it"):
        call(2)
