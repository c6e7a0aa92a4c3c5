"""What every test may use, and which tests wait for CI."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "examples" / "novels"
CORPUS = ROOT.parent / "shared" / "corpus"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def pytest_collection_modifyitems(config, items):
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
