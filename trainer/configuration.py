"""What a run is made of: the shape of its model and the way it is trained."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

RUN_FILE = "run.json"
TOKENIZER = "tokenizer.model"  # a run's own copy, so that it can be exported without its data
BEST = "best.weights.h5"
PRECISIONS = ("float32", "bfloat16", "float16")


class TrainerError(Exception):
    """Something a user can put right; its text says what is wrong, where, and what to do."""

    exit_code = 1


class UsageError(TrainerError):
    """The command line itself is wrong."""

    exit_code = 2


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Shape of a :class:`trainer.model.story_model.StoryModel`.

    Attributes:
        vocabulary: pieces of the tokenizer.
        width: d, the size of every vector between layers.
        heads: attention heads; divides ``width`` into even parts.
        encoder_layers: layers that read one sentence.
        decoder_layers: layers that write one, each with one hop to the memory.
        feed_forward: inner width of the gated feed-forward layers.
        dropout: share of activations dropped in training.
        context_sentences: C, how many sentences before the target are read token by token;
            what lies before them is remembered.
        memory: whether it is; without it a model is trained to see what the memory is worth.
    """

    vocabulary: int
    width: int
    heads: int
    encoder_layers: int
    decoder_layers: int
    feed_forward: int
    dropout: float = 0.1
    context_sentences: int = 5
    memory: bool = True

    def __post_init__(self) -> None:
        if self.width % (2 * self.heads):
            raise TrainerError(
                f"width {self.width} cannot be cut into {self.heads} heads of an even size"
            )


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained.

    A batch holds ``batch`` windows of ``rows`` rows of ``row_tokens`` tokens. Training ends
    after ``steps`` steps or ``minutes`` minutes, whichever comes first, and the learning rate
    falls to zero by then.

    Attributes:
        learning_rate: peak of the schedule.
        warmup: share of the whole run in which the learning rate rises.
        evaluate_every: steps between two evaluations (and checkpoints).
        patience: evaluations without a better validation figure before training stops early.
        clip_norm: length that the gradient of all weights together is cut to.
        ema: share of the average of the weights that each step keeps (Polyak and Juditsky
            1992); the average is what is evaluated and kept. 0 for none.
        label_smoothing: share of the target that is spread over the whole vocabulary
            (Szegedy et al. 2016, section 7).
        accumulate: steps whose gradients are averaged before the weights move.
        precision: of arithmetic; weights are float32 always. One of ``PRECISIONS``.
        jit: whether XLA compiles the step, where it is taken on one device.
    """

    batch: int
    rows: int
    row_tokens: int
    learning_rate: float
    steps: int
    minutes: float
    evaluate_every: int
    patience: int
    warmup: float = 0.05
    weight_decay: float = 0.05
    clip_norm: float = 1.0
    ema: float = 0.0
    label_smoothing: float = 0.0
    accumulate: int = 1
    precision: str = "float32"
    jit: bool = False
    seed: int = 1


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """All that is needed to build a run's model again, as it stands in ``run.json``.

    Attributes:
        preset: whose settings these are, but for those given on the command line.
        data: what the data set's manifest says of itself.
        initial_weights: SHA-256 of the weights of another run that this one began with.
    """

    preset: str
    model: ModelConfig
    training: TrainingConfig
    data: dict[str, Any]
    initial_weights: str | None = None

    def save(self, folder: Path) -> None:
        """Write ``run.json`` into ``folder``, whole or not at all."""
        text = json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=2)
        write_atomically(folder / RUN_FILE, text + "\n")

    @classmethod
    def load(cls, folder: Path) -> RunConfig:
        """Read ``run.json`` of a run.

        Raises:
            TrainerError: the folder holds no run, or its file is damaged.
        """
        path = folder / RUN_FILE
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                preset=fields["preset"],
                model=ModelConfig(**fields["model"]),
                training=TrainingConfig(**fields["training"]),
                data=fields["data"],
                initial_weights=fields["initial_weights"],
            )
        except FileNotFoundError:
            raise TrainerError(
                f"{folder} holds no training run ({RUN_FILE} is missing); "
                "give the folder that `python -m trainer --output` wrote"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainerError(f"{path} cannot be read: {error}") from None


def slots_per_row(row_tokens: int) -> int:
    """The most sentences that are packed into one row of a training window."""
    return max(1, row_tokens // 8)


def write_atomically(path: Path, text: str) -> None:
    """Write ``text`` beside ``path`` and rename it into place."""
    beside = path.with_name(path.name + ".tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
