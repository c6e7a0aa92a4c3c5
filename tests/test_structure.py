"""Who may import whom."""

import pytest

from tests import structure
from tests.conftest import ROOT

ALLOWED = {
    "pipeline": (),
    "trainer": ("pipeline.records", "pipeline.checksums", "pipeline.version"),
    "serving": (),
    "client": ("pipeline.reading", "pipeline.version"),
}
# Heavy, or not among what a part installs.
FORBIDDEN = {
    "pipeline": {"tensorflow", "keras", "grpc"},
    "trainer": {"apache_beam", "grpc"},
    "serving": {"keras", "apache_beam"},
    "client": {"tensorflow", "tensorflow_serving", "keras", "apache_beam"},
}


@pytest.fixture(scope="module")
def graph():
    return structure.import_graph(ROOT)


@pytest.mark.parametrize("part", structure.PARTS)
def test_parts_import_each_other_only_where_it_is_agreed(graph, part):
    crossing = {
        (module, imported)
        for module, imports in graph.items()
        for imported in imports
        if module.partition(".")[0] == part != imported.partition(".")[0]
    }
    allowed = ALLOWED[part]
    packages = {name.partition(".")[0] for name in allowed}  # ``from pipeline import records``
    wrong = {
        (module, imported)
        for module, imported in crossing
        if imported not in packages
        and not any(f"{imported}.".startswith(f"{name}.") for name in allowed)
    }
    assert wrong == set()


@pytest.mark.parametrize("part", structure.PARTS)
def test_parts_do_without_libraries_that_are_not_theirs(part):
    assert structure.outside_imports(ROOT, part) & FORBIDDEN[part] == set()


def test_modules_do_not_import_each_other_in_cycles(graph):
    assert structure.cycles(graph) == []


def test_components_dependencies_and_cycles(tmp_path):
    files = {
        "client/__init__.py": "",
        "client/a.py": "from client import b\nimport client.c.d",
        "client/b.py": "import typing\nif typing.TYPE_CHECKING:\n    from client import a",
        "client/c/__init__.py": "",
        "client/c/d.py": "def f():\n    from client.c import e",
        "client/c/e.py": "import grpc",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    graph = structure.import_graph(tmp_path)
    assert structure.components(graph, "client") == {"client.a", "client.b", "client.c"}
    assert structure.dependencies(graph, "client") == {
        ("client.a", "client.b"), ("client.a", "client.c"), ("client.b", "client.a")
    }  # fmt: skip
    assert structure.cycles(graph) == [["client.a", "client.b"]]
    assert structure.outside_imports(tmp_path, "client") == {"grpc", "typing"}
