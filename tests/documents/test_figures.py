"""Numbers that documents share with the code."""

import re

import pytest

from client.arguments import PAGE_PORT
from client.messages import LANGUAGES
from client.ranking import BOLDEST, DEFAULT, FEATURES, SAFEST
from client.remote.model import Sampling
from tests.conftest import ROOT
from tests.documents.pages import (
    NAMES,
    constants,
    default_of,
    number,
    read,
    section,
    table,
    tables,
)
from trainer import presets
from trainer.configuration import ModelConfig

VOCABULARY = 8000  # of the tables of presets
READMES = ("README.md", "README.ko.md")


def parameters(config):
    """Weights of a model; ``test_the_formula`` compares it with Keras."""
    width, inner = config.width, config.feed_forward
    feed_forward = 3 * width * inner
    encoder = config.encoder_layers * (4 * width**2 + feed_forward + 2 * width) + width
    decoder = config.decoder_layers * (12 * width**2 + feed_forward + 5 * width) + width
    pointer = 2 * width * constants("trainer/model")["CHANNELS"] + width + 1 + 3
    return config.vocabulary * width + encoder + decoder + pointer


def preset(name):
    return ModelConfig(vocabulary=VOCABULARY, **presets.load(name)[0])


@pytest.mark.slow
def test_the_formula():
    from trainer.model.story_model import StoryModel

    config = preset("tiny")
    assert parameters(config) == StoryModel(config).count_params()


@pytest.mark.parametrize("page", READMES)
def test_presets(page):
    (rows,) = (one[1:] for one in tables(read(page)) if one[0][0] in ("preset", "프리셋"))
    assert [row[0].strip("`") for row in rows] == list(presets.NAMES)
    for name, stated, *_ in rows:
        exact = parameters(preset(name.strip("`")))
        assert number(stated) == float(f"{exact:.3g}") or number(stated) == round(exact, -5), name


def test_memory_of_the_weights():
    rows = table("docs/serving.md", f"preset ({VOCABULARY:,} pieces)")
    assert [row[0].strip("`") for row in rows] == list(presets.NAMES)
    for name, stated, *_ in rows:
        exact = 3 * 4 * parameters(preset(name.strip("`"))) / 1e9
        digits = len(stated.split()[0].partition(".")[2])
        assert number(stated) == round(exact, digits), name


def read_sentences():
    """Sentences that a model reads: of the beginning, before the context, of the context."""
    decoding = constants("trainer/decoding")
    context = ModelConfig.__dataclass_fields__["context_sentences"].default
    return decoding["OPENING_SENTENCES"], decoding["RECENT_SENTENCES"], context


def test_what_the_model_reads():
    opening, before, context = read_sentences()
    newest, total = before + context, opening + before + context
    for page, sentences in {
        "README.md": [f"first {opening} and the newest {newest} sentences"],
        "README.ko.md": [f"처음 {opening}문장과 최근 {newest}문장"],
        "docs/writing.md": [
            f"at most {total} sentences: the first {opening} and the newest {newest}",
            f"| the newest {context} | reads them token by token |",
            f"| the {before} before those, and the first {opening} |",
        ],
        "docs/writing.ko.md": [
            f"처음 {opening}문장과 최근 {newest}문장, 모두 {total}문장",
            f"| 최근 {context}문장 | 토큰 단위로 읽습니다 |",
            f"| 그 앞의 {before}문장과 처음 {opening}문장 |",
        ],
        "docs/formats.md": [f"first {opening} and the newest {newest} lines"],
        "docs/decoding.md": [
            f"first {opening} lines, the {context} lines of the context, and the {before} before"
        ],
        "docs/model.md": [
            f"first {opening} and the newest {newest} sentences of a story: {context} of them as "
            f"context, {total - context} as memory"
        ],
        "docs/serving.md": [f"at most {total} sentences"],
    }.items():
        text = " ".join(read(page).split())
        assert [one for one in sentences if one not in text] == [], page
    client = constants("client")
    assert client["FIRST_SENTENCES"] == client["MAX_PINNED_SENTENCES"] == opening
    assert f"(up to {opening} sentences)" in read("docs/writing.md")
    assert f"({opening}문장까지)" in read("docs/writing.ko.md")


@pytest.mark.parametrize("page", ["docs/writing.md", "docs/writing.ko.md"])
def test_what_the_rules_look_at(page):
    """The table under "What the model reads", in the order of its rows."""
    ranking = constants("client/ranking")
    _, before, context = read_sentences()
    title = "What the model reads" if page == "docs/writing.md" else "모델이 읽는 것"
    (*_, (_, *rows)) = tables(section(page, title))
    copies, near, leads, speech, words, phrases, recent, training = (
        [int(n) for n in re.findall(r"\d+", " ".join(row))] for row in rows
    )
    assert copies == [ranking["SHORT_REPEAT_GAP"]]
    assert near == [ranking["FULL_WINDOW"]]
    assert leads == [ranking["STYLE_WINDOW"]]
    assert speech == [2 * ranking["MAX_SENTENCES"]]
    assert words == [ranking["LOOKBACK_SENTENCES"]]
    assert phrases == [before + context]
    assert recent == [ranking["CONTEXT_SENTENCES"]]
    assert training == [constants("trainer/decoding/text")["SHORTEST"]]


@pytest.mark.parametrize("page", ["docs/writing.md", "docs/writing.ko.md"])
def test_the_rankings_weights(page):
    (rows,) = (one[1:] for one in tables(read(page)) if one[0][0] in ("feature", "특징"))
    assert {row[0].strip("`") for row in rows} == set(FEATURES)
    for name, _, weight in rows:
        assert number(weight) == DEFAULT.relevance({name.strip("`"): 1.0}), name
    text = read(page)
    share = round(100 * (1 - DEFAULT.variety))
    assert f"({share} %)" in text
    assert (SAFEST, BOLDEST) == (-3, 3)
    assert re.search(rf"{SAFEST}.{{1,9}}{BOLDEST}", text)
    choices = constants("client/learn")["MIN_CHOICES"]
    assert re.search(rf"{choices}(번| choices)", text)


def test_sampling_defaults():
    """One set of defaults: the client's, which the report card and the documents repeat."""
    temperature, top_p, diversity = Sampling()
    text = " ".join(read("docs/report_card.md").split())
    assert f"(temperature {temperature}, top_p {top_p}, diversity {diversity}, as the" in text
    for page in ("docs/writing.md", "docs/writing.ko.md"):
        for name, value in Sampling()._asdict().items():
            assert f"| `--{name} N` | {value} |" in read(page)


def test_the_search():
    beam, drawn = (
        {
            name.partition(".")[2]: value
            for name, value in constants("trainer/decoding").items()
            if name.startswith(kind)
        }
        for kind in ("BeamConfig.", "SamplingConfig.")
    )
    decoding, text = constants("trainer/decoding"), read("docs/decoding.md")
    assert beam["beams"] == 1
    assert f"{beam['groups']} groups of one beam" in text
    assert beam["finished"] == 3
    assert "three best finished hypotheses" in text
    assert f"in {drawn['streams']} streams, among the {drawn['top_k']} most likely" in text
    assert f"{beam['min_length']} to {beam['max_length']} tokens" in text
    assert f"`sample`: {drawn['min_length']} to {drawn['max_length']} after the prefix" in text
    assert beam["no_repeat_ngram_size"] == drawn["no_repeat_ngram_size"] == 3
    assert beam["shared_bigram_penalty"] == beam["story_bigram_penalty"] == 2
    assert "costs two nats" in text
    assert decoding["HEALED"] == 3
    assert "the last three pieces are removed" in text
    assert f"at most {decoding['MAX_OVERLAP']:.0%}".replace("%", " %") in text
    assert f"A prefix may have {decoding['MAX_PREFIX_TOKENS']} tokens" in text


def test_the_pipelines_bounds():
    words, copies = constants("pipeline/vocabulary"), constants("pipeline/duplicates")
    text = read("docs/vocabulary.md")
    assert f"by a factor of e⁻{'⁰¹²³⁴⁵⁶⁷⁸⁹'[int(words['CROSSING_COST'])]} (`CROSSING_COST`" in text
    assert f"make up {words['CHARACTER_COVERAGE']:.1%}".replace("%", " %") in text
    assert f"holds {words['LOCAL_TABLE_SIZE']:,} distinct eojeol" in text
    assert f"then one of {words['BUCKETS']} buckets" in text
    assert f"the {words['MAX_EOJEOLS']:,} most frequent distinct eojeol" in text
    assert f"the {words['MAX_WORDS']:,} most frequent distinct words" in text
    assert f"more than {words['MAX_FAILED_SHARE']:.0%}".replace("%", " %") in text
    letters = copies["MIN_REPEATED_LETTERS"]
    assert f"({letters} letters or more)" in read("README.md")
    assert f"({letters}자 이상)" in read("README.ko.md")


def test_metrics_of_the_server():
    from serving import metrics

    names = re.findall(r"`(:tensorflow:[\w:]+)`", read("docs/serving.md"))
    assert len(names) >= 5
    exported = metrics._REGISTRY.collect()
    known = {family.name for family in exported}
    assert set(names) <= known


def test_the_report_cards_figures():
    """The recorded card has the card's rows, under the card's names."""
    found = constants_of_measures()
    (recorded, explained) = (
        one[1:] for one in tables(read("docs/report_card.md")) if one[0][1] in ("human", "figure")
    )
    titles = [row[0] for row in recorded]
    assert [title for title in titles if title not in found] == []
    assert len(explained) == len(found)


def constants_of_measures():
    """Titles of the card's rows, in order, read from the code without what it imports."""
    text = "".join(
        path.read_text("utf-8") for path in (ROOT / "trainer" / "report_card").glob("*.py")
    )
    (rows,) = re.findall(r"(?ms)^METRICS = \((.*?)^\)", text)
    return re.findall(r'"([^"]+ [^"]+)", (?:True|False)', rows)


def test_python_versions():
    """Documents name the package's Pythons; tests/test_packaging.py has the other places."""
    found = re.search(r'python_requires=">=3\.(\d+),<3\.(\d+)"', read("setup.py"))
    least, most = int(found[1]), int(found[2]) - 1
    assert f"Python 3.{least} to 3.{most}" in " ".join(read("README.md").split())
    assert f"Python 3.{least}~3.{most}" in " ".join(read("README.ko.md").split())
    for name in NAMES:
        for version in re.findall(r"[Pp]ython ?3\.(\d+)", read(name)):
            assert least <= int(version) <= most, name


QUOTED = {
    "README.md": ("prompt", "edit_prompt", "begun", "bars"),
    "README.ko.md": ("prompt", "edit_prompt", "begun", "bars"),
    "docs/writing.md": (
        "prompt", "bars", "branch", "branch_here", "dial", "dial_turning", "learn_found",
        "learn_accuracy", "learn_written",
    ),
    "docs/writing.ko.md": (
        "prompt", "bars", "branch", "branch_here", "dial", "dial_turning", "learn_found",
        "learn_accuracy", "learn_written",
    ),
}  # fmt: skip


@pytest.mark.parametrize("page", QUOTED)
def test_transcripts_quote_the_messages(page):
    for key in QUOTED[page]:
        parts = re.split(r"\{[^}]*\}", LANGUAGES["ko"][key].strip())
        pattern = ".*?".join(map(re.escape, parts))
        assert re.search(rf"(?m)^ *{pattern}", read(page)), key


def test_ports():
    port = default_of("serving", "--port")
    assert f"`localhost:{port}`" in read("docs/writing.md")
    for page in ("README.md", "README.ko.md", "docs/page.md", "docs/page.ko.md"):
        assert f"http://127.0.0.1:{PAGE_PORT}/" in read(page)
