"""What a writer may want of a session; sentences and candidates are counted from 1."""

from dataclasses import dataclass
from typing import Literal

How = Literal["first", "again", "differently"]


@dataclass(frozen=True)
class Take:
    """Take a candidate as it stands, or changed.

    Attributes:
        number: of the candidate, 1 for the best.
        text: what the writer made of it.
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
        how: ``first`` shows those of this place again if there are some; ``again`` draws others;
            ``differently`` steers away from all that were shown at this place.
        prefix: of ``first``: how the sentence begins; a space at its end says that its last word is
            complete. The others go on with the same prefix.
        anyway: the writer begins with fewer than five sentences.
    """

    how: How = "first"
    prefix: str = ""
    anyway: bool = False


@dataclass(frozen=True)
class Edit:
    """Put other words in the place of a sentence."""

    number: int
    text: str


@dataclass(frozen=True)
class Delete:
    """Take a sentence away, or those up to ``last``."""

    number: int
    last: int | None = None


@dataclass(frozen=True)
class Insert:
    """Put the writer's words after a sentence (0: before the first)."""

    after: int
    text: str


@dataclass(frozen=True)
class Back:
    """Go on after an earlier sentence; what followed it stays as a branch."""

    number: int


@dataclass(frozen=True)
class Undo:
    """Take the last change back."""


@dataclass(frozen=True)
class Redo:
    """Make the change again that was taken back last."""


@dataclass(frozen=True)
class ListBranches:
    """Show all branches."""


@dataclass(frozen=True)
class Switch:
    """Go on with another branch."""

    branch: int


@dataclass(frozen=True)
class Compare:
    """Show a branch beside another one, or beside the present one."""

    branch: int
    other: int | None = None


@dataclass(frozen=True)
class AddNote:
    """Note something that the model does not see."""

    text: str


@dataclass(frozen=True)
class DropNote:
    """Take a note away."""

    number: int


@dataclass(frozen=True)
class Pin:
    """Tell the model something before the story, every time; an empty text ends that."""

    text: str


@dataclass(frozen=True)
class Dial:
    """Turn the dial 무난 ↔ 새로움, for this story from now on.

    Attributes:
        value: from -3, the safest candidates, over 0 to 3, the newest.
    """

    value: int


@dataclass(frozen=True)
class ShowDial:
    """Show where the dial stands."""


@dataclass(frozen=True)
class ListNotes:
    """Show the notes, and what is pinned."""


@dataclass(frozen=True)
class ShowStory:
    """Show the whole story."""


@dataclass(frozen=True)
class Export:
    """Write the story to a file of another kind.

    Attributes:
        format: ``txt``, ``md``, ``epub`` or ``docx``.
        provenance: whether to say who wrote what, at the end.
    """

    format: Literal["txt", "md", "epub", "docx"]
    provenance: bool = False


@dataclass(frozen=True)
class Save:
    """Write everything to disk, though it should be there already."""


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
