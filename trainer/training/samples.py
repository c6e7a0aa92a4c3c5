"""Samples of what the model writes, taken at each evaluation."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from trainer.data.corpus import EncodedCorpus
from trainer.data.record_reader import read_works
from trainer.decoding.defaults import SAMPLING_DEFAULTS
from trainer.model.story_model import StoryModel

STORIES = 3
STORY_SENTENCES = 5


class Samples:
    """Continues the same few stories with the same seed, so that only the weights differ.

    Args:
        model: the model in training.
        data: where the stories come from: the validation split, or the train split if that is
            empty.
    """

    def __init__(self, model: StoryModel, data: EncodedCorpus):
        self.model, self.data = model, data

    @cached_property
    def codec(self) -> Any:
        """The data set's :class:`trainer.decoding.text.codec.TextCodec`."""
        from trainer.decoding.text.codec import TextCodec

        return TextCodec(self.data.tokenizer.read_bytes(), self.data.manifest["normalization"])

    @cached_property
    def stories(self) -> list[list[str]]:
        """Up to ``STORIES`` stories: a few sentences from the middle of each of as many works."""
        split = "validation" if self.data.sentences("validation") else "train"
        works = read_works(self.data, split)
        middles = [(work, len(work) // 2) for work in works[:: max(1, len(works) // STORIES)]]
        return [work[max(0, i - STORY_SENTENCES) : i] for work, i in middles if i][:STORIES]

    def log(self, folder: Path, step: int) -> list[dict[str, str]]:
        """Write samples and log them as text for TensorBoard."""
        import tensorflow as tf

        samples = self.write()
        lines = [f"{sample['story']} **{sample['sentence']}**" for sample in samples]
        with tf.summary.create_file_writer(str(folder)).as_default() as writer:
            tf.summary.text("samples", "\n\n".join(lines), step=step)
            writer.close()
        return samples

    def write(self) -> list[dict[str, str]]:
        """For each story, a dictionary of the ``story`` and its next ``sentence``."""
        import tensorflow as tf

        from trainer.signatures import StoryService

        count = len(self.stories)
        if not count:
            return []
        # Built anew each time: a service has its own copies of the weights, laid out for decoding.
        service = StoryService(self.model, self.codec, self.data.longest_sentence)
        answer = service.sample(
            story=tf.constant(["\n".join(story) for story in self.stories]),
            prefix=tf.fill([count], ""),
            seed=tf.ones([count], tf.int64),
            avoid=tf.fill([count], ""),
            **{name: tf.fill([count], value) for name, value in SAMPLING_DEFAULTS.items()},
        )
        sentences = answer["candidates"][:, 0].numpy()
        return [
            {"story": " ".join(story), "sentence": sentence.decode()}
            for story, sentence in zip(self.stories, sentences, strict=True)
        ]
