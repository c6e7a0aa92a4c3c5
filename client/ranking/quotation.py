"""Whether quotation marks and brackets are balanced, also across sentences of a story.

Long speech spans several sentences: the first opens the quotation, the last closes it.
"""

from collections.abc import Sequence

_CLOSING = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "(": ")"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_STRAIGHT = '"'  # opens and closes
_OPENERS = frozenset(_CLOSING) | {_STRAIGHT}

MAX_SENTENCES = 20  # in a quotation; 99.9 % of those in the novels are shorter

_Open = tuple[str, ...]  # marks, the outermost first


def is_balanced(text: str) -> bool:
    """Return whether a sentence's marks are balanced on their own; ``’`` may be an apostrophe."""
    return _after(text, ()) == ()


class Quotations:
    """The quotations open at the end of a story; ``story``: sentences, oldest first.

    Attributes:
        opened: the open marks, outermost first. A mark that is never closed is dropped when
            another of its kind opens, or after ``MAX_SENTENCES`` sentences.
    """

    def __init__(self, story: Sequence[str]) -> None:
        self.opened: _Open = ()
        unchanged = 0  # sentences since a mark opened or closed
        for sentence in story[-2 * MAX_SENTENCES :]:
            now = _next(sentence, self.opened)
            unchanged = unchanged + 1 if now == self.opened else 0
            self.opened = () if unchanged >= MAX_SENTENCES else now

    def allow(self, text: str) -> bool:
        """Return whether a sentence's marks are balanced, on their own or with the open ones.

        It may continue or close an open quotation, but must close what it opens itself: the first
        sentence of a long speech looks the same as one that lacks its closing mark.
        """
        if is_balanced(text):
            return True
        left = _after(text, self.opened)
        return left is not None and left == self.opened[: len(left)]


def _next(sentence: str, opened: _Open) -> _Open:
    """Return the open marks after a sentence."""
    alone = _after(sentence, ())
    if alone == ():
        return () if any(mark in sentence for mark in opened) else opened
    for after in (_after(sentence, opened), alone):
        if after is not None and len(set(after)) == len(after):
            return after
    return ()


def _after(text: str, opened: _Open) -> _Open | None:
    """Return the open marks after a text; None if it closes one that is not open."""
    stack = list(opened)
    for c in text:
        if c == _STRAIGHT and c in stack:
            del stack[stack.index(c) :]
        elif c in _OPENERS:
            stack.append(c)
        elif c in _OPENING:
            if stack and stack[-1] == _OPENING[c]:
                stack.pop()
            elif c != "’":
                return None
    return tuple(stack)
