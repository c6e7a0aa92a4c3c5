"""Version folders, and which of them a policy selects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_serving.config import file_system_storage_path_source_pb2 as source_pb2

from serving.errors import ServingError
from serving.models.base_path import aspired_versions, version_folders

versions = st.sets(st.integers(0, 50), max_size=8)


@given(versions, st.integers(0, 10))
def test_latest_are_the_highest(found, count):
    policy = source_pb2.FileSystemStoragePathSourceConfig.ServableVersionPolicy()
    policy.latest.num_versions = count
    aspired = aspired_versions(policy, found)
    assert len(aspired) == min(len(found), max(count, 1))
    assert aspired <= found
    assert all(old < new for old in found - aspired for new in aspired)


@given(versions, versions)
def test_specific_are_those_that_exist(found, asked):
    policy = source_pb2.FileSystemStoragePathSourceConfig.ServableVersionPolicy()
    policy.specific.versions.extend(asked)
    assert aspired_versions(policy, found) == found & asked


def test_version_folders(tmp_path):
    for name in ["1", "0020", "x", ".tmp-3", "4.partial", "-5", "٣", str(2**63)]:
        (tmp_path / name).mkdir()
    (tmp_path / "6").write_text("a file")
    assert version_folders(tmp_path) == {1: tmp_path / "1", 20: tmp_path / "0020"}
    with pytest.raises(ServingError, match="nowhere"):
        version_folders(tmp_path / "nowhere")
