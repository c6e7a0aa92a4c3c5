"""How the length of a story affects a request: `suggest` for 10 and for 5,000 sentences.

Each long story is a passage of a work, and its short counterpart the last ten sentences of it, so
both end in the same place. Requests for the two take turns in a session like that of the server.
The length of the candidates depends on the story, so the times of a single place say little: the
table has medians over all places, and the median of their ratios.

Command (two minutes; a model base path, and the data set that its model was trained on):

    python -m benchmarks.long_stories --models models --data build/novels
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from benchmarks import record
from benchmarks.decoding import medians
from serving import runtime
from trainer.arguments import whole_number
from trainer.command import run_command
from trainer.configuration import UsageError
from trainer.data.corpus import EncodedCorpus

SHORT, LONG = 10, 5000
TURNS = 5  # requests of each length at each place; the fastest one counts


def stories(data: EncodedCorpus, places: int) -> list[list[str]]:
    """Stories of ``LONG`` sentences, with ends spread over all works that are long enough.

    Raises:
        UsageError: no work of the train split is long enough.
    """
    from trainer.data.record_reader import read_works

    ends = [(work, end) for work in read_works(data, "train") for end in range(LONG, len(work), 97)]
    if not ends:
        raise UsageError(f"no work in {data.folder} has more than {LONG:,} sentences")
    chosen = ends[:: max(1, len(ends) // places)][:places]
    return [work[end - LONG : end] for work, end in chosen]


def main() -> int:
    """Print the table."""
    parser = record.parser(__doc__)
    parser.add_argument("--models", type=Path, required=True, help="model base path")
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument(
        "--places", type=whole_number(1), default=20, help="number of stories (default: 20)"
    )
    options = parser.parse_args()
    read = stories(EncodedCorpus.open(options.data), options.places)
    session_config = runtime.start(1, 2)
    from serving.models.loading import load
    from trainer.export.versions import newest_version

    session, signatures = load(newest_version(options.models), session_config)
    fetched = [signatures["suggest"].outputs[name].name for name in ("candidates", "log_probs")]
    suggest = session.make_callable(fetched, [signatures["suggest"].inputs["story"].name])
    sizes = (SHORT, LONG)
    found: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
    for story in read:
        texts = {size: ["\n".join(story[-size:])] for size in sizes}
        times: dict[int, list[tuple[float, float]]] = {size: [] for size in sizes}
        for _ in range(TURNS):
            for size in sizes:
                wall, processor = time.perf_counter(), time.process_time()
                suggest(texts[size])
                times[size].append((time.perf_counter() - wall, time.process_time() - processor))
        for size in sizes:
            wall, processor = map(min, zip(*times[size], strict=True))
            found[size].append((wall, processor))
    print(f"{'sentences':<12}{'wall ms':>9}{'CPU ms':>9}   {len(read)} places, medians")
    for size in sizes:
        wall, processor = medians(found[size])
        print(f"{size:<12,}{wall:>9.0f}{processor:>9.0f}")
    pairs = list(zip(found[SHORT], found[LONG], strict=True))
    wall, processor = (
        statistics.median(long[which] / short[which] for short, long in pairs) for which in (0, 1)
    )
    print(f"{'ratio':<12}{wall:>9.2f}{processor:>9.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(lambda: record.run(main)))
