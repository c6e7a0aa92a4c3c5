"""docs/formats.md says what files hold: every key, event and signature, and its programs run."""

import ast
import io
import json
import re
import zlib
from contextlib import redirect_stdout
from itertools import chain

import numpy as np
import pytest
import sentencepiece

from client.ranking import DEFAULT, FEATURES
from client.session.actions import (
    AddNote,
    Ask,
    Back,
    Dial,
    DropNote,
    Edit,
    Pin,
    Redo,
    Switch,
    Take,
    Undo,
    Write,
)
from pipeline import records
from pipeline.output import tfrecord
from pipeline.output.example import serialize_passage
from pipeline.rejections import Rejection
from tests.client.conftest import do
from tests.conftest import ROOT
from tests.documents.pages import blocks, code, constants, read, section, table, tables

PAGE = "docs/formats.md"


def keys(title):
    """What stands in the first column of the table under a heading."""
    (rows,) = tables(section(PAGE, title))
    return [name for row in rows[1:] for name in code(row[0])]


def examples(language):
    return [body for kind, body in blocks(read(PAGE)) if kind == language]


@pytest.fixture
def data_folder(tmp_path, monkeypatch):
    """Two works in two files, and an empty file."""
    folder = tmp_path / "data"
    folder.mkdir()
    passages = [("b" * 16, 0, [[5, 6], [7]]), ("a" * 16, 128, [[300, 2], [], [70_000]])]
    for number, passage in enumerate([passages[:1], passages[1:], []]):
        data = [
            serialize_passage(
                work,
                first,
                np.array([*chain.from_iterable(tokens)], np.int64),
                np.array([*map(len, tokens)]),
            )
            for work, first, tokens in passage
        ]
        name = f"train-{number:05d}-of-00003.tfrecord.gz"
        (folder / name).write_bytes(b"".join(tfrecord.compressed(data)))
    monkeypatch.chdir(tmp_path)
    return folder


def test_the_program_without_tensorflow(data_folder):
    (program,) = (one for one in examples("python") if "tensorflow" not in one)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(program, {})
    assert out.getvalue().splitlines() == [f"{'b' * 16} 0 2", f"{'a' * 16} 128 3"]


@pytest.mark.slow
def test_the_program_with_tensorflow(data_folder):
    (program,) = (one for one in examples("python") if "tensorflow" in one)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(program, {})
    lines = [f"b'{'b' * 16}' 0 2", f"b'{'a' * 16}' 128 3"]
    assert out.getvalue().splitlines() == lines


def test_the_record():
    assert keys("The record") == [
        records.WORK, records.FIRST_SENTENCE, records.TOKENS, records.LENGTHS,
    ]  # fmt: skip


def test_the_manifest():
    """The keys of the dictionaries that ``pipeline.output.manifest`` returns."""
    tree = ast.parse((ROOT / "pipeline" / "output" / "manifest.py").read_text("utf-8"))
    build, dump = (
        next(node for node in ast.walk(tree) if getattr(node, "name", "") == name)
        for name in ("build", "dump")
    )
    (returned,) = (node.value for node in ast.walk(build) if isinstance(node, ast.Return))
    written = {key.value for key in returned.keys}
    written |= {
        key.value
        for node in ast.walk(dump)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    assert set(keys("dataset.json")) == (written - {"sha256"})
    for name in (records.MANIFEST, records.REJECTED, records.REPORT, records.TOKENIZER):
        assert name in read(PAGE)
    assert f"| `format_version` | {records.FORMAT_VERSION} |" in read(PAGE)
    specials = "`, `".join(records.SPECIAL_PIECES[:-1])
    assert f"`{specials}` and `{records.SPECIAL_PIECES[-1]}`" in read(PAGE)


def test_rejections():
    assert set(keys("rejected.jsonl")) == set(Rejection.__dataclass_fields__)
    longest = constants("pipeline")["MAX_TEXT_LENGTH"]
    assert f"at most {longest} characters" in read(PAGE)


def signatures():
    """Names of inputs and outputs by signature, as the page has them."""
    rows = {"input": [], "output": []}
    for kind, found in rows.items():
        signature = ""
        for names, name, type_, shape in table(PAGE, "signature", kind):
            signature = names or signature
            found += [(one, name.strip("`"), type_, shape.strip("`")) for one in code(signature)]
    return rows


def test_signatures_are_those_of_the_readmes():
    for page, head in (("README.md", "signature"), ("README.ko.md", "시그니처")):
        (listed,) = (one[1:] for one in tables(read(page)) if one[0][0] == head)
        found = signatures()
        for cell, inputs, outputs in listed:
            (name,) = code(cell)
            assert code(inputs) == [one for sig, one, *_ in found["input"] if sig == name]
            expected = [one for sig, one, *_ in found["output"] if sig == name]
            assert code(outputs) in (expected, [])  # "the same"


@pytest.fixture
def tokenizer():
    """A small SentencePiece model with the ids of the pipeline's."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["눈이 내렸다.", "그는 문을 열었다.", "아무도 없었다."] * 10),
        model_writer=model,
        vocab_size=320,
        pad_id=records.PAD_ID,
        unk_id=records.UNK_ID,
        bos_id=records.BOS_ID,
        eos_id=records.EOS_ID,
        byte_fallback=True,
        normalization_rule_name="identity",
        hard_vocab_limit=False,
        minloglevel=2,
    )
    return model.getvalue()


@pytest.mark.slow
def test_signatures_of_a_model(tokenizer):
    from tests.trainer.small_model import small_model
    from trainer.decoding.text.codec import TextCodec
    from trainer.signatures import StoryService

    codec = TextCodec(tokenizer, {"form": "NFC", "replacements": []})
    model = small_model(len(codec.surfaces))
    width = model.config.width
    shapes = {
        (None,): "[B]", (None, 10): "[B, K]",
        (None, 10, width): "[B, K, d]", (None, width): "[B, d]",
    }  # fmt: skip
    found = signatures()

    def listed(kind, signature):
        rows = (row for row in found[kind] if row[0] == signature)
        return {name: (type_, shape) for _, name, type_, shape in rows}

    def given(specs):
        return {key: (spec.dtype.name, shapes[tuple(spec.shape)]) for key, spec in specs.items()}

    for name, function in StoryService(model, codec, 96).signatures().items():
        by_place, by_name = function.structured_input_signature
        inputs = {spec.name: spec for spec in by_place} | by_name
        assert given(inputs) == listed("input", name)
        assert given(function.structured_outputs) == listed("output", name)


def test_the_model_card():
    tree = ast.parse((ROOT / "trainer" / "export" / "__main__.py").read_text("utf-8"))
    (card,) = (node for node in ast.walk(tree) if getattr(node, "name", "") == "model_card")
    (returned,) = (node.value for node in ast.walk(card) if isinstance(node, ast.Return))
    written = {key.value for key in returned.keys} | {"copy_filter"}
    assert set(keys("model_card.json")) == written


def test_limits_of_the_signatures():
    decoding, text = constants("trainer/decoding"), read(PAGE)
    assert f"K = {decoding['CANDIDATES']} the number of candidates" in text
    assert f"last {decoding['LONGEST_LINE']:,} characters" in text
    assert f"At most {decoding['MAX_PREFIX_TOKENS']} tokens" in text
    assert f"the newest {decoding['AVOIDED_SENTENCES']} count" in text
    assert f"beyond {decoding['MAX_SCORED_TOKENS']} tokens" in text


def event_keys():
    """Keys by event, as the page has them; those in brackets may be missing."""
    found = {}
    for event, listed, _ in table(PAGE, "event", "keys"):
        optional = set(re.findall(r"\[`(\w+)`\]", listed))
        found[event.strip("`")] = (set(code(listed)) - optional - {"soseol-journal"}, optional)
    return found


def journal_lines(path):
    return path.with_name(path.name + ".journal").read_bytes().splitlines()


def test_the_journal(new_session, story_file):
    first = new_session(story_file)
    do(
        first, Ask(), Take(2), Ask("first", "등불이 "), Take(1, "등불이 꺼졌다."), Undo(), Redo(),
        Back(5), Write("비가 왔다."), AddNote("등불"), DropNote(1), Pin("민호는 선장이다."), Ask(),
        Dial(2), Edit(1, "새벽이었다."), Switch(1),
    )  # fmt: skip
    first.story.close()
    lines = journal_lines(story_file)
    lines[12] = lines[12].replace(b"unnote", b"unnoze")
    story_file.with_name(story_file.name + ".journal").write_bytes(b"\n".join(lines) + b"\n")
    do(new_session(story_file), Write("바람이 불었다."))

    documented, seen = event_keys(), set()
    for number, line in enumerate(journal_lines(story_file), 1):
        body, crc = re.fullmatch(rb'(.*),"crc":"([0-9a-f]{8})"\}', line).groups()
        event = json.loads(line)
        if number == 13:
            assert zlib.crc32(body + b"}") != int(crc, 16)
            continue
        assert zlib.crc32(body + b"}") == int(crc, 16)
        assert event["n"] == number
        assert next(iter(event)) == "n"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event["time"])
        needed, optional = documented[event["event"]]
        held = set(event) - {"n", "time", "event", "crc"}
        assert needed <= held <= needed | optional, event["event"]
        seen.add(event["event"])
        for candidate in event.get("candidates", ()):
            assert [name for name in candidate if f"`{name}`" not in read(PAGE)] == []
    assert seen == set(documented) - {"unnote"}  # the damaged line


def test_the_journals_example():
    (line,) = (one.strip().encode() for one in examples("json") if one.startswith('{"n"'))
    body, crc = re.fullmatch(rb'(.*),"crc":"([0-9a-f]{8})"\}', line).groups()
    assert zlib.crc32(body + b"}") == int(crc, 16)


def test_the_weights_example(tmp_path):
    weights = pytest.importorskip("client.ranking.weights_file")
    (example,) = (one for one in examples("json") if "soseol-ranking" in one)
    path = tmp_path / "ranking.json"
    path.write_text(example, "utf-8")
    read_back = weights.read_weights(str(path))
    stated = json.loads(example)["weights"]
    assert set(stated) == set(FEATURES)
    assert all(read_back.relevance({name: 1.0}) == value for name, value in stated.items())
    assert set(json.loads(example)) == set(json.loads(weights.weights_json(DEFAULT)))
