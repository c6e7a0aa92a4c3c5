"""The branches of a story, listed and compared."""

from client.errors import StoryError
from client.session.comparison import common_prefix_length, side_by_side
from client.session.events import Branches, BranchSummary, Compared
from client.story.manuscript import Branch
from client.story.story import Story


def find(story: Story, number: int) -> Branch:
    """Return a branch by its number.

    Raises:
        StoryError: it does not exist.
    """
    branches = story.history.manuscript.branches()
    if not 1 <= number <= len(branches):
        raise StoryError("no_such_branch", number=number, count=len(branches))
    return branches[number - 1]


def summarise(story: Story) -> Branches:
    """Return all branches, summarised for a list."""
    here = story.history.manuscript.branch()
    summaries = []
    for branch in story.history.manuscript.branches():
        texts = _texts(story, branch)
        common = common_prefix_length(texts, story.sentences)
        last = texts[-1] if texts else ""
        summaries.append(BranchSummary(branch.number, branch == here, len(texts), common, last))
    return Branches(summaries)


def compare(story: Story, number: int, other: int | None) -> Compared:
    """Return two branches side by side, the current one and ``number`` if ``other`` is None.

    Raises:
        StoryError: a branch does not exist.
    """
    left = story.sentences if other is None else _texts(story, find(story, number))
    right = _texts(story, find(story, number if other is None else other))
    common, rows = common_prefix_length(left, right), side_by_side(left, right)
    if other is None:
        return Compared(None, number, common, rows)
    return Compared(number, other, common, rows)


def _texts(story: Story, branch: Branch) -> list[str]:
    return [line.text for line in story.branch_lines(branch)]
