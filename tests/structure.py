"""What imports what: ``python -m tests.structure [CHECKOUT]`` counts rooms, arrows and circles.

A room is a module or folder directly inside a part; an arrow is a room that imports from another
room of the same part, counted once; a circle is a set of modules that import each other. Every
import counts, also those inside functions and those for annotations only.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

PARTS = ("pipeline", "trainer", "serving", "client")
Graph = Mapping[str, frozenset[str]]


def import_graph(root: Path) -> Graph:
    """Map each module of the parts to the modules of the parts that it imports."""
    sources = {_module(path.relative_to(root)): path for path in _files(root)}
    return {
        name: frozenset(_known(ast.parse(path.read_text("utf-8")), sources) - {name})
        for name, path in sources.items()
    }


def outside_imports(root: Path, part: str) -> set[str]:
    """Top-level names that a part imports and that are no part."""
    names = {
        name.partition(".")[0]
        for path in _files(root)
        if path.relative_to(root).parts[0] == part
        for name in _imported(ast.parse(path.read_text("utf-8")))
    }
    return names - set(PARTS)


def rooms(graph: Graph, part: str) -> set[str]:
    """Modules and folders directly inside a part, its ``__init__`` left out."""
    return {_room(module) for module in graph if module.startswith(f"{part}.")}


def arrows(graph: Graph, part: str) -> set[tuple[str, str]]:
    """Pairs of rooms of a part of which the first imports from the second."""
    inside = rooms(graph, part)
    pairs = {
        (_room(module), _room(imported))
        for module, imports in graph.items()
        for imported in imports
    }
    return {(a, b) for a, b in pairs if a != b and {a, b} <= inside}


def circles(graph: Graph) -> list[list[str]]:
    """Sets of modules that import each other, each sorted (Tarjan's algorithm)."""
    index: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(module: str) -> None:
        index[module] = lowest[module] = len(index)
        stack.append(module)
        for imported in graph[module]:
            if imported not in index:
                visit(imported)
            if imported in stack:
                lowest[module] = min(lowest[module], lowest[imported])
        if lowest[module] == index[module]:
            at = stack.index(module)
            circle = stack[at:]
            del stack[at:]
            if len(circle) > 1:
                found.append(sorted(circle))

    for module in graph:
        if module not in index:
            visit(module)
    return sorted(found)


def _files(root: Path) -> Iterator[Path]:
    for part in PARTS:
        yield from sorted((root / part).rglob("*.py"))


def _module(path: Path) -> str:
    names = path.with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def _known(tree: ast.AST, sources: Mapping[str, Path]) -> set[str]:
    return {name for name in _imported(tree) if name in sources}


def _imported(tree: ast.AST) -> Iterator[str]:
    """Names that are imported; of ``from a import b`` both ``a`` and ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def main(arguments: Sequence[str]) -> None:
    """Print the table for this checkout or another."""
    root = Path(arguments[0]) if arguments else Path(__file__).resolve().parent.parent
    graph = import_graph(root)
    print(f"{'part':<10}{'rooms':>6}{'arrows':>8}{'circles':>9}")
    for part in PARTS:
        inside = {m: graph[m] for m in graph if m.partition(".")[0] == part}
        inside = {m: frozenset(i for i in imports if i in inside) for m, imports in inside.items()}
        print(
            f"{part:<10}{len(rooms(graph, part)):>6}{len(arrows(graph, part)):>8}"
            f"{len(circles(inside)):>9}"
        )
    for circle in circles(graph):
        print(f"circle: {', '.join(circle)}")


if __name__ == "__main__":
    main(sys.argv[1:])
