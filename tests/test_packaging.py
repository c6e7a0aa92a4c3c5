"""How Soseol installs: versions that fit every Python named, and what the packages contain."""

import hashlib
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
import setuptools

from pipeline.version import __version__
from tests.conftest import ROOT

PARTS = ("pipeline", "trainer", "serving", "client")
PYTHONS = ("3.11", "3.12", "3.13")
LINUX, LINUX_ARM = "x86_64-manylinux_2_28", "aarch64-manylinux_2_28"
MAC, WINDOWS = "aarch64-apple-darwin", "x86_64-pc-windows-msvc"
SOURCE_ONLY = {"kiwipiepy-model"}  # published without wheels; its source is data only


def read(name):
    return (ROOT / name).read_text("utf-8")


@pytest.fixture(scope="module")
def settings():
    """What setup.py tells setuptools."""
    with pytest.MonkeyPatch.context() as patch:
        told = {}
        patch.setattr(setuptools, "setup", told.update)
        runpy.run_path(str(ROOT / "setup.py"))
    return told


# Versions


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text):
    lines = (line.partition(";")[0].strip() for line in text.splitlines())
    pairs = (line.split("==") for line in lines if line and not line.startswith("#"))
    return {normal(name): version for name, version in pairs}


def uv(*arguments):
    pytest.importorskip("uv")
    return subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate",
         *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Skips where no package index can be reached."""
    one = tmp_path_factory.mktemp("index") / "one.in"
    one.write_text("wcwidth\n")
    if (result := uv(str(one))).returncode:
        pytest.skip(f"needs a package index: {result.stderr.strip()}")


def resolve(tmp_path, requirements, python, platform):
    """What an installation from wheels would consist of; versions by name."""
    (tmp_path / "all.in").write_text("\n".join(requirements))
    wheels = [f"--only-binary={name}" for name in pins(read("constraints.txt"))
              if name not in SOURCE_ONLY]  # fmt: skip
    result = uv(str(tmp_path / "all.in"), "-c", "constraints.txt", "--python-version", python,
                "--python-platform", platform, *wheels)  # fmt: skip
    assert not result.returncode, result.stderr
    return pins(result.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("python", "platform"),
    [*((python, LINUX) for python in PYTHONS), ("3.12", LINUX_ARM), ("3.12", MAC)],
)
def test_everything_resolves_to_the_pinned_versions(settings, index, python, platform, tmp_path):
    extras = settings["extras_require"]
    needs = [*settings["install_requires"], *extras["all"], *extras["dev"]]
    found = resolve(tmp_path, needs, python, platform)
    pinned = pins(read("constraints.txt"))
    assert {name: pinned.get(name) for name in found} == found
    only_elsewhere = {"colorama"}  # Windows
    assert set(pinned) - set(found) == only_elsewhere, "pinned, but nothing needs it"


@pytest.mark.slow
@pytest.mark.parametrize("python", PYTHONS)
def test_the_client_and_its_tests_resolve_on_windows(settings, index, python, tmp_path):
    extras = settings["extras_require"]
    needs = [*settings["install_requires"], *extras["web"], *extras["learn"], *windows_tools()]
    found = resolve(tmp_path, needs, python, WINDOWS)
    pinned = pins(read("constraints.txt"))
    assert {name: pinned.get(name) for name in found} == found


def windows_tools():
    """What the workflow's Windows job installs beside the client."""
    (line,) = re.findall(r'pip install -c constraints\.txt "\.\[web,learn\]" (.+)', read(WORKFLOW))
    return line.split()


WORKFLOW = ".github/workflows/tests.yml"


def test_one_range_of_pythons(settings):
    assert settings["python_requires"] == ">=3.11,<3.14"
    prefix = "Programming Language :: Python :: "
    named = [line.removeprefix(prefix) for line in settings["classifiers"] if prefix in line]
    assert [version for version in named if "." in version] == list(PYTHONS)
    assert "(3, 11) <= sys.version_info < (3, 14)" in read("Makefile")
    assert "Python 3.11 to 3.13" in read("Makefile")
    assert 'target-version = "py311"' in read("pyproject.toml")
    assert "3.10" not in read("setup.py") + read("Makefile") + read(WORKFLOW)
    for python in PYTHONS:
        assert f'"{python}"' in read(WORKFLOW)


def test_every_direct_requirement_is_pinned_and_has_a_reason(settings):
    pinned = pins(read("constraints.txt"))
    needs = {need for needs in settings["extras_require"].values() for need in needs}
    needs |= set(settings["install_requires"])
    for need in needs:
        assert normal(re.split(r"[<>=]", need)[0]) in pinned
    listed = re.findall(r'^ +"[\w.-]+[<>=]=.*$', read("setup.py"), re.MULTILINE)
    assert len(listed) >= len(needs)
    assert all('",  # ' in line for line in listed)


def test_extras_that_are_named_anywhere_exist(settings):
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "setup.py"]
    files += [path for part in PARTS for path in (ROOT / part).rglob("*.py")]
    named = {
        extra
        for path in files
        for extras in re.findall(r"\.\[([a-z,]+)\]", path.read_text("utf-8"))
        for extra in extras.split(",")
    }
    assert named
    assert named - set(settings["extras_require"]) == set()


# Packages


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A source distribution, made as Beam makes it for its workers, and a wheel."""
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, source)
    run_setup(source, "sdist", "--dist-dir=out")
    run_setup(source, "bdist_wheel", "--dist-dir=out")
    return source / "out"


def run_setup(folder, *arguments):
    result = subprocess.run(
        [sys.executable, "setup.py", "--quiet", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert not result.returncode, result.stderr


def expected_files():
    """Everything in the parts that Python or a user opens."""
    paths = (path for part in PARTS for path in (ROOT / part).rglob("*") if path.is_file())
    return {str(path.relative_to(ROOT)) for path in paths if "__pycache__" not in path.parts}


def test_the_wheel_has_every_file_of_the_parts(built):
    (wheel,) = built.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    info = f"soseol-{__version__}.dist-info"
    assert expected_files() - names == set()
    assert {f"{info}/licenses/LICENSE", f"{info}/licenses/NOTICE"} <= names
    assert {f"{part}/py.typed" for part in PARTS} <= names
    assert {name.partition("/")[0] for name in names} == {*PARTS, info}


def test_the_metadata(built):
    (wheel,) = built.glob("*.whl")
    info = f"soseol-{__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read(f"{info}/METADATA").decode()
        scripts = archive.read(f"{info}/entry_points.txt").decode()
    head, _, description = metadata.partition("\n\n")
    assert f"\nVersion: {__version__}\n" in head
    assert "\nLicense-Expression: Apache-2.0\n" in head
    assert "\nDescription-Content-Type: text/markdown\n" in head
    assert description.strip() == read("README.md").strip()
    assert scripts.split() == ["[console_scripts]", "soseol", "=", "client.launcher:main"]
    assert "Provides-Extra: client" not in head


def test_the_source_distribution_has_them_too(built):
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        files = {name.partition("/")[2] for name in packed.getnames()}
    assert expected_files() - files == set()
    assert {"LICENSE", "NOTICE", "README.md", "CHANGELOG.md", "constraints.txt"} <= files
    assert not any(name.startswith("tests/") for name in files)


def test_a_folder_with_setup_and_packages_alone_is_enough_for_beam(tmp_path):
    shutil.copy(ROOT / "setup.py", tmp_path)
    shutil.copytree(ROOT / "pipeline", tmp_path / "pipeline")
    run_setup(tmp_path, "sdist")
    (archive,) = (tmp_path / "dist").iterdir()
    assert archive.name == f"soseol-{__version__}.tar.gz"


def test_the_version_is_said_once():
    sources = [ROOT / "setup.py", *(path for part in PARTS for path in (ROOT / part).rglob("*.py"))]
    says = [path for path in sources if f'"{__version__}"' in path.read_text("utf-8")]
    assert says == [ROOT / "pipeline" / "version.py"]
    assert f"## [{__version__}]" in read("CHANGELOG.md")


def test_the_licence_is_apaches_own_text():
    """The digest of https://www.apache.org/licenses/LICENSE-2.0.txt."""
    digest = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == digest
