"""Opening a data set folder, and the errors for an incomplete one."""

import hashlib
import json

import pytest

from pipeline import records
from trainer.configuration import TrainerError
from trainer.data.corpus import EncodedCorpus

SHARD = "train-00000-of-00001.tfrecord.gz"
CONTENT = b"records"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / SHARD).write_bytes(CONTENT)
    manifest = {
        "format_version": records.FORMAT_VERSION,
        "files": {SHARD: {"bytes": 7, "sha256": hashlib.sha256(CONTENT).hexdigest()}},
        "splits": {"train": {"sentences": 3}},
        "tokenizer": {"file": records.TOKENIZER, "pieces": 300},
        "normalization": {},
        "options": {"max_sentence_tokens": 9},
    }
    (tmp_path / records.MANIFEST).write_text(json.dumps(manifest))
    return tmp_path


def test_a_complete_folder_is_opened(folder):
    data = EncodedCorpus.open(folder)
    assert data.files("train") == [str(folder / SHARD)]
    assert data.files("test") == []
    assert (data.sentences("train"), data.sentences("test")) == (3, 0)
    assert (data.pieces, data.longest_sentence) == (300, 9)


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (lambda shard: shard.unlink(), "is missing, though dataset.json lists it"),
        (lambda shard: shard.write_bytes(CONTENT[1:]), "6 bytes where dataset.json has 7"),
        (lambda shard: shard.write_bytes(b"Records"), "its checksum is not the one in"),
    ],
)
def test_a_damaged_file_is_named_with_what_to_do(folder, damage, problem):
    damage(folder / SHARD)
    with pytest.raises(TrainerError) as refused:
        EncodedCorpus.open(folder)
    message = str(refused.value)
    assert message.startswith(str(folder / SHARD))
    assert problem in message
    assert message.endswith("run python -m pipeline again, or copy the folder again")
