"""A translated page says the same as its original: section by section, table by table."""

import re

import pytest

from tests.conftest import ROOT
from tests.documents.pages import NAMES, blocks, code, headings, links, prose, read, tables

PAIRS = [(name.replace(".ko.md", ".md"), name) for name in NAMES if name.endswith(".ko.md")]
both = pytest.mark.parametrize(("original", "translated"), PAIRS)

# Names of options, keys, values and files, which no translation changes.
FIXED = re.compile(r"--\w+|[a-z]+_[a-z_]+|[\w/]+\.(?:json|jsonl|py|model|yaml|html)")


def test_what_is_translated():
    translated = {name for _, name in PAIRS}
    assert translated == {"README.ko.md", "docs/writing.ko.md", "docs/page.ko.md"}
    assert all((ROOT / original).exists() for original, _ in PAIRS)


@both
def test_pages_link_to_each_other(original, translated):
    assert f"]({translated.split('/')[-1]})" in read(original).split("\n\n")[1]
    assert f"]({original.split('/')[-1]})" in read(translated).split("\n\n")[1]


@both
def test_headings(original, translated):
    levels = [[level for level, _ in headings(read(page))] for page in (original, translated)]
    assert levels[0] == levels[1]


@both
def test_code_blocks_differ_in_comments_only(original, translated):
    def plain(page):
        return [
            (language, [re.sub(r"\s+#.*", "", line) for line in body.splitlines()])
            for language, body in blocks(read(page))
        ]

    assert plain(original) == plain(translated)


@both
def test_tables(original, translated):
    one, other = tables(read(original)), tables(read(translated))
    assert [[len(row) for row in rows] for rows in one] == [
        [len(row) for row in rows] for rows in other
    ]
    for rows, translated_rows in zip(one, other, strict=True):
        for row, translated_row in zip(rows, translated_rows, strict=True):
            fixed, kept = (set(FIXED.findall(" ".join(r))) for r in (row, translated_row))
            assert fixed == kept, row


@both
def test_lists(original, translated):
    def items(page):
        return re.findall(r"(?m)^ *(-|\d+\.) ", prose(read(page)))

    assert items(original) == items(translated)


@both
def test_links_and_pictures(original, translated):
    def targets(page):
        files = (link.split("#")[0].replace(".ko.md", ".md") for link in links(read(page)))
        return sorted(file for file in files if file)

    assert targets(original) == targets(translated)


@both
def test_names_in_code(original, translated):
    one, other = (
        {name for span in code(read(page)) for name in FIXED.findall(span)}
        for page in (original, translated)
    )
    assert one == other
