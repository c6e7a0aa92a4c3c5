"""CPU time and peak memory of learning the vocabulary from one or more copies of the novels.

Each copy after the first has its words changed (see ``benchmarks/pipeline.py``), so the number of
distinct words keeps growing. Each step runs in its own process, on lines of text, not sentences.

Command (needs the shared corpus beside the repository):

    python -m benchmarks.vocabulary_cost --copies 1 10
"""

from __future__ import annotations

import multiprocessing
import pickle
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import record
from benchmarks.pipeline import NOVELS, write_copies
from pipeline.reading.normalization import normalize
from pipeline.vocabulary import eojeol_counts, learning, soynlp_segmenter
from trainer.arguments import whole_number

VOCAB_SIZE = 8000


def read(novel: Path) -> list[str]:
    """The normalised lines of a novel."""
    return [normalize(line) for line in novel.read_text("utf-8").splitlines()]


def count_eojeols(work: Path) -> str:
    """Count eojeol in Beam, as the job does, in this process."""
    import apache_beam as beam

    with beam.Pipeline() as pipeline:
        _ = (
            pipeline
            | beam.Create(sorted(map(str, (work / "novels").glob("*.txt"))))
            | beam.Reshuffle()
            | beam.FlatMap(lambda name: read(Path(name)))
            | eojeol_counts.CountEojeols()
            | beam.Map(lambda found: (work / "eojeols").write_bytes(pickle.dumps(found)))
        )
    return f"{len(_load(work / 'eojeols')):,} distinct eojeol kept"


def segment_words(work: Path) -> str:
    """Find the boundaries within words with soynlp."""
    found = soynlp_segmenter.segment_words(_load(work / "eojeols"))
    (work / "words").write_bytes(pickle.dumps(found))
    return f"{len(found.nouns):,} nouns, {len(found.boundaries):,} words with boundaries"


def learn_vocabulary(work: Path) -> str:
    """Learn the pieces of the vocabulary."""
    learned = learning.learn(_load(work / "eojeols"), VOCAB_SIZE, _load(work / "words"))
    return f"{learned.size:,} pieces"


def distinct(work: Path) -> int:
    """The number of distinct eojeol in the text, rare ones included."""
    seen: Counter[str] = Counter()
    for novel in (work / "novels").glob("*.txt"):
        for line in read(novel):
            seen.update(eojeol_counts.count_eojeols(line))
    return len(seen)


def measure(step: Callable[[Path], str], work: Path) -> None:
    """Run a step and print its CPU time and peak memory."""
    made = step(work)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"    {step.__name__:<18}{time.process_time():>7.0f} s{most:>8,.0f} MiB  {made}", flush=True
    )


def _load(path: Path) -> Any:
    return pickle.loads(path.read_bytes())


def main() -> None:
    """Print three lines for each number of copies."""
    parser = record.parser(__doc__)
    parser.add_argument("--copies", type=whole_number(1), nargs="+", default=[1, 10],
        help="how many times the novels (default: 1 10)",
    )  # fmt: skip
    processes = multiprocessing.get_context("spawn")
    for copies in parser.parse_args().copies:
        with tempfile.TemporaryDirectory() as name:
            work = Path(name)
            (work / "novels").mkdir()
            characters = write_copies(NOVELS, work / "novels", copies)
            print(f"{copies}×: {characters:,} characters, {distinct(work):,} distinct eojeol")
            for step in (count_eojeols, segment_words, learn_vocabulary):
                process = processes.Process(target=measure, args=(step, work))
                process.start()
                process.join()
                if process.exitcode:
                    sys.exit(process.exitcode)


if __name__ == "__main__":
    sys.exit(record.run(main))
