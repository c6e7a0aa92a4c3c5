"""What docs/writing.md says a writer can type is a command."""

import pytest

from client.session.actions import Write
from client.session.commands import Hint, parse
from tests.documents.pages import code, read, tables


@pytest.mark.parametrize(
    ("page", "head"), [("docs/writing.md", "type"), ("docs/writing.ko.md", "입력")]
)
def test_the_table_of_commands(page, head):
    (rows,) = (one[1:] for one in tables(read(page)) if one[0][0] == head)
    *commands, (own_words, *_) = rows
    assert len(commands) == 20
    assert code(own_words) == []
    for typed, also, *_ in commands:
        found = [parse(one) for one in (*code(typed), *code(also))]
        kinds = {type(one) for one in found}
        assert Write not in kinds, typed
        assert len(kinds - {Hint}) <= 3, typed  # ``n`` lists what ``n: text`` adds, ``n -1`` drops
