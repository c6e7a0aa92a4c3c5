"""Serialises passages as tf.train.Example without TensorFlow, whose import takes ten seconds.

The messages have the field numbers of ``tensorflow/core/example/example.proto`` and
``feature.proto``. The map of features is declared by its wire format, repeated messages of key and
value, so that the order of the bytes is fixed.
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError
from numpy.typing import NDArray

from pipeline import records

_FIELD = descriptor_pb2.FieldDescriptorProto


def _message_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(
        name="soseol/example.proto", package="soseol", syntax="proto3"
    )
    messages: dict[str, list[tuple[str, int, Any, Any]]] = {
        "BytesList": [("value", 1, _FIELD.TYPE_BYTES, _FIELD.LABEL_REPEATED)],
        "Int64List": [("value", 1, _FIELD.TYPE_INT64, _FIELD.LABEL_REPEATED)],  # packed
        "Feature": [
            ("bytes_list", 1, "BytesList", _FIELD.LABEL_OPTIONAL),
            ("int64_list", 3, "Int64List", _FIELD.LABEL_OPTIONAL),
        ],
        "Entry": [
            ("key", 1, _FIELD.TYPE_STRING, _FIELD.LABEL_OPTIONAL),
            ("value", 2, "Feature", _FIELD.LABEL_OPTIONAL),
        ],
        "Features": [("feature", 1, "Entry", _FIELD.LABEL_REPEATED)],
        "Example": [("features", 1, "Features", _FIELD.LABEL_OPTIONAL)],
    }
    for name, fields in messages.items():
        message = file.message_type.add(name=name)
        for field, number, kind, label in fields:
            if isinstance(kind, str):
                message.field.add(
                    name=field,
                    number=number,
                    type=_FIELD.TYPE_MESSAGE,
                    type_name=f".soseol.{kind}",
                    label=label,
                )
            else:
                message.field.add(name=field, number=number, type=kind, label=label)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("soseol.Example"))


_Example = _message_class()


def serialize_passage(
    work: str,
    first_sentence: int,
    tokens: NDArray[np.integer[Any]],
    lengths: NDArray[np.integer[Any]],
) -> bytes:
    """Return one passage as a serialised tf.train.Example.

    Args:
        work: id of the work.
        first_sentence: index of the first sentence in the work.
        tokens: concatenated ids of all sentences ``[tokens]``.
        lengths: number of tokens in each sentence ``[sentences]``; sums to ``len(tokens)``.
    """
    example = _Example()

    def add(key: str) -> Any:
        return example.features.feature.add(key=key).value

    add(records.FIRST_SENTENCE).int64_list.value.append(first_sentence)
    add(records.LENGTHS).int64_list.value.extend(lengths.tolist())
    add(records.TOKENS).int64_list.value.extend(tokens.tolist())
    add(records.WORK).bytes_list.value.append(work.encode())
    return bytes(example.SerializeToString())


@dataclass(frozen=True)
class Passage:
    """A parsed record.

    Attributes:
        work: id of the work.
        first_sentence: index of the first sentence in the work.
        sentences: token ids of each sentence.
    """

    work: str
    first_sentence: int
    sentences: list[list[int]]


def parse_passage(data: bytes) -> Passage:
    """Parse one serialised tf.train.Example.

    Raises:
        ValueError: if it is not a passage.
    """
    example = _Example()
    try:
        example.ParseFromString(data)
    except DecodeError as error:
        raise ValueError("not a tf.train.Example") from error
    found = {feature.key: feature.value for feature in example.features.feature}
    try:
        tokens = list(found[records.TOKENS].int64_list.value)
        lengths = list(found[records.LENGTHS].int64_list.value)
        (first,) = found[records.FIRST_SENTENCE].int64_list.value
        (work,) = found[records.WORK].bytes_list.value
    except KeyError as error:
        raise ValueError(f"no feature {error}") from None
    if sum(lengths) != len(tokens) or min(lengths, default=0) < 0:
        raise ValueError(f"{len(tokens)} tokens, but the lengths add up to {sum(lengths)}")
    ends = list(itertools.accumulate(lengths))
    starts = [end - length for end, length in zip(ends, lengths, strict=True)]
    return Passage(work.decode(), first, [tokens[a:b] for a, b in zip(starts, ends, strict=True)])
