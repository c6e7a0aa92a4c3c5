"""What documents point to exists: links, files, modules, commands and their options."""

import re

import pytest

from tests.conftest import ROOT
from tests.documents.pages import (
    NAMES,
    PARTS,
    anchors,
    code,
    commands,
    flags_of,
    links,
    path_of,
    read,
    subcommands,
)

# A path of the repository in backticks.
_PATH = re.compile(rf"(?:{'|'.join(PARTS)}|benchmarks|docs|examples|tests|\.ci)/[\w./-]*")


@pytest.mark.parametrize("name", NAMES)
def test_links(name):
    for link in links(read(name)):
        if re.match(r"https?:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (ROOT / name).parent / file if file else ROOT / name
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text("utf-8")), link


@pytest.mark.parametrize("name", NAMES)
def test_files(name):
    named = {span for span in code(read(name)) if _PATH.fullmatch(span)}
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_commands_and_their_options(name):
    for command in commands(read(name)):
        assert path_of(command.module), command.module
        beam = {"--runner", "--setup_file"} if command.module == "pipeline" else set()
        if beam & command.flags:  # Beam's own options are known to Beam
            continue
        if command.module.startswith("benchmarks"):  # they need their own packages for --help
            continue
        known = flags_of(command.module)
        if command.module == "pipeline":
            known |= {"--direct_running_mode", "--direct_num_workers"}
        assert command.flags <= known, command


def test_every_subcommand_is_in_both_readmes():
    names = subcommands()
    if not names:
        pytest.skip("the soseol command is not here")
    for page in ("README.md", "README.ko.md"):
        found = set(re.findall(r"soseol (\w+)", read(page)))
        listed = re.search(r"`soseol write`, (.*?`demo`)", read(page), re.DOTALL)
        assert {*found, *re.findall(r"`(\w+)`", listed[1])} == set(names)


def test_every_module_that_the_subcommands_run_exists():
    assert [module for module in subcommands().values() if module and not path_of(module)] == []


def test_nothing_outside_the_repository_is_needed():
    for name in NAMES:
        allowed = 1 if name.startswith("README") else 0
        assert read(name).count("../shared") == allowed, name
        assert not re.search(r"/(?:root|tmp|work)/|DESIGN\.md", read(name)), name
