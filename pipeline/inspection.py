"""The command ``python -m pipeline.inspect``: verifies a data set and shows passages as text."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from itertools import islice

from pipeline.arguments import Parser, whole_number
from pipeline.errors import JobError, UsageError
from pipeline.output.dataset import DataSet
from pipeline.output.example import Passage
from pipeline.records import SPLITS


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code, 2 for bad usage and 1 for a damaged data set."""
    try:
        options = _parser().parse_args(arguments)
        data = DataSet.open(options.data)
        data.verify()
        print(_counts(data), file=sys.stderr)
        for passage in islice(_select(data, options.split, options.work), options.passages):
            print(_as_text(data, passage, options.pieces))
        sys.stdout.flush()
    except JobError as error:
        print(f"pipeline.inspect: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader, such as `head`, has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    return 0


def _counts(data: DataSet) -> str:
    counts = [
        f"{name} {split['works']:,} works, {split['sentences']:,} sentences"
        for name, split in data.manifest["splits"].items()
    ]
    return f"verified {len(data.manifest['files'])} files: {'; '.join(counts)}"


def _select(data: DataSet, split: str | None, name: str | None) -> Iterable[Passage]:
    """Return the passages of a split, or those of one work in the order of its sentences."""
    if name is None:
        return data.passages(split or SPLITS[0])
    named = [work for work in data.manifest["works"] if name in (work["id"], work["file"])] or [
        work for work in data.manifest["works"] if name in work["file"]
    ]
    if len(named) != 1:
        files = ", ".join(work["file"] for work in named[:5])
        found = (
            f"several works match ({files}); give more of the name"
            if named
            else "no work has this file name or id; dataset.json lists the works"
        )
        raise UsageError(f"--work {name}: {found}")
    (work,) = named
    if split not in (None, work["split"]):
        raise UsageError(f"--work {name}: this work is in the {work['split']} split, not {split}")
    mine = [passage for passage in data.passages(work["split"]) if passage.work == work["id"]]
    return sorted(mine, key=lambda passage: passage.first_sentence)


def _as_text(data: DataSet, passage: Passage, pieces: bool) -> str:
    file = next(work["file"] for work in data.manifest["works"] if work["id"] == passage.work)
    first, last = passage.first_sentence + 1, passage.first_sentence + len(passage.sentences)
    tokens = sum(map(len, passage.sentences))
    lines = [f"── {file} · sentences {first:,}–{last:,} · {tokens:,} tokens"]
    if pieces:
        texts = [" ".join(map(data.tokenizer.id_to_piece, ids)) for ids in passage.sentences]
    else:
        texts = data.decode(passage.sentences)
    lines += [f"{number:>6}  {text}" for number, text in enumerate(texts, first)]
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m pipeline.inspect",
        description="Verify a data set (checksums, counts, token ids) and show passages of it as "
        "text. If it is damaged, name the file and exit with code 1.",
        allow_abbrev=False,
    )
    parser.add_argument("data", metavar="DATA", help="data set written by python -m pipeline")
    parser.add_argument(
        "--split", choices=SPLITS, help="show passages of this split (default: train)"
    )
    parser.add_argument(
        "--passages",
        metavar="N",
        type=whole_number(0),
        default=1,
        help="number of passages to show (default: 1)",
    )
    parser.add_argument(
        "--work", metavar="NAME", help="show this work (file name, part of it, or id)"
    )
    parser.add_argument(
        "--pieces", action="store_true", help="show vocabulary pieces instead of text"
    )
    return parser
