"""The private and undocumented parts of libraries that the pipeline relies on still work.

Each test names the version that was looked at. If one fails after an upgrade, read what the library
does now, adapt the module named, and change the version here.
"""

import sys
from importlib.metadata import version
from pathlib import Path

import apache_beam as beam
import pytest
import sentencepiece
from apache_beam.io.filesystem import BeamIOError
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from sentencepiece import sentencepiece_model_pb2 as model_pb2

from pipeline import records, runner
from pipeline.reading import filesystems
from pipeline.vocabulary import sentencepiece_model, soynlp_segmenter
from pipeline.vocabulary.unigram import Pieces
from tests.pipeline.stories import story


def changed(package: str, looked_at: str, module: str) -> str:
    return (
        f"{package} {version(package)} behaves unlike {looked_at}, "
        f"for which pipeline/{module} was written"
    )


SOYNLP = changed("soynlp", "0.0.493", "vocabulary/soynlp_segmenter.py")


def test_counts_can_be_put_into_soynlp_s_counter() -> None:
    """`EojeolCounter._counter` and `_set_count_sum`."""
    from soynlp.utils import EojeolCounter

    sentences = ["소년은 편지를 읽었다", "소년은 웃었다"]
    theirs = EojeolCounter(sentences)
    ours = soynlp_segmenter._eojeol_counter({"소년은": 2, "편지를": 1, "읽었다": 1, "웃었다": 1})
    assert vars(ours).keys() == vars(theirs).keys(), SOYNLP
    assert ours._counter == theirs._counter, SOYNLP
    assert ours._count_sum == theirs._count_sum == 5, SOYNLP
    assert dict(ours.items()) == dict(theirs.items()), SOYNLP


def test_soynlp_keeps_the_words_that_no_noun_begins() -> None:
    """`extract(reset_lrgraph=False)` and `lrgraph.to_EojeolCounter`."""
    counts = {
        noun + particle: 9 for noun in ("소년", "할머니", "고양이") for particle in "은는이가를"
    }
    extractor = soynlp_segmenter._noun_extractor()
    extractor.train(soynlp_segmenter._eojeol_counter(counts | {"읽었다": 7}))
    nouns = extractor.extract(soynlp_segmenter.MIN_NOUN_SCORE, 2, reset_lrgraph=False)
    assert "할머니" in nouns, SOYNLP
    assert 0 < nouns["할머니"].score <= 1, SOYNLP
    rest = extractor.lrgraph.to_EojeolCounter()
    assert rest._counter["읽었다"] == 7, SOYNLP
    assert not any(word.startswith("할머니") for word in rest._counter), SOYNLP


def test_soynlp_has_a_list_of_particles_and_divides_predicates() -> None:
    """`PredicatorExtractor._josas`, and the lemmas of what it extracts."""
    rest = soynlp_segmenter._eojeol_counter({"읽었다": 9, "읽는다": 9, "읽고": 9, "읽었던": 5})
    particles, predicates = soynlp_segmenter._particles_and_predicates({}, rest)
    assert {"은", "는", "을", "에서", "으로"} <= particles, SOYNLP
    assert 1 in predicates["읽었다"], SOYNLP


def test_sentencepiece_names_its_fields_as_we_do(tmp_path: Path) -> None:
    """The generated module `sentencepiece_model_pb2`, beside a model that SentencePiece trained."""
    message = changed("sentencepiece", "0.2.1", "vocabulary/sentencepiece_model.py")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for n in range(20) for line in story(n).splitlines()]),
        model_prefix=str(tmp_path / "theirs"),
        vocab_size=343,
        byte_fallback=True,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        pad_id=records.PAD_ID, unk_id=records.UNK_ID, bos_id=records.BOS_ID, eos_id=records.EOS_ID,
        minloglevel=2,
    )  # fmt: skip
    theirs, ours = model_pb2.ModelProto(), model_pb2.ModelProto()
    theirs.ParseFromString((tmp_path / "theirs.model").read_bytes())
    pieces = [(it.piece, it.score) for it in theirs.pieces[sentencepiece_model.RESERVED :]]
    texts, scores = map(list, zip(*pieces, strict=True))
    ours.ParseFromString(sentencepiece_model.serialize(Pieces(texts, scores)))
    for found, expected in zip(ours.pieces, theirs.pieces, strict=True):
        assert (found.piece, found.type) == (expected.piece, expected.type), message
        assert found.score == expected.score, message
    for spec, names in (
        ("trainer_spec", "model_type vocab_size byte_fallback pad_id unk_id bos_id eos_id"),
        ("normalizer_spec", "name add_dummy_prefix remove_extra_whitespaces escape_whitespaces"),
    ):
        for name in names.split():
            found = [getattr(getattr(model, spec), name) for model in (ours, theirs)]
            assert found[0] == found[1], f"{message}: {spec}.{name}"


BEAM = changed("apache-beam", "2.77.0", "runner.py")


def test_beam_s_in_process_runner_takes_our_worker_and_options() -> None:
    """`FnApiRunner(environment, provision_info)` and `JobServiceHandle.encode_pipeline_options`."""
    options = PipelineOptions(
        ["--direct_running_mode=multi_processing", "--direct_num_workers=2", "--save_main_session"]
    )
    made = runner._in_process(options)
    environment = made._default_environment
    assert environment.command_string.startswith(sys.executable), BEAM
    assert environment.command_string.endswith("-m pipeline.worker"), BEAM
    encoded = made._provision_info.provision_info.pipeline_options
    assert encoded["beam:option:direct_num_workers:v1"] == "2", BEAM
    assert encoded["beam:option:save_main_session:v1"] is True, BEAM
    # The mode that is left must not make the runner replace the environment.
    assert options.view_as(DirectOptions).direct_running_mode == "in_memory", BEAM
    with beam.Pipeline(made, PipelineOptions(["--direct_running_mode=in_memory"])):
        pass  # without a stage, no worker is started
    assert made._default_environment is environment, BEAM


def test_beam_s_worker_has_a_main() -> None:
    from apache_beam.runners.worker import sdk_worker_main

    assert callable(sdk_worker_main.main), changed("apache-beam", "2.77.0", "worker.py")


def test_beam_s_errors_hold_the_errors_behind_them() -> None:
    """`BeamIOError.exception_details`."""
    inner = BeamIOError("Match", {"gs://b/*": PermissionError("no credentials")})
    cause = filesystems._cause(BeamIOError("Match", {"gs://b": inner}))
    assert cause == "no credentials", changed("apache-beam", "2.77.0", "reading/filesystems.py")


def test_a_lock_has_its_file(tmp_path: Path) -> None:
    """`InterProcessLock.lockfile`."""
    fasteners = pytest.importorskip("fasteners")
    lock = fasteners.InterProcessLock(tmp_path / "lock")
    message = changed("fasteners", "0.20", "output/publishing.py")
    assert lock.acquire(blocking=False)
    assert lock.lockfile.fileno() > 0, message
    lock.release()
