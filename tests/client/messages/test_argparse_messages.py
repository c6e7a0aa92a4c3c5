"""argparse speaks Korean to a writer, whatever it finds wrong."""

import argparse
import ast
import platform
import re
from pathlib import Path

import pytest

from client.messages import in_language

LOOKED_AT = "Python 3.11.7, 3.12.1 and 3.13.0"

# What only a mistake in a program, or a feature that no command here has, can bring about.
NOT_FOR_WRITERS = {
    ".__call__() not defined",
    "%r is not callable",
    "'required' is an invalid argument for positionals",
    'argument "-" with mode %r',
    "can't open '%(filename)s': %(error)s",
    "cannot have multiple subparser arguments",
    "cannot merge actions - two groups are named %r",
    "conflicting option string: %s",
    "conflicting option strings: %s",
    "conflicting subparser alias: %s",
    "conflicting subparser: %s",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "mutually exclusive arguments must be optional",
    "unknown parser %(parser_name)r (choices: %(choices)s)",
    "subcommands",
    "show program's version number and exit",
    " (default: %(default)s)",
    # deprecated=, of Python 3.13
    "%(prog)s: warning: %(message)s\n",
    "argument '%(argument_name)s' is deprecated",
    "command '%(parser_name)s' is deprecated",
    "option '%(option)s' is deprecated",
}
# What ``client.arguments`` words itself, in the help and around an error.
FRAME = {
    "usage: ",
    "%(heading)s:",
    "options",
    "positional arguments",
    "show this help message and exit",
    "%(prog)s: error: %(message)s\n",
    "argument %(argument_name)s: %(message)s",
}


def translatable():
    """Every string of this Python's argparse that goes through gettext."""
    tree = ast.parse(Path(argparse.__file__).read_text("utf-8"))
    calls = (
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("_", "ngettext")
    )
    strings = (node for call in calls for one in call.args for node in ast.walk(one))
    return sorted(
        {
            node.value
            for node in strings
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        - {"title", "description"}  # names of keywords
    )


def filled(form):
    names = re.findall(r"%\((\w+)\)", form)
    return form % (dict.fromkeys(names, "7") if names else ("7",) * form.count("%"))


@pytest.mark.parametrize("form", sorted({*translatable()} - NOT_FOR_WRITERS - FRAME))
def test_every_message_of_this_argparse_has_its_korean(form):
    said = in_language(filled(form), "ko")
    assert not re.search("[A-Za-z]", said), (
        f"argparse of Python {platform.python_version()} says {form!r}, which has no Korean in "
        f"client/messages/argparse_messages.py (looked at: {LOOKED_AT})"
    )
    assert ("7" in said) == ("%" in form)
    assert in_language(filled(form), "en") == filled(form)


def test_the_argument_is_named_and_own_messages_stay():
    named = "argument --top_p: expected one argument"
    assert in_language(named, "ko") == "--top_p: 값을 하나 지정하십시오."
    assert in_language(named, "en") == "--top_p: expected one argument"
    assert (
        in_language("argument --seed: '1'은(는) 예입니다.", "ko") == "--seed: '1'은(는) 예입니다."
    )
    assert in_language("unrecognized arguments: 여러\n줄", "ko") == "알 수 없는 인자: 여러\n줄"
