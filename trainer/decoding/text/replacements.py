"""Replacement rules with few graph ops: a server loads a graph as slowly as it has nodes."""

from __future__ import annotations

from collections.abc import Iterable

import tensorflow as tf

SYNTAX = frozenset("\\.^$*+?()[]{}|")  # characters that a pattern does not mean literally
Rule = tuple[str, str]


class Replacements(tf.Module):
    """Applies regular-expression rules in order.

    Most rules of a data set put one character for another. A run of those is one look into a
    table, however many they are.

    Args:
        rules: pattern and replacement of each, as ``tf.strings.regex_replace`` takes them.
    """

    def __init__(self, rules: Iterable[Rule]):
        super().__init__()
        self.steps: list[_Table | Rule] = []
        run: dict[str, str] = {}
        for pattern, replacement in rules:
            plain = _literal(pattern) and _literal(replacement)
            # In a table nothing is replaced twice.
            if run and not (plain and pattern not in {*run, *run.values()}):
                self.steps.append(_Table(run))
                run = {}
            if plain:
                run[pattern] = replacement
            else:
                self.steps.append((pattern, replacement))
        if run:
            self.steps.append(_Table(run))

    def __call__(self, text: tf.Tensor) -> tf.Tensor:
        """string ``[...]`` of valid UTF-8 → string ``[...]``, on the CPU."""
        for step in self.steps:
            text = step(text) if isinstance(step, _Table) else tf.strings.regex_replace(text, *step)
        return text


class _Table(tf.Module):
    def __init__(self, characters: dict[str, str]):
        super().__init__()
        pairs = sorted((ord(old), ord(new)) for old, new in characters.items())
        self.old, self.new = (list(part) for part in zip(*pairs, strict=True))

    def __call__(self, text: tf.Tensor) -> tf.Tensor:
        codes = tf.strings.unicode_decode(tf.reshape(text, [-1]), "UTF-8")
        flat = codes.flat_values
        old = tf.constant([*self.old, 2**31 - 1])  # something stands behind every character
        places = tf.searchsorted(old, flat)
        new = tf.where(tf.gather(old, places) == flat, tf.gather([*self.new, 0], places), flat)
        replaced = tf.strings.unicode_encode(codes.with_flat_values(new), "UTF-8")
        return tf.reshape(replaced, tf.shape(text))


def _literal(text: str) -> bool:
    return len(text) == 1 and text not in SYNTAX
