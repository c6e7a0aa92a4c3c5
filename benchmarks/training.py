"""Useful target tokens per second in training: ours beside an LSTM, BART and a plain Transformer.

A token is useful if it is predicted and gets a gradient; padding and source tokens are not. All
systems have about as many parameters as the preset `tiny` with the data set's vocabulary, train on
the same split with AdamW, clipping and dropout, and have about 512 target tokens in a batch (ours
with padding, the others without). Targets are

    sentences   each after the five sentences before it. Ours encodes these once for all targets,
                the others again for each target, in batches of pairs of similar length or, if
                "unsorted", of random pairs; both are padded to the longest in the batch
    40, 160     tokens, after 120 tokens of source, without padding: LSTM and Transformer compared
                at lengths where the LSTM's sequential steps matter

Ours is `Learner.fit` on the batches of `trainer.data.feeding`, the time to pack them included.
"XLA" means jit_compile=True; the other Keras models are compiled without XLA, and BART is eager
PyTorch. Each system is a process that waits while another has its turn; two turns of warm-up do not
count. The table has the median turn and, over all rounds, our tokens per second divided by theirs:
median, least and most. "/ CPU s" is tokens per second of CPU time on all cores, which depends less
on other load.

What to expect from encoding once: a target token passes through 4.6 million weights in ours (0.9
million of them in the encoder, once) and 8.8 million in the plain model (five times 0.9 million in
the encoder and 0.2 million in the decoder's keys and values, and once 3.3 million in the rest): 1.9
times as many.

Command (about 25 minutes; the peers need PyTorch, so they have their own environment):

    python3 -m venv build/peers
    build/peers/bin/pip install torch==2.13.0 transformers==5.23.0 numpy
    python -m benchmarks.training --data build/novels --peers build/peers/bin/python
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import record
from trainer.arguments import positive, whole_number

BASELINES = Path(__file__).parent / "baselines"
OURS = ("ours", "ours, XLA")
# Name, targets as in `pairs`, module that builds the model, whether to compile with XLA (only where
# all batches have the same shape, because XLA compiles again for each shape).
PEERS = (
    ("plain Transformer", "sorted", "plain", False),
    ("plain, unsorted", "unsorted", "plain", False),
    ("LSTM", "sorted", "lstm", False),
    ("plain, 40, XLA", "40", "plain", True),
    ("LSTM, 40", "40", "lstm", False),
    ("plain, 160, XLA", "160", "plain", True),
    ("LSTM, 160", "160", "lstm", False),
)


class System:
    """A system in its own process; it trains while it has its turn."""

    def __init__(self, command: list[Any]):
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def turn(self, seconds: float) -> dict[str, float]:
        """Let it train for one turn; see ``baselines.step_timer`` for what it reports."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit("a system failed; see above")
        return json.loads(answer)

    def end(self) -> None:
        """Close its input, which ends the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def fit(learner: Any, batches: Any, counts: Iterator[int]) -> None:
    """Train a compiled Keras model in turns until standard input ends.

    Args:
        counts: useful tokens in each batch.
    """
    import keras

    from benchmarks.baselines.step_timer import StepTimer

    timer = StepTimer(counts, sum(w.numpy().size for w in learner.trainable_variables))

    class InTurns(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            float(logs["loss"])  # waits for the device, which works asynchronously
            if not timer.end_step():
                self.model.stop_training = True

    if timer.wait():
        learner.fit(batches, epochs=1, steps_per_epoch=10**9, callbacks=[InTurns()], shuffle=False,
                    verbose=0)  # fmt: skip


def train_ours(folder: Path, jit: bool) -> None:
    """Train our model with the step of `python -m trainer`."""
    from trainer.data.corpus import EncodedCorpus
    from trainer.data.feeding import training_batches
    from trainer.training.building import build
    from trainer.training.optimization import optimizer

    data = EncodedCorpus.open(folder)
    config = tiny(data)
    learner = build(data.tokenizer, config)
    learner.compile(optimizer=optimizer(config.training), jit_compile=jit)
    counts = training_batches(data, config.training, 0).map(
        lambda batch: batch["sentences"] >= 0  # counted below, in NumPy
    )
    fit(
        learner,
        training_batches(data, config.training, 0),
        (int(real.sum()) for real in counts.as_numpy_iterator()),
    )


def train_keras(kind: str, path: Path, targets: str, vocabulary: int, jit: bool) -> None:
    """Train a baseline made of Keras layers."""
    import importlib

    import keras
    import tensorflow as tf

    from benchmarks.baselines import pairs
    from trainer import presets
    from trainer.configuration import TrainingConfig
    from trainer.training.optimization import optimizer

    settings = TrainingConfig(**presets.load("tiny")[1])
    size = settings.batch * settings.rows * settings.row_tokens
    model = importlib.import_module(f"benchmarks.baselines.{kind}").build(vocabulary)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=pairs.PAD_ID)
    model.compile(optimizer=optimizer(settings), loss=loss, jit_compile=jit)
    shapes: list[tuple[int | None, int | None]] = [(None, None)] * 3
    if targets.isdigit():
        length = int(targets)
        rows = size // length
        shapes = [(rows, pairs.SOURCE), (rows, length), (rows, length)]
    source, inputs, labels = (tf.TensorSpec(shape, tf.int32) for shape in shapes)
    batches = tf.data.Dataset.from_generator(
        lambda: (((b.source, b.inputs), b.target) for b in pairs.batches(path, targets, size)),
        output_signature=((source, inputs), labels),
    )
    fit(model, batches.prefetch(2), (b.useful for b in pairs.batches(path, targets, size)))


def tiny(data: Any) -> Any:
    """The configuration of `python -m trainer --preset tiny`."""
    from trainer import presets
    from trainer.configuration import ModelConfig, RunConfig, TrainingConfig

    shape, training = presets.load("tiny")
    return RunConfig(
        preset="tiny",
        model=ModelConfig(**{**shape, "vocabulary": data.pieces}),
        training=TrainingConfig(**training),
        data=data.summary(),
    )


def start(options: argparse.Namespace, scratch: Path) -> dict[str, System]:
    """Start all systems, each in its own process."""
    from benchmarks.baselines import pairs
    from trainer.configuration import UsageError
    from trainer.data.corpus import EncodedCorpus
    from trainer.data.record_reader import read_encoded_works

    if options.peers and not shutil.which(options.peers):
        raise UsageError(
            f"--peers {options.peers} is not a program; pass the Python of the peers' environment"
        )
    data = EncodedCorpus.open(options.data)
    sentences = scratch / "sentences.npz"
    pairs.save(read_encoded_works(data, "train"), sentences)
    training = tiny(data).training
    size = training.batch * training.rows * training.row_tokens
    me = [sys.executable, "-m", "benchmarks.training", "--data", options.data]
    commands: dict[str, list[Any]] = {}
    for name in OURS:
        commands[name] = [*me, "--ours", *(["--jit"] if name.endswith("XLA") else [])]
    if options.peers:
        script = BASELINES / "bart.py"
        commands["Hugging Face BART"] = [
            options.peers,
            script,
            sentences,
            "sorted",
            size,
            data.pieces,
        ]
    for name, targets, kind, jit in PEERS:
        commands[name] = [*me, "--keras", kind, sentences, targets, data.pieces]
        commands[name] += ["--jit"] if jit else []
    chosen = options.only or list(commands)
    for name in chosen:
        if name not in commands:
            raise UsageError(f"--only {name!r} is not one of: {', '.join(commands)}")
    return {name: System(command) for name, command in commands.items() if name in chosen}


def compare(options: argparse.Namespace) -> None:
    """Give every system its turns and print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        systems = start(options, Path(scratch))
        for name, system in systems.items():
            print(f"warm-up: {name}", file=sys.stderr, flush=True)
            for _ in range(2):  # compiling the first step often takes the whole first turn
                system.turn(options.seconds)
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in systems}
        for number in range(options.rounds):
            print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
            for name, system in systems.items():
                turns[name].append(system.turn(options.seconds))
        for system in systems.values():
            system.end()
    print_table(turns)


def print_table(turns: dict[str, list[dict[str, float]]]) -> None:
    """Print one line per system, with the first one's speed relative to it."""
    print(
        f"{'system':<24}{'parameters':>11}{'steps':>7}{'tokens/s':>10}{'/ CPU s':>14}"
        f"   {next(iter(turns))} is faster by"
    )
    ours = [turn["tokens"] / turn["seconds"] for turn in next(iter(turns.values()))]
    for name, own in turns.items():
        speeds = [turn["tokens"] / turn["seconds"] for turn in own]
        busy = statistics.median(turn["tokens"] / turn["processor"] for turn in own)
        ratios = [mine / theirs for mine, theirs in zip(ours, speeds, strict=True)]
        print(
            f"{name:<24}{own[0]['parameters']:>11,.0f}{sum(turn['steps'] for turn in own):>7.0f}"
            f"{statistics.median(speeds):>10,.0f}{busy:>14,.0f}"
            f"{statistics.median(ratios):>9.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            flush=True,
        )


def main() -> int:
    """Compare the systems; with a hidden option, run as one of them."""
    parser = record.parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder written by the pipeline")
    parser.add_argument("--peers", help="Python of an environment with torch and transformers")
    parser.add_argument("--seconds", type=positive, default=15.0, help="per turn (default: 15)")
    parser.add_argument(
        "--rounds", type=whole_number(1), default=5, help="turns per system (default: 5)"
    )
    parser.add_argument("--only", nargs="+", metavar="SYSTEM", help="systems, as in the table")
    parser.add_argument("--ours", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--keras", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--jit", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours:
        train_ours(options.data, options.jit)
    elif options.keras:
        kind, path, targets, vocabulary = options.keras
        train_keras(kind, Path(path), targets, int(vocabulary), options.jit)
    else:
        compare(options)
    return 0


if __name__ == "__main__":
    from trainer.command import run_command

    sys.exit(run_command(lambda: record.run(main)))
