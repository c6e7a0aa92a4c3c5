"""What the page shows, as one JSON object."""

from collections.abc import Sequence
from typing import Any

from client.export.document import paragraphs
from client.ranking import Ranked, Reason
from client.session.session import Session
from client.story.history import line_record
from client.story.manuscript import Line
from client.story.provenance import shares


def page_state(session: Session) -> dict[str, Any]:
    """Return everything that a window needs to show a session.

    ``place`` names the state of the story. A window sends it back with every change, so that
    nothing is changed that the writer does not see.
    """
    history = session.story.history
    proposal = session.proposal
    return {
        "title": session.story.path.stem,
        "place": session.story.state,
        "paragraphs": [
            [line_record(line) for line in one] for one in paragraphs(history.manuscript.lines)
        ],
        "counts": counts(session.story.lines),
        "prefix": proposal.prefix if proposal else "",
        "candidates": [_candidate(one) for one in proposal.ranked] if proposal else [],
        "can_undo": history.manuscript.undo_target() is not None,
        "can_redo": history.manuscript.redo_target() is not None,
        "branches": len(history.manuscript.branches()),
        "notes": [note._asdict() for note in history.notes],
        "pinned": history.pinned,
        "dial": session.dial,
    }


def counts(lines: Sequence[Line]) -> dict[str, Any]:
    """Return the length of a story, and each author's share of it.

    ``characters`` counts spaces and sentence breaks (one each), ``letters`` does not.
    """
    by_author = {share.author.value: share for share in shares(lines)}
    return {
        "sentences": len(lines),
        "characters": sum(len(line.text) + 1 for line in lines) - bool(lines),
        "letters": sum(share.characters for share in by_author.values()),
        "share": {author: share.characters_share for author, share in by_author.items()},
    }


def _candidate(ranked: Ranked) -> dict[str, Any]:
    return {
        "text": ranked.candidate.text,
        "reasons": {reason.value: ranked.reasons[reason] for reason in Reason},
        "strongest": ranked.strongest.value,
    }
