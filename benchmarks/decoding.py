"""Ten candidates of 40 tokens: our exported graph beside CTranslate2, Hugging Face, OpenNMT-tf.

Shape S has 4 + 4 layers of width 256 and 8,000 pieces, M 6 + 6 of width 512 and 16,000; all systems
have the same shapes and random weights. The story has 120 tokens, and every token of it is encoded.
Ours searches with 10 groups of one beam, the peers with 10 beams. Our time is that of a request to
the exported `suggest` in the session that the server uses: text in, text and log-probabilities
out; "with vectors" also asks for the candidates' embeddings, which the peers do not have. The peers
work on ids, OpenNMT-tf on tokens. Each system is a process with two threads; they take turns
request by request, so that other load on the machine affects all alike. CPU time counts all
threads.

Command (the peers need PyTorch, so they have their own environment):

    python3 -m venv build/peers
    build/peers/bin/pip install torch==2.13.0 ctranslate2==4.8.5 transformers==5.23.0 numpy
    python -m benchmarks.decoding --peers build/peers/bin/python --requests 9

OpenNMT-tf needs an older TensorFlow and so another environment (Python 3.8 to 3.11). It has two
rows, with one and with two threads per operation (two operations at a time); the faster one counts:

    python3.11 -m venv build/opennmt
    build/opennmt/bin/pip install OpenNMT-tf==2.32.0 tensorflow==2.13.1
    python -m benchmarks.decoding --opennmt build/opennmt/bin/python --requests 5
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import record
from trainer.arguments import whole_number

ITSELF = [sys.executable, "-m", "benchmarks.decoding"]

SHAPES = {
    "S": {"vocabulary": 8000, "width": 256, "heads": 4, "layers": 4},
    "M": {"vocabulary": 16000, "width": 512, "heads": 8, "layers": 6},
}
TOKENS, SOURCE, SENTENCES = 40, 120, 5
OURS = {
    "ours": {},
    "ours, no oneDNN": {"TF_ENABLE_ONEDNN_OPTS": "0"},
    "ours with vectors": {"VECTORS": "1"},
}
PEERS = {  # name: the option with its environment's Python
    "CTranslate2 float32": "peers",
    "CTranslate2 int8": "peers",
    "Hugging Face": "peers",
    "OpenNMT-tf, 1 intra": "opennmt",
    "OpenNMT-tf, 2 intra": "opennmt",
}


class Worker:
    """A system in its own process; each line written to it is a request."""

    def __init__(self, name: str, command: list[str], settings: dict[str, str]):
        self.name = name
        self.process = subprocess.Popen(
            command, env={**os.environ, **settings}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        self.ask()  # warm-up

    def ask(self) -> tuple[float, float]:
        """Send a request; return its wall time and CPU time in seconds."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{self.name} failed; see above")
        wall, processor = json.loads(answer)
        return wall, processor

    def end(self) -> None:
        """Close its input, which ends the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def answer_requests(request: Any) -> None:
    """Call ``request`` for each line of standard input; print its wall and CPU time as JSON."""
    for _ in sys.stdin:
        wall, processor = time.perf_counter(), time.process_time()
        request()
        took = [time.perf_counter() - wall, time.process_time() - processor]
        print(json.dumps(took), flush=True)


def export(shape: str, folder: Path) -> None:
    """Write a SavedModel with random weights whose candidates all have ``TOKENS`` tokens."""
    import keras
    import tensorflow as tf

    from trainer.configuration import ModelConfig
    from trainer.decoding.beam_search import BeamConfig
    from trainer.decoding.text.codec import TextCodec
    from trainer.export.saved_graph import prepare_for_serving
    from trainer.export.versions import SAVED_MODEL
    from trainer.model.story_model import StoryModel
    from trainer.signatures import StoryService

    given = SHAPES[shape]
    keras.utils.set_random_seed(1)
    config = ModelConfig(
        vocabulary=given["vocabulary"], width=given["width"], heads=given["heads"],
        encoder_layers=given["layers"], decoder_layers=given["layers"],
        feed_forward=given["width"] * 11 // 4,
    )  # fmt: skip
    codec = TextCodec(words_only(given["vocabulary"]), {"form": "NFC", "replacements": []})
    beam = BeamConfig(min_length=TOKENS, max_length=TOKENS)
    service = StoryService(StoryModel(config), codec, 512, beam=beam)
    tf.saved_model.save(service, str(folder), signatures=service.signatures())
    prepare_for_serving(folder / SAVED_MODEL)


def words_only(vocabulary: int) -> bytes:
    """A SentencePiece model whose pieces are words, so that any tokens survive detokenisation."""
    from sentencepiece import sentencepiece_model_pb2 as model

    from pipeline.records import SPECIAL_PIECES

    proto = model.ModelProto()
    kinds = model.ModelProto.SentencePiece
    types = (kinds.CONTROL, kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL)
    for piece, kind in zip(SPECIAL_PIECES, types, strict=True):
        proto.pieces.add(piece=piece, score=0.0, type=kind)
    for byte in range(256):
        proto.pieces.add(piece=f"<0x{byte:02X}>", score=-30.0, type=kinds.BYTE)
    for number in range(vocabulary - len(proto.pieces)):
        second = number * 7 + 3 + number // 11172  # differs when the first syllable repeats
        word = chr(0xAC00 + number % 11172) + chr(0xAC00 + second % 11172)
        proto.pieces.add(piece="▁" + word, score=-10.0)
    trainer = proto.trainer_spec
    trainer.model_type = trainer.UNIGRAM
    trainer.pad_id, trainer.unk_id, trainer.bos_id, trainer.eos_id = 0, 1, 2, 3
    trainer.vocab_size, trainer.byte_fallback = vocabulary, True
    proto.normalizer_spec.name = "identity"
    proto.normalizer_spec.remove_extra_whitespaces = False
    return proto.SerializeToString()


def serve(folder: Path, batch: int) -> None:
    """Answer requests in the embedded server's own session; fetches only what a request needs."""
    from serving import runtime

    session_config = runtime.start(1, 2)
    from serving.models.loading import load

    session, signatures = load(folder, session_config)
    names = ["candidates", "log_probs", "token_counts"]
    names += ["embeddings"] if os.environ.get("VECTORS") else []
    fetched = [signatures["suggest"].outputs[name].name for name in names]
    fed = {signatures["suggest"].inputs["story"].name: [story()] * batch}
    counts = session.run(fetched, fed)[2]
    assert (counts == TOKENS).all(), counts
    answer_requests(lambda: session.run(fetched, fed))


def story() -> str:
    """A story of ``SENTENCES`` sentences; ``SOURCE`` tokens, sentence ends included."""
    words = [chr(0xAC00 + n) + chr(0xAC00 + n * 7 + 3) for n in range(300)]
    size = SOURCE // SENTENCES - 1
    return "\n".join(" ".join(words[n * size : (n + 1) * size]) for n in range(SENTENCES))


def compare(options: argparse.Namespace, shape: str, batch: int, folder: Path) -> None:
    """Print the rows of all systems for one shape and batch size."""
    me = [
        *ITSELF,
        "--serve",
        str(folder),
        "--batches",
        str(batch),
    ]
    workers = {name: Worker(name, me, settings) for name, settings in OURS.items()}
    script = str(Path(__file__).with_name("decoding_peers.py"))
    about = json.dumps({**SHAPES[shape], "tokens": TOKENS, "source": SOURCE, "batch": batch})
    for name, environment in PEERS.items():
        if python := getattr(options, environment):
            workers[name] = Worker(name, [python, script, name, about], {})
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in workers}
    for _ in range(options.requests):
        for name, worker in workers.items():
            times[name].append(worker.ask())
    for worker in workers.values():
        worker.end()
    ours = medians(next(iter(times.values())))
    for name, pairs in times.items():
        wall, processor = medians(pairs)
        least = 1000 * min(wall for wall, _ in pairs)
        print(
            f"{shape:<6}{batch:>5}  {name:<20}{wall:>8.0f}{wall / ours[0]:>7.2f}x{least:>8.0f}"
            f"{processor:>12.0f}{processor / ours[1]:>7.2f}x",
            flush=True,
        )


def medians(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Medians in milliseconds of wall and CPU times in seconds."""
    wall, processor = (1000 * statistics.median(part) for part in zip(*pairs, strict=True))
    return wall, processor


def main() -> None:
    """Compare the systems; with a hidden option, run as one of them."""
    parser = record.parser(__doc__)
    parser.add_argument("--peers", help="Python of an environment with CTranslate2 and PyTorch")
    parser.add_argument("--opennmt", help="Python of an environment with OpenNMT-tf")
    parser.add_argument(
        "--requests", type=whole_number(1), default=9, help="to each system (default: 9)"
    )
    parser.add_argument(
        "--shapes", nargs="*", choices=SHAPES, default=list(SHAPES), help="default: all"
    )
    parser.add_argument(
        "--batches", nargs="*", type=whole_number(1), default=[1, 8],
        help="batch sizes (default: 1 8)",
    )  # fmt: skip
    parser.add_argument("--export", nargs=2, help=argparse.SUPPRESS)
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.export:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        return export(options.export[0], Path(options.export[1]))
    if options.serve:
        return serve(Path(options.serve), options.batches[0])
    print(
        f"{'shape':<6}{'batch':>5}  {'system':<20}{'wall ms':>8}{'/ ours':>8}{'least':>8}"
        f"{'CPU ms':>12}{'/ ours':>8}",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as scratch:
        for shape in options.shapes:
            folder = Path(scratch) / shape
            subprocess.run([*ITSELF, "--export", shape, str(folder)], check=True)
            for batch in options.batches:
                compare(options, shape, batch, folder)
    return None


if __name__ == "__main__":
    sys.exit(record.run(main))
