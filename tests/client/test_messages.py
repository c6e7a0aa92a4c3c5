import re
from string import Formatter

import pytest

from client.messages import ENGLISH, KOREAN
from client.ranking import Reason
from tests.client.conftest import REPOSITORY


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
        for path in (REPOSITORY / "client").glob("*.py")
        if path.name != "messages.py"
    )
    unused = [k for k in KOREAN if f'"{k}"' not in code and not k.startswith("option_")]
    assert not unused
    assert {reason.value for reason in Reason} <= KOREAN.keys()
