import re
from string import Formatter

import pytest

from client.messages import ENGLISH, KOREAN
from client.ranking import Reason
from client.story.manuscript import Author
from tests.conftest import ROOT

# As in ``client.session.events.Changed.how``.
HOWS = ["write", "take", "edit", "insert", "delete", "back", "undo", "redo", "switch", "outside"]


def names(message):
    return sorted({name for _, name, _, _ in Formatter().parse(message) if name is not None})


def test_both_languages_have_the_same_messages():
    assert KOREAN.keys() == ENGLISH.keys()


@pytest.mark.parametrize("key", KOREAN)
def test_both_languages_name_the_same_things(key):
    assert names(KOREAN[key]) == names(ENGLISH[key])
    said = re.sub(r"\{.*?\}", "", ENGLISH[key])
    assert re.search("[가-힣]", KOREAN[key]) or not re.search("[a-z]", said)
    assert not re.search("[가-힣]", ENGLISH[key])


def test_every_message_is_used_and_every_reason_has_one():
    code = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "client").rglob("*.py")
        if path.stem != "page_messages" and path.parent.name != "messages"
    )
    made = [f"changed_{how}" for how in HOWS] + [f"by_{author.value}" for author in Author]
    assert set(made) <= KOREAN.keys()
    prefixes = ("option_", "nothing_to_", "provenance_")  # the rest of the key is put to these
    unused = [k for k in KOREAN if f'"{k}"' not in code and not k.startswith(prefixes)]
    assert sorted(unused) == sorted(made)
    assert {reason.value for reason in Reason} <= KOREAN.keys()
