"""``python -m client.learn``: weights from a writer's own choices."""

import json
import os
import random
import stat
import subprocess
import sys

import pytest

from tests.conftest import ROOT

pytest.importorskip("sklearn", reason="learning needs scikit-learn: pip install '.[learn]'")

from client.errors import StoryError, UserFacingError
from client.learn.__main__ import MIN_CHOICES, main
from client.learn.choices import Choice, read_choices
from client.learn.fitting import learn
from client.messages import LANGUAGES
from client.ranking import DEFAULT, FEATURES, Weights
from client.ranking.weights_file import own_path, read_weights, weights_json
from client.session.actions import Ask, Dial, Take, Undo
from client.story.journal import path_for
from tests.client.conftest import OPENING, do


def chosen_by(rule, count, seed=1, trouble=0.0):
    """Choices of a writer who takes the best by ``rule``, but for a share drawn at random."""
    draw = random.Random(seed)
    choices = []
    for _ in range(count):
        shown = [{name: round(draw.gauss(0, 1), 4) for name in FEATURES} for _ in range(10)]
        shown.sort(key=DEFAULT.relevance, reverse=True)
        best = max(range(10), key=lambda i: rule(shown[i]))
        choices.append(Choice(shown, draw.randrange(10) if draw.random() < trouble else best, 1.0))
    return choices


def likes_long(features):
    return features["length"] - 0.5 * features["novelty"]


def test_a_taste_is_found():
    result = learn(chosen_by(likes_long, 60, trouble=0.2), DEFAULT)
    assert result.default_accuracy < 0.6
    assert result.accuracy > 0.75
    assert result.gain[0] > 0.1
    assert max(result.weights.by_feature, key=result.weights.by_feature.get) == "length"
    assert result.weights.by_feature["novelty"] < 0
    assert result.weights.variety == DEFAULT.variety


def test_who_goes_by_the_default_keeps_it():
    result = learn(chosen_by(DEFAULT.relevance, 40), DEFAULT)
    assert result.default_accuracy == 1.0
    assert result.accuracy <= 1.0
    for name in FEATURES:
        assert result.weights.by_feature[name] == pytest.approx(
            DEFAULT.by_feature.get(name, 0.0), abs=0.2
        )


def test_who_takes_the_first_ones_teaches_nothing():
    """The place in the list explains it, not the features."""
    draw = random.Random(3)
    choices = [
        one._replace(shown=draw.sample(one.shown, 10), taken=min(9, int(draw.expovariate(0.7))))
        for one in chosen_by(likes_long, 150, seed=3)
    ]
    assert learn(choices, DEFAULT).accuracy == pytest.approx(0.5, abs=0.06)


def test_an_edited_choice_counts_by_what_stayed():
    kept = chosen_by(likes_long, 40)
    thrown = [one._replace(kept=0.0) for one in chosen_by(lambda f: -likes_long(f), 40, seed=2)]
    assert learn([*kept, *thrown], DEFAULT).weights.by_feature["length"] > 0


def test_the_same_choices_give_the_same_weights():
    choices = chosen_by(likes_long, 40, trouble=0.3)
    assert learn(choices, DEFAULT) == learn(choices, DEFAULT)


# What the journals tell


def write(session, turns, rule):
    for _ in range(turns):
        do(session, Ask())
        best = max(range(len(session.ranked)), key=lambda i: rule(session.ranked[i].features))
        do(session, Take(best + 1))
    session.story.close()


def test_choices_are_read_from_journals(new_session, story_file):
    session = new_session(story_file)
    do(session, Ask(), Ask("again"), Take(3))
    features = dict(session.story.history.proposals(0)[-1].ranked[2].features)
    do(session, Ask(), Take(2), Undo(), Take(5))  # what counts is the last one
    do(session, Ask())
    text = session.ranked[0].candidate.text
    do(session, Take(1, f"{text} 그리고 끝.".replace("끝", "바다로 갔다")), Ask(), Dial(2), Take(1))
    session.story.close()
    found = read_choices([str(story_file)])
    assert (len(found.choices), found.edited, found.rejected, found.unmeasured) == (4, 1, 1, 0)
    assert sorted(choice.taken for choice in found.choices) == [0, 0, 2, 4]
    (third,) = [choice for choice in found.choices if choice.taken == 2]
    assert third.shown[2] == features
    assert set(features) == set(FEATURES)
    assert sorted(choice.kept for choice in found.choices)[1:] == [1.0, 1.0, 1.0]
    assert 0.2 < min(choice.kept for choice in found.choices) < 1


def test_a_choice_made_again_after_undo_is_one_choice(new_session, story_file):
    session = new_session(story_file)
    do(session, Ask(), Take(2), Undo(), Ask(), Take(2))
    session.story.close()
    (choice,) = read_choices([str(story_file)]).choices
    assert choice.taken == 1


def test_the_order_of_the_stories_does_not_matter(new_session, tmp_path):
    paths = []
    for seed in (1, 2):
        path = tmp_path / f"{seed}.txt"
        path.write_text("\n".join(OPENING) + "\n", "utf-8")
        write(new_session(path, seed), 3, likes_long)
        paths.append(str(path))
    assert read_choices(paths) == read_choices([*reversed(paths), paths[0]])
    assert len(read_choices(paths).choices) == 6


def without_features(journal):
    """Make a journal as it was before features were written into it."""
    import zlib

    lines = []
    for line in journal.read_text("utf-8").splitlines():
        event = json.loads(line)
        del event["crc"]
        for candidate in event.get("candidates", ()):
            del candidate["features"]
            candidate["reasons"] = ["natural"]
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        lines.append(body[:-1] + b',"crc":"%08x"}\n' % zlib.crc32(body))
    journal.write_bytes(b"".join(lines))


def test_an_older_journal_is_told_of_and_still_opens(new_session, story_file, capsys):
    write(new_session(story_file), 3, likes_long)
    without_features(path_for(story_file))
    assert read_choices([str(story_file)]) == ([], 0, 0, 3)
    assert main([str(story_file), "--lang", "en"]) == 1
    out, err = capsys.readouterr()
    assert "3 choices were recorded by an older version" in out
    assert "Only 0 choices" in err
    session = new_session(story_file)
    do(session, Undo())
    (shown,) = do(session, Ask())
    assert shown.shown_before
    assert shown.candidates[0].strongest.value == "natural"


# The command


@pytest.fixture
def written(new_session, story_file):
    write(new_session(story_file), MIN_CHOICES + 5, likes_long)
    return story_file


def test_what_is_learned_is_used_by_the_next_session(written, new_session, capsys, tmp_path):
    assert main([str(written), "--lang", "en"]) == 0
    out, err = capsys.readouterr()
    assert not err
    assert f"Candidates chosen: {MIN_CHOICES + 5}" in out
    path = own_path()
    assert str(path) in out
    assert str(path).startswith(str(tmp_path))
    record = json.loads(path.read_text("utf-8"))
    assert record["learned"]["accuracy"] > record["learned"]["default_accuracy"]
    assert read_weights() == Weights(record["weights"], DEFAULT.variety)
    assert read_weights().by_feature["length"] > 0.2
    assert read_weights(str(path)) == read_weights()
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["ranking.json"]


def test_a_session_takes_the_weights(run, server, story_file, tmp_path):
    """Weights that turn the order around, from a file that is named and from the usual place."""
    turned = Weights({"likelihood": -1.0})
    file = tmp_path / "weights.json"
    file.write_bytes(weights_json(turned))

    def order(*arguments):
        result = run(story_file, "--server", server.address, *arguments, typed="끝\n", check=0)
        path_for(story_file).unlink()
        return [line for line in result.stdout.splitlines() if line[1:3] == ". "]

    usual, named = order(), order("--weights", file)
    assert usual != named
    own_path().parent.mkdir(parents=True)
    file.rename(own_path())
    assert order() == named


def test_weights_that_are_no_better_are_refused(new_session, story_file, capsys):
    """Nothing beats the default weights for who always takes what they put first."""
    write(new_session(story_file), MIN_CHOICES, DEFAULT.relevance)
    assert main([str(story_file), "--lang", "en"]) == 1
    assert "No better" in capsys.readouterr().err
    assert not own_path().exists()


@pytest.mark.parametrize("language", ["ko", "en"])
def test_without_scikit_learn_one_line_says_what_to_install(written, capsys, monkeypatch, language):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    monkeypatch.delitem(sys.modules, "client.learn.fitting")
    assert main([str(written), "--lang", language]) == 1
    assert capsys.readouterr().err == LANGUAGES[language]["learn_missing"] + "\n"
    assert "pip install" in LANGUAGES[language]["learn_missing"]


def test_too_few_choices(new_session, story_file, capsys):
    write(new_session(story_file), 3, likes_long)
    assert main([str(story_file), "--lang", "ko"]) == 1
    assert f"3번뿐입니다. {MIN_CHOICES}번" in capsys.readouterr().err
    assert not own_path().exists()


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: None, "no such file"),
        (lambda path: path.write_text("가.\n", "utf-8"), "no journal"),
        (lambda path: path_for(path).write_text("가.\n", "utf-8"), "not a Soseol journal"),
        (lambda path: path_for(path).mkdir(), "Is a directory"),
    ],
)
def test_stories_that_cannot_be_learned_from(make, said, tmp_path, capsys):
    path = tmp_path / "a.txt"
    make(path)
    assert main([str(path), "--lang", "en"]) == 1
    _, err = capsys.readouterr()
    assert err.count("\n") == 1
    assert said.lower() in err.lower()


def test_a_place_that_cannot_be_written(written, tmp_path, capsys):
    for target in (tmp_path, written / "x" / "ranking.json"):
        assert main([str(written), "--lang", "en", "--output", str(target)]) == 1
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"format": "soseol-ranking", "version": 2, "weights": {}}']
    + [
        json.dumps({"format": "soseol-ranking", "version": 1, "weights": weights})
        for weights in ([], {"beauty": 1.0}, {"fit": "x"}, {"fit": float("nan")}, {"fit": None})
    ],
)
def test_files_that_are_no_weights(content, tmp_path):
    path = tmp_path / "w.json"
    path.write_text(content, "utf-8")
    with pytest.raises(UserFacingError, match="weights_bad"):
        read_weights(str(path))


def test_weights_that_are_not_there(tmp_path, run, story_file):
    assert read_weights() == DEFAULT
    with pytest.raises(UserFacingError, match="weights_absent"):
        read_weights(str(tmp_path / "none.json"))
    with pytest.raises(UserFacingError, match="weights_unreadable"):
        read_weights(str(tmp_path))
    with pytest.raises(StoryError):
        read_choices([str(tmp_path / "none.txt")])


def test_a_session_needs_neither_scikit_learn_nor_numpy():
    code = "import sys, client.__main__, client.session.startup, client.learn.__main__; " + (
        "sys.exit(bool({'sklearn', 'numpy'} & set(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert (
        subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0
    )
