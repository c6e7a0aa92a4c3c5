"""The options of ``python -m pipeline``: the job's own, and Apache Beam's, which are passed on."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions, StandardOptions

from pipeline.arguments import Parser, number, whole_number
from pipeline.errors import UsageError
from pipeline.reading.inputs import FORMATS
from pipeline.vocabulary.segmenters import SEGMENTERS, SOYNLP

# "DirectRunner" may use Prism, a binary that Beam downloads; this runner downloads nothing.
IN_PROCESS_RUNNER = "apache_beam.runners.portability.fn_api_runner.FnApiRunner"

VOCAB_SIZE = 8000
MAX_SHARDS = 99_999  # the names of files have five digits


@dataclass(frozen=True)
class JobOptions:
    """The job's own options; ``--help`` describes each."""

    input: tuple[str, ...]
    output: str | None
    overwrite: bool
    drop_hanja: bool
    dry_run: bool
    tokenizer: str | None
    vocab_size: int | None
    segmenter: str
    passage_sentences: int
    max_sentence_tokens: int
    validation_fraction: float
    test_fraction: float
    test_works: tuple[str, ...]
    shards: int
    seed: int

    def recorded(self) -> dict[str, object]:
        """The options that determine the data set, as dataset.json records them.

        ``--tokenizer`` is not among them: dataset.json records the checksum of that file instead.
        """
        return {
            "vocab_size": self.vocab_size,
            "segmenter": self.segmenter,
            "passage_sentences": self.passage_sentences,
            "drop_hanja": self.drop_hanja,
            "max_sentence_tokens": self.max_sentence_tokens,
            "validation_fraction": self.validation_fraction,
            "test_fraction": self.test_fraction,
            "test_works": list(self.test_works),
            "shards": self.shards,
            "seed": self.seed,
        }


def parse(arguments: Sequence[str] | None) -> tuple[JobOptions, PipelineOptions]:
    """Parse a command line, ``sys.argv`` by default.

    Raises:
        UsageError: for a wrong value, or an option that is neither the job's nor Beam's.
        SystemExit: after ``--help``.
    """
    found, rest = _parser().parse_known_args(arguments)
    if found.validation_fraction + found.test_fraction >= 1:
        raise UsageError(
            "--validation_fraction and --test_fraction add up to 1 or more, which leaves nothing "
            "to train on; lower one of them"
        )
    if found.output is None and not found.dry_run:
        raise UsageError(
            "--output, the folder for the data set, is missing; --help lists the options"
        )
    if found.tokenizer is None:
        found.vocab_size = found.vocab_size or VOCAB_SIZE
    elif found.vocab_size is not None:
        raise UsageError(
            "--vocab_size cannot be used with --tokenizer, whose vocabulary has a fixed size; "
            "leave one of them out"
        )
    elif found.segmenter != SOYNLP:
        raise UsageError(
            "--segmenter cannot be used with --tokenizer, whose vocabulary is already learned; "
            "leave one of them out"
        )
    found.input, found.test_works = tuple(found.input), tuple(found.test_works)
    return JobOptions(**vars(found)), _beam_options(rest)


def _beam_options(rest: Sequence[str]) -> PipelineOptions:
    """Return Beam's options, with the in-process runner unless one is named."""
    known = PipelineOptions([]).get_all_options()
    beam_options = PipelineOptions(list(rest))
    for name in beam_options.get_all_options(retain_unknown_options=True):
        if name not in known:
            raise UsageError(f"unknown option --{name}; --help lists the options")
    for previous, word in zip(["=", *rest], rest, strict=False):
        if not word.startswith("-") and ("=" in previous or not previous.startswith("-")):
            raise UsageError(f"unexpected argument {word!r}; --help lists the options")
    standard = beam_options.view_as(StandardOptions)
    if standard.runner is None:
        standard.runner = IN_PROCESS_RUNNER
    return beam_options


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m pipeline",
        description="Turn novels into a data set for training: TFRecords, tokenizer.model and "
        "dataset.json.",
        epilog="Apache Beam's options work too, for example --direct_num_workers=4 "
        "--direct_running_mode=multi_processing, or --runner=FlinkRunner.",
        allow_abbrev=False,
    )

    def add(name: str, metavar: str, meaning: str, **how: Any) -> None:
        if "default" in how:
            meaning += f" (default: {how['default']})"
        parser.add_argument(name, metavar=metavar, help=meaning, **how)

    several: dict[str, Any] = {"nargs": "+", "action": "extend"}
    add(
        "--input",
        "PATH",
        f"files, globs, or folders (all {FORMATS} files in them)",
        required=True,
        **several,
    )
    add("--output", "FOLDER", "folder for the data set")
    parser.add_argument("--overwrite", action="store_true", help="replace the data set in --output")
    parser.add_argument(
        "--drop_hanja", action="store_true",
        help="remove Hanja in brackets after Hangul, as in 한글(漢字)",
    )  # fmt: skip
    parser.add_argument(
        "--dry_run", action="store_true",
        help="report what the data set would contain, and write nothing",
    )  # fmt: skip
    add(
        "--vocab_size", "N", f"maximum number of vocabulary pieces (default: {VOCAB_SIZE})",
        type=whole_number(1),
    )  # fmt: skip
    add("--tokenizer", "FILE", "use another data set's tokenizer.model instead of learning one")
    add(
        "--segmenter",
        "NAME",
        f"word segmenter from which the vocabulary is learned: {', '.join(SEGMENTERS)}",
        choices=SEGMENTERS,
        default=SOYNLP,
    )
    add(
        "--passage_sentences", "N", "maximum number of sentences in a record",
        type=whole_number(1), default=128,
    )  # fmt: skip
    add(
        "--max_sentence_tokens", "N", "split longer sentences, at the end of a clause if possible",
        type=whole_number(4), default=96,
    )  # fmt: skip
    for split in ("validation", "test"):
        meaning = f"share of the works held out for {split}; at least one work unless 0"
        add(f"--{split}_fraction", "F", meaning, type=number(0, 1), default=0.05)
    parser.add_argument(
        "--test_works", metavar="GLOB", default=[], **several,
        help="the works of the test split, by file name or path, instead of --test_fraction",
    )  # fmt: skip
    add(
        "--shards", "N", "number of files of the train split",
        type=whole_number(1, MAX_SHARDS), default=8,
    )  # fmt: skip
    add(
        "--seed", "N", "random seed of the splits and of the order of records",
        type=whole_number(0), default=1,
    )  # fmt: skip
    return parser
