"""Assigns passages to files, and orders them there, by a hash of the work's name.

Adding, removing or revising a work therefore moves no passage of another work. The passages of a
work are distributed round-robin, starting at a file that the hash selects; the sizes of the files
differ by about the square root of the number of works, in passages.
"""

import hashlib
from dataclasses import dataclass

from pipeline.output.splits import TRAIN


@dataclass(frozen=True)
class Shards:
    """The TFRecord files of a data set.

    Attributes:
        train: number of files of the train split; the other splits have one each.
        seed: changes the order of the records.
    """

    train: int
    seed: int

    def names(self, split: str) -> list[str]:
        """Return the names of a split's files, in order."""
        many = self.train if split == TRAIN else 1
        return [f"{split}-{n:05d}-of-{many:05d}.tfrecord.gz" for n in range(many)]

    def file(self, split: str, work: str, passage: int) -> str:
        """Return the file of a passage, given the work's name and the passage's index in it."""
        names = self.names(split)
        return names[(int.from_bytes(self._hash(work)[:8], "big") + passage) % len(names)]

    def order(self, work: str, passage: int) -> bytes:
        """Return the sort key of a passage in its file: a pseudorandom, reproducible order."""
        return self._hash(f"{passage} {work}")

    def _hash(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.seed} {text}".encode()).digest()
