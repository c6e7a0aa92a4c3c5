"""A run's configuration: the shape of its model and how it is trained."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from trainer import run_files

PRECISIONS = ("float32", "bfloat16", "float16")


class TrainerError(Exception):
    """An error the user can fix; its text says what is wrong, where, and what to do."""

    exit_code = 1


class UsageError(TrainerError):
    """The command line is wrong."""

    exit_code = 2


@dataclasses.dataclass(frozen=True)
class ModelConfig:
    """Shape of a :class:`trainer.model.story_model.StoryModel`.

    Attributes:
        vocabulary: pieces of the tokenizer.
        width: d, the size of every vector between layers.
        heads: attention heads; ``width / heads`` must be an even integer.
        encoder_layers: layers of the sentence encoder.
        decoder_layers: layers of the decoder, each with one hop to the memory.
        feed_forward: inner width of the gated feed-forward layers.
        dropout: share of activations dropped in training.
        context_sentences: C, how many sentences before the target are read token by token;
            earlier ones are in the memory.
        memory: whether the model has one; without it, only the context is read.
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
                f"width {self.width} cannot be split into {self.heads} heads of even size"
            )


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained.

    A batch has ``batch`` windows of ``rows`` rows of ``row_tokens`` tokens. Training ends after
    ``steps`` steps or ``minutes`` minutes, whichever comes first; the learning rate reaches zero
    at that point.

    Attributes:
        learning_rate: peak of the schedule.
        warmup: share of the run during which the learning rate rises.
        evaluate_every: steps between evaluations, each followed by a checkpoint.
        patience: evaluations without improvement before training stops early.
        clip_norm: global norm to which gradients are clipped.
        ema: decay of the exponential moving average of the weights (Polyak and Juditsky 1992),
            which are then evaluated and kept; 0 for none.
        label_smoothing: share of the target spread over the vocabulary (Szegedy et al. 2016,
            section 7).
        accumulate: steps whose gradients are averaged before the weights are updated.
        precision: number format of computation, one of ``PRECISIONS``; weights are always float32.
        jit: whether XLA compiles the training step; on one device only.
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
    """What is needed to rebuild a run's model; the content of ``run.json``.

    Attributes:
        preset: the preset whose settings the command line overrode.
        data: :meth:`trainer.data.corpus.EncodedCorpus.summary` of the data set.
        initial_weights: SHA-256 of the weights this run started from; None for random ones.
    """

    preset: str
    model: ModelConfig
    training: TrainingConfig
    data: dict[str, Any]
    initial_weights: str | None = None

    def save(self, folder: Path) -> None:
        """Write ``run.json`` into ``folder`` atomically."""
        text = json.dumps(dataclasses.asdict(self), ensure_ascii=False, indent=2)
        write_atomically(folder / run_files.RUN, text + "\n")

    @classmethod
    def load(cls, folder: Path) -> RunConfig:
        """Read ``run.json`` of a run.

        Raises:
            TrainerError: the folder holds no run, or ``run.json`` is damaged.
        """
        path = folder / run_files.RUN
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
                f"{folder} holds no training run ({run_files.RUN} is missing); "
                "give the folder that `python -m trainer --output` wrote"
            ) from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise TrainerError(f"{path} cannot be read: {error}") from None


def slots_per_row(row_tokens: int) -> int:
    """Maximum number of sentences packed into one row."""
    return max(1, row_tokens // 8)


def write_atomically(path: Path, text: str) -> None:
    """Write ``text`` beside ``path`` and rename it into place."""
    beside = path.with_name(path.name + ".tmp")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)
