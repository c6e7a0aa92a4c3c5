"""Tables of options say what the commands say: the same options, the same defaults."""

import re

import pytest

from client import arguments
from tests.documents.pages import default_of, flags_of, help_of, read, section, table, tables

SESSION = {"docs/writing.md": "option", "docs/writing.ko.md": "옵션"}
PAGE = {"docs/page.md": "Options", "docs/page.ko.md": "옵션"}


def shown(value):
    """A default as a table shows it."""
    if isinstance(value, tuple):
        return ",".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def check(rows, options):
    """Compare rows with what the command has without arguments; return the options named."""
    named = set()
    for cell, default, *_ in rows:
        flags = re.findall(r"--\w+", cell)
        named.update(flags)
        value = options[flags[0].removeprefix("--")]
        if re.fullmatch(r"[\d.]+|`[^$`]+`", default):
            assert default.strip("`") == shown(value), flags
        else:  # in words, or none
            assert value in (None, False), flags
    return named


@pytest.mark.parametrize(("page", "head"), SESSION.items())
def test_the_sessions_options(page, head):
    (rows,) = (one[1:] for one in tables(read(page)) if one[0][0] == head)
    named = check(rows, vars(arguments.parse(["story.txt"])))
    assert named == flags_of("client") - {"--help", "--lang"}
    assert "--lang en" in read(page)


@pytest.mark.parametrize(("page", "title"), PAGE.items())
def test_the_pages_options(page, title):
    (rows,) = tables(section(page, title))
    named = check(rows[1:], vars(arguments.parse_page(["story.txt"])))
    session = flags_of("client") - {"--auto", "--json"}
    assert named == flags_of("client.web") - session


def test_exports_and_learnings_options():
    text = read("docs/writing.md")
    for module in ("client.export", "client.learn"):
        assert [one for one in flags_of(module) - {"--help"} if one not in text] == []


def test_the_trainers_options():
    rows = table("docs/training.md", "option")
    named = {flag for cell, _ in rows for flag in re.findall(r"--[\w-]+", cell)}
    assert named <= flags_of("trainer")


def test_defaults_in_prose():
    windows = default_of("trainer.evaluate", "--windows")
    assert f"`--windows` (default {windows})" in read("docs/report_card.md")
    passage = default_of("pipeline", "--passage_sentences")
    assert f"up to {passage} consecutive sentences" in read("README.md")
    assert f"연속한 문장 {passage}개까지" in read("README.ko.md")
    assert f"`passage_sentences` ({passage})" in read("docs/formats.md")
    longest = default_of("pipeline", "--max_sentence_tokens")
    assert f"`max_sentence_tokens` ({longest})" in read("docs/formats.md")


def test_the_servers_differences():
    text = read("docs/serving.md")
    assert default_of("serving", "--host") == "127.0.0.1"
    assert "this machine only, unless `--host=0.0.0.0`" in text
    assert f"| `--model_name` left out | `{default_of('serving', '--model_name')}` |" in text
    assert default_of("serving", "--file_system_poll_wait_seconds") == "1"
    assert "new versions every second (`--file_system_poll_wait_seconds`)" in text
    (sizes,) = re.findall(r"\| size of a request \| (.*?) \|", text)
    strings = int(default_of("serving", "--max_story_bytes")) >> 20
    rows = default_of("serving", "--max_request_rows")
    assert sizes.startswith(f"64 MiB, {rows} rows, {strings} MiB per string")
    assert re.search(r"max_receive_message_length.*(64 MiB|67108864)", help_of("serving"))
