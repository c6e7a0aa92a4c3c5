"""Replacement rules in few graph ops: the more nodes a graph has, the slower a server loads it."""

from __future__ import annotations

from collections.abc import Iterable

import tensorflow as tf

SYNTAX = frozenset("\\.^$*+?()[]{}|")  # characters that are not literal in a pattern
Rule = tuple[str, str]


class Replacements(tf.Module):
    """Applies regular-expression rules in order.

    Most rules of a data set replace one character by another. A run of those becomes a single
    table look-up.

    Args:
        rules: the pattern and rewrite of each, as for ``tf.strings.regex_replace``.
    """

    def __init__(self, rules: Iterable[Rule]):
        super().__init__()
        self.steps: list[_Table | Rule] = []
        run: dict[str, str] = {}
        for pattern, replacement in rules:
            plain = _literal(pattern) and _literal(replacement)
            # A table replaces a character once, rules in order might replace it again.
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
        pairs = sorted((ord(key), ord(value)) for key, value in characters.items())
        self.keys, self.values = (list(part) for part in zip(*pairs, strict=True))

    def __call__(self, text: tf.Tensor) -> tf.Tensor:
        codes = tf.strings.unicode_decode(tf.reshape(text, [-1]), "UTF-8")
        flat = codes.flat_values
        keys = tf.constant([*self.keys, 2**31 - 1])  # an end above every code point
        places = tf.searchsorted(keys, flat)
        values = tf.gather([*self.values, 0], places)
        replaced = tf.where(tf.gather(keys, places) == flat, values, flat)
        encoded = tf.strings.unicode_encode(codes.with_flat_values(replaced), "UTF-8")
        return tf.reshape(encoded, tf.shape(text))


def _literal(text: str) -> bool:
    return len(text) == 1 and text not in SYNTAX
