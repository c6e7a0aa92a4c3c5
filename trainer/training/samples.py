"""What the model would write next, seen at each evaluation: stories of the validation text."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from trainer.data.corpus import EncodedCorpus
from trainer.data.record_reader import read_works
from trainer.model.story_model import StoryModel

STORIES = 3
HEARD = 5  # sentences that the model is given


class Samples:
    """Continues the same few stories with the same seed, so that only the model differs.

    Args:
        model: the model in training; its weights of the moment are used.
        data: has the stories: those of its validation split, or, without one, of its training
            split.
    """

    def __init__(self, model: StoryModel, data: EncodedCorpus):
        self.model, self.data = model, data

    @cached_property
    def codec(self) -> Any:
        """The data set's text rules."""
        from trainer.decoding.text.codec import TextCodec

        return TextCodec(self.data.tokenizer.read_bytes(), self.data.manifest["normalization"])

    @cached_property
    def stories(self) -> list[list[str]]:
        """What is continued: sentences from the middle of each of a few works."""
        split = "validation" if self.data.sentences("validation") else "train"
        found = read_works(self.data, split)
        middles = [(work, len(work) // 2) for work in found[:: max(1, len(found) // STORIES)]]
        return [work[max(0, i - HEARD) : i] for work, i in middles if i][:STORIES]

    def logged(self, folder: Path, step: int) -> list[dict[str, str]]:
        """As :meth:`write`; also seen in TensorBoard, under "text"."""
        import tensorflow as tf

        written = self.write()
        lines = [f"{sample['story']} **{sample['sentence']}**" for sample in written]
        with tf.summary.create_file_writer(str(folder)).as_default() as writer:
            tf.summary.text("samples", "\n\n".join(lines), step=step)
            writer.close()
        return written

    def write(self) -> list[dict[str, str]]:
        """A sentence for each story: ``story``, what was heard, and ``sentence``."""
        import tensorflow as tf

        from trainer.signatures import StoryService

        count = len(self.stories)
        if not count:
            return []
        # Made anew each time: a service has copies of the weights, laid out for decoding.
        service = StoryService(self.model, self.codec, self.data.longest_sentence)
        answer = service.sample(
            story=tf.constant(["\n".join(story) for story in self.stories]),
            prefix=tf.fill([count], ""),
            temperature=tf.fill([count], 0.8),
            top_p=tf.fill([count], 0.9),
            diversity=tf.zeros([count]),
            seed=tf.ones([count], tf.int64),
            avoid=tf.fill([count], ""),
        )
        written = answer["candidates"][:, 0].numpy()
        return [
            {"story": " ".join(story), "sentence": sentence.decode()}
            for story, sentence in zip(self.stories, written, strict=True)
        ]
