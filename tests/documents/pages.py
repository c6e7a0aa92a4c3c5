"""Documents as the tests read them: headings, code blocks, tables, links and commands."""

import ast
import functools
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.conftest import ROOT

PAGES = sorted([ROOT / "README.md", ROOT / "README.ko.md", *(ROOT / "docs").glob("*.md")])
NAMES = [str(path.relative_to(ROOT)) for path in PAGES]
PARTS = ("pipeline", "trainer", "serving", "client")

_BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
# A command in a block or in backticks, up to the end of the line or a comment.
_COMMAND = re.compile(r"(?:python3? -m|(?:^|(?<=[`|])|(?<=[$|] ))soseol) [^\n`|]+", re.MULTILINE)


class Command(NamedTuple):
    """A command that a page shows.

    Attributes:
        module: what ``python -m`` runs.
        flags: the options given to it, with their dashes.
    """

    module: str
    flags: frozenset[str]


def read(name: str) -> str:
    """The text of a page, named from the repository's root."""
    return (ROOT / name).read_text("utf-8")


def blocks(text: str) -> list[tuple[str, str]]:
    """Language and content of each code block."""
    return _BLOCK.findall(text)


def prose(text: str) -> str:
    """A page without its code blocks."""
    return _BLOCK.sub("", text)


def headings(text: str) -> list[tuple[int, str]]:
    """Level and title of each heading."""
    found = re.findall(r"^(#+) (.*)$", prose(text), re.MULTILINE)
    return [(len(marks), title) for marks, title in found]


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives the headings."""
    titles = (title.lower().replace("`", "") for _, title in headings(text))
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def tables(text: str) -> list[list[list[str]]]:
    """The cells of each table, its head first, the line of dashes left out."""
    found: list[list[list[str]]] = []
    inside = False
    for line in prose(text).splitlines():
        line = line.strip()  # noqa: PLW2901
        if not line.startswith("|"):
            inside = False
            continue
        if not inside:
            found.append([])
            inside = True
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not all(re.fullmatch(":?-+:?", cell) for cell in cells):
            found[-1].append(cells)
    return found


def table(name: str, *head: str) -> list[list[str]]:
    """The rows of the one table of a page whose head begins with these cells."""
    (found,) = (one for one in tables(read(name)) if one[0][: len(head)] == list(head))
    return found[1:]


def section(name: str, title: str) -> str:
    """What stands under a heading, up to the next one of its level or above."""
    (found,) = re.findall(rf"(?m)^(#+) {re.escape(title)}$", read(name))
    rest = re.split(rf"(?m)^{found} {re.escape(title)}$", read(name))[1]
    return re.split(rf"(?m)^#{{1,{len(found)}}} ", rest)[0]


def code(text: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose(text))


def links(text: str) -> list[str]:
    """Targets of links and pictures."""
    return re.findall(r"(?:\]\(|<img src=\")([^)\s\"]+)", prose(text))


def commands(text: str) -> Iterator[Command]:
    """The commands of this project that a page shows; ``soseol X`` as the module it stands for."""
    joined = re.sub(r"\\\n\s*", " ", text)
    for line in _COMMAND.findall(joined):
        words = re.sub(r" #.*| [|&].*", "", line).split()
        module = words[2] if words[0] != "soseol" else subcommands().get(words[1], "")
        if module.split(".")[0] in (*PARTS, "benchmarks"):
            flags = (word.split("=")[0] for word in words if word.startswith("--"))
            yield Command(module, frozenset(flags))


@functools.cache
def subcommands() -> dict[str, str]:
    """What each subcommand of ``soseol`` runs; nothing where the launcher is missing."""
    try:
        from client.launcher import COMMANDS
    except ModuleNotFoundError:
        return {}
    return {name: command.module for name, command in COMMANDS.items()}


@functools.cache
def help_of(module: str) -> str:
    """What ``python -m module --help`` prints, in wide lines."""
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "1000", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def default_of(module: str, flag: str) -> str:
    """The default of an option, as its help states it."""
    found = re.search(rf"(?ms)^ +{flag}\b.*?\(default:? ([^),;]+)", help_of(module))
    assert found, flag
    return found[1]


def flags_of(module: str) -> set[str]:
    """The options that a command has."""
    return set(re.findall(r"--[A-Za-z][A-Za-z0-9_-]*", help_of(module)))


class Constants(dict[str, Any]):
    """Constants by name; one that is missing is probably called something else now."""

    def __init__(self, folder: str, found: dict[str, Any]):
        super().__init__(found)
        self._folder = folder

    def __missing__(self, name: str) -> Any:
        raise AssertionError(f"{self._folder}/ has no constant {name}; rename it in this test too")


@functools.cache
def constants(folder: str) -> Constants:
    """Constants of a folder's modules, and defaults of classes in them, by name.

    They are read, not imported: TensorFlow takes ten seconds. A name that means two values is
    left out.
    """
    found: dict[str, Any] = {}
    twice = set()
    for path in sorted((ROOT / folder).rglob("*.py")):
        for name, node in _assigned(ast.parse(path.read_text("utf-8"))):
            try:
                value = ast.literal_eval(node)
            except ValueError:
                continue
            twice |= {name} if name in found and found[name] != value else set()
            found[name] = value
    return Constants(folder, {name: one for name, one in found.items() if name not in twice})


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for statement in tree.body:
        match statement:
            case ast.ClassDef(name=name, body=body):
                for field in body:
                    match field:
                        case ast.AnnAssign(
                            target=ast.Name(id=attribute), value=ast.expr() as value
                        ):
                            yield f"{name}.{attribute}", value
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                for one, value in zip(names, values, strict=True):
                    if isinstance(one, ast.Name):
                        yield one.id, value


def number(text: str) -> float:
    """The number in a cell: ``8,000``, ``76.5 million``, ``4억 5,100만``."""
    plain = text.replace(",", "")
    if korean := re.fullmatch(r"(?:(\d+)억 ?)?(?:(\d+)만)?", plain):
        return 1e8 * int(korean[1] or 0) + 1e4 * int(korean[2] or 0)
    (value,) = re.findall(r"-?\d+(?:\.\d+)?", plain)
    return float(value) * (1e6 if "million" in plain else 1)


def path_of(module: str) -> Path | None:
    """The file that ``python -m module`` runs, None if there is none."""
    base = ROOT.joinpath(*module.split("."))
    for path in (base / "__main__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None
