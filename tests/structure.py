"""What imports what: ``python -m tests.structure [CHECKOUT]`` counts it, part by part.

A component is a module or folder directly inside a part. A dependency is a pair of components of a
part of which one imports from the other. A cycle is a set of modules that import each other. Every
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


def components(graph: Graph, part: str) -> set[str]:
    """Modules and folders directly inside a part, its ``__init__`` left out."""
    return {_component(module) for module in graph if module.startswith(f"{part}.")}


def dependencies(graph: Graph, part: str) -> set[tuple[str, str]]:
    """Pairs of components of a part of which the first imports from the second."""
    inside = components(graph, part)
    pairs = {
        (_component(module), _component(imported))
        for module, imports in graph.items()
        for imported in imports
    }
    return {(a, b) for a, b in pairs if a != b and {a, b} <= inside}


def cycles(graph: Graph) -> list[list[str]]:
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
            cycle = stack[at:]
            del stack[at:]
            if len(cycle) > 1:
                found.append(sorted(cycle))

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


def _component(module: str) -> str:
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
    print(f"{'part':<10}{'components':>11}{'dependencies':>14}{'cycles':>8}")
    for part in PARTS:
        inside = {m: graph[m] for m in graph if m.partition(".")[0] == part}
        inside = {m: frozenset(i for i in imports if i in inside) for m, imports in inside.items()}
        print(
            f"{part:<10}{len(components(graph, part)):>11}{len(dependencies(graph, part)):>14}"
            f"{len(cycles(inside)):>8}"
        )
    for cycle in cycles(graph):
        print(f"cycle: {', '.join(cycle)}")


if __name__ == "__main__":
    main(sys.argv[1:])
