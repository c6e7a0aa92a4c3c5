"""What every test may use, and which tests wait for CI."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "examples" / "novels"
CORPUS = ROOT.parent / "shared" / "corpus"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# A shell's background job starts with Ctrl-C ignored, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)
# How long an example takes says how busy the machine is.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(config, items):
    # The longest files first, so that of two workers none is left with one at the end.
    turns = {"trainer": 1, "benchmarks": 2}
    here = Path(__file__).parent

    def turn(item):
        part, *inside = item.path.relative_to(here).parts
        return turns.get(part, 3) if inside else 0

    items.sort(key=turn)
    if os.environ.get("CI") or config.getoption("-m"):
        return
    wait = pytest.mark.skip(reason="takes minutes; runs with CI=1 or -m slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(wait)


@pytest.fixture(scope="session")
def novels():
    """The shared novels, which are not part of the repository."""
    folder = CORPUS / "novels"
    if not folder.is_dir():
        pytest.skip(f"needs real novels in {folder}")
    return folder
