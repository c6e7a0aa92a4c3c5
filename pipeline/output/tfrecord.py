"""Writes and reads GZIP TFRecord files without TensorFlow, and verifies their checksums.

A record consists of its length (8 bytes), the checksum of the length, the data, and the checksum of
the data. Checksums are masked CRC-32C, as in ``tensorflow/core/lib/hash/crc32c.h``.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator

import google_crc32c

_GZIP = 16 + zlib.MAX_WBITS  # has zlib write a GZIP header, with time stamp 0, and trailer
_LEVEL = 6
_BLOCK = 1 << 20


class DamagedFile(ValueError):
    """The bytes are not a GZIP TFRecord file; the message says where the damage is."""


def compressed(records: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a file of records, in blocks."""
    compressor = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    for record in records:
        length = struct.pack("<Q", len(record))
        framed = length + _checksum(length) + record + _checksum(record)
        if block := compressor.compress(framed):
            yield block
    yield compressor.flush()


def read_records(data: bytes) -> Iterator[bytes]:
    """Yield the records of a file.

    Raises:
        DamagedFile: if the file is truncated, or a checksum differs.
    """
    decompressor = zlib.decompressobj(_GZIP)
    waiting, number = bytearray(), 0
    for start in range(0, len(data), _BLOCK):
        try:
            waiting += decompressor.decompress(data[start : start + _BLOCK])
        except zlib.error as error:
            raise DamagedFile(
                f"the GZIP stream is damaged after record {number:,}: {error}"
            ) from None
        position = 0
        while (end := _end(waiting, position, number)) is not None:
            record = bytes(waiting[position + 12 : end - 4])
            if waiting[end - 4 : end] != _checksum(record):
                raise DamagedFile(f"the checksum of record {number:,} differs")
            yield record
            position, number = end, number + 1
        del waiting[:position]
    if waiting or not decompressor.eof or decompressor.unused_data:
        raise DamagedFile(f"the file is truncated or has extra data after record {number:,}")


def _end(data: bytearray, start: int, number: int) -> int | None:
    """Return the end of the record at `start`, or None if the record is not complete yet."""
    if len(data) < start + 12:
        return None
    if data[start + 8 : start + 12] != _checksum(data[start : start + 8]):
        raise DamagedFile(f"the length of record {number:,} is damaged")
    end: int = start + 16 + struct.unpack_from("<Q", data, start)[0]
    return end if len(data) >= end else None


def _checksum(data: bytes | bytearray) -> bytes:
    crc = google_crc32c.value(bytes(data))
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
