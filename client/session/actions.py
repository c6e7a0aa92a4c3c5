"""The actions of a session; sentences and candidates count from 1.

The class and field names, in snake case, are the commands of ``--json``.
"""

from dataclasses import dataclass
from typing import Literal

How = Literal["first", "again", "differently"]


@dataclass(frozen=True)
class Take:
    """Take a candidate, unchanged or edited.

    Attributes:
        number: of the candidate, 1 for the best.
        text: the edited text; None for the candidate as it is.
    """

    number: int
    text: str | None = None


@dataclass(frozen=True)
class Write:
    """Add the writer's own words: one sentence or several."""

    text: str


@dataclass(frozen=True)
class Ask:
    """Ask for candidates, if the opening is long enough.

    Attributes:
        how: ``first`` repeats those already shown in this state, if any; ``again`` samples others;
            ``differently`` steers away from all shown in this state.
        prefix: for ``first``, the beginning of the sentence; a space at its end marks its last word
            as complete. The others keep the current prefix.
        anyway: start with fewer than five sentences.
    """

    how: How = "first"
    prefix: str = ""
    anyway: bool = False


@dataclass(frozen=True)
class Edit:
    """Replace a sentence."""

    number: int
    text: str


@dataclass(frozen=True)
class Delete:
    """Delete a sentence, or all up to ``last``."""

    number: int
    last: int | None = None


@dataclass(frozen=True)
class Insert:
    """Insert the writer's words after a sentence (0: before the first)."""

    after: int
    text: str


@dataclass(frozen=True)
class Back:
    """Continue after an earlier sentence; what followed it stays as a branch."""

    number: int


@dataclass(frozen=True)
class Undo:
    """Undo the last change."""


@dataclass(frozen=True)
class Redo:
    """Redo the last change undone."""


@dataclass(frozen=True)
class ListBranches:
    """Show all branches."""


@dataclass(frozen=True)
class Switch:
    """Continue on another branch."""

    branch: int


@dataclass(frozen=True)
class Compare:
    """Show a branch beside another one, by default the current one."""

    branch: int
    other: int | None = None


@dataclass(frozen=True)
class AddNote:
    """Add a note, which the model does not see."""

    text: str


@dataclass(frozen=True)
class DropNote:
    """Delete a note."""

    number: int


@dataclass(frozen=True)
class Pin:
    """Set the text that the model always reads before the story; an empty one unpins it."""

    text: str


@dataclass(frozen=True)
class Dial:
    """Set the dial 무난 ↔ 새로움, for this story from now on.

    Attributes:
        value: -3 for the safest candidates to 3 for the most novel.
    """

    value: int


@dataclass(frozen=True)
class ShowDial:
    """Show the dial."""


@dataclass(frozen=True)
class ListNotes:
    """Show the notes and the pinned text."""


@dataclass(frozen=True)
class ShowStory:
    """Show the whole story."""


@dataclass(frozen=True)
class Export:
    """Export the story to a file of another format.

    Attributes:
        format: ``txt``, ``md``, ``epub`` or ``docx``.
        provenance: whether to append who wrote what.
    """

    format: Literal["txt", "md", "epub", "docx"]
    provenance: bool = False


@dataclass(frozen=True)
class Save:
    """Write to disk whatever could not be saved before."""


Action = (
    Take
    | Write
    | Ask
    | Edit
    | Delete
    | Insert
    | Back
    | Undo
    | Redo
    | ListBranches
    | Switch
    | Compare
    | AddNote
    | DropNote
    | Pin
    | Dial
    | ShowDial
    | ListNotes
    | ShowStory
    | Export
    | Save
)
