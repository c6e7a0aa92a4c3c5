"""tf.train.Example without TensorFlow, whose import would cost every worker ten seconds.

The messages have the field numbers of ``tensorflow/core/example/example.proto`` and
``feature.proto``. The map of features is declared as what it is on the wire, a repeated message of
key and value, which keeps the bytes in one order.
"""

from collections.abc import Sequence
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

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


def serialize_passage(work: str, first_sentence: int, sentences: Sequence[Sequence[int]]) -> bytes:
    """Returns one passage as a serialised tf.train.Example.

    Args:
        work: id of the work.
        first_sentence: index in the work of the first sentence.
        sentences: token ids of each sentence.
    """
    example = _Example()

    def add(key: str) -> Any:
        return example.features.feature.add(key=key).value

    add(records.FIRST_SENTENCE).int64_list.value.append(first_sentence)
    add(records.LENGTHS).int64_list.value.extend(map(len, sentences))
    add(records.TOKENS).int64_list.value.extend(token for ids in sentences for token in ids)
    add(records.WORK).bytes_list.value.append(work.encode())
    return bytes(example.SerializeToString())
