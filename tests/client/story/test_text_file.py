"""What is replaced when a file is written: a regular file, never a link, device or pipe."""

import os

import pytest

from client.errors import StoryError
from client.story.text_file import replace_file
from tests.client.conftest import posix


@posix
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "kept.txt").write_text("old", "utf-8")
    (link := tmp_path / "link.txt").symlink_to(tmp_path / "kept.txt")
    replace_file(link, b"new")
    assert link.is_symlink()
    assert (tmp_path / "kept.txt").read_bytes() == b"new"


@posix
def test_a_device_or_pipe_is_not_replaced(tmp_path):
    os.mkfifo(pipe := tmp_path / "pipe")
    with pytest.raises(StoryError) as refused:
        replace_file(pipe, b"new")
    assert refused.value.key == "story_not_file"
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
