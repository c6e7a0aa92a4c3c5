"""Whether quotation marks and brackets pair up, also over several sentences of a story.

Long speech goes on over several sentences: the first opens the quotation, the last closes it.
"""

from collections.abc import Sequence

_CLOSING = {"“": "”", "‘": "’", "「": "」", "『": "』", "《": "》", "〈": "〉", "(": ")"}
_OPENING = {closing: opening for opening, closing in _CLOSING.items()}
_STRAIGHT = '"'  # the same at both ends
_OPENERS = frozenset(_CLOSING) | {_STRAIGHT}

LONGEST = 20  # sentences; of the novels' quotations of several sentences 99.9 % are shorter

_Open = tuple[str, ...]  # marks, the outermost first


def is_balanced(text: str) -> bool:
    """Return whether a sentence's marks pair up by themselves; ``’`` may be an apostrophe."""
    return _after(text, ()) == ()


class Quotations:
    """What is open at the end of a story, given as sentences with the oldest first.

    Attributes:
        opened: the marks that are open, the outermost first. A mark that nothing closes is
            forgotten when another of its kind opens, or after ``LONGEST`` sentences.
    """

    def __init__(self, story: Sequence[str]) -> None:
        self.opened: _Open = ()
        unchanged = 0  # sentences since a mark opened or closed
        for sentence in story[-2 * LONGEST :]:
            now = _next(sentence, self.opened)
            unchanged = unchanged + 1 if now == self.opened else 0
            self.opened = () if unchanged >= LONGEST else now

    def allow(self, text: str) -> bool:
        """Return whether a sentence's marks pair up, by themselves or with what is open.

        It may go on within what is open, or close it, but leave nothing open that it opens itself:
        the first sentence of a long speech looks the same as one whose closing mark was forgotten.
        """
        if is_balanced(text):
            return True
        left = _after(text, self.opened)
        return left is not None and left == self.opened[: len(left)]


def _next(sentence: str, opened: _Open) -> _Open:
    """Return what is open after a sentence."""
    alone = _after(sentence, ())
    if alone == ():
        return () if any(mark in sentence for mark in opened) else opened
    for after in (_after(sentence, opened), alone):
        if after is not None and len(set(after)) == len(after):
            return after
    return ()


def _after(text: str, opened: _Open) -> _Open | None:
    """Return what is open after a text; None if it closes what is not open."""
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
