"""Detects the encoding of a Korean text, and decodes it completely or not at all.

Valid UTF-8 is taken as such; chardet distinguishes the other encodings. On 899 extracts of 10, 100
and 1,000 characters of Korean novels in CP949 and in UTF-16 without a byte order mark, chardet 7.7
was always right, charset-normalizer 3.5 872 times.
"""

import codecs
import re

import chardet

from pipeline.rejections import RejectedFile

MAX_CONTROL_SHARE = 0.3  # of control characters in a text
MAX_BROKEN_SHARE = 0.1  # of bytes beyond ASCII that are invalid, in a damaged text
MIN_COMMON_SHARE = 0.9  # of Hangul syllables that are among the 2,350 of KS X 1001
MIN_CONFIDENCE = 0.2  # of chardet, to name an unsupported encoding

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
)
_SUPPORTED = ("CP949", "UTF-16-LE", "UTF-16-BE")  # beside UTF-8
_RECOGNISED = ("Johab", "CP932", "EUC-JP", "GB18030", "Big5", "Windows-1252")
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")  # Cc, but for tabs and line ends
_END_OF_FILE = b"\x1a"  # the mark of DOS, in old CP949 files
_CONTROLS = bytes({*range(0x20)} - set(b"\t\n\f\r"))
_RECORD_ERRORS = "soseol-record-errors"  # name of the codecs error handler
_REPLACEMENT = "\ufffd"


class NotText(RejectedFile):
    """The bytes are not text in a supported encoding."""


def decode(data: bytes) -> str:
    """Decode UTF-8, UTF-16, or CP949 (which contains EUC-KR), with or without a byte order mark.

    Raises:
        NotText: if the data is none of these, or damaged.
    """
    text = _decode(data.rstrip(_END_OF_FILE))
    if len(_CONTROL.findall(text)) > MAX_CONTROL_SHARE * len(text):
        raise NotText("not a text file", "it consists mostly of control characters")
    return text


def _decode(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_strictly(data, encoding, len(mark))
    if b"\0" not in data:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            pass
    # A stray control character does not make a file binary.
    sample = data if b"\0" in data else data.translate(None, _CONTROLS)
    found = chardet.detect(sample, include_encodings=(*_SUPPORTED, *_RECOGNISED))
    encoding, kind = found["encoding"] or "", found["mime_type"] or ""
    if data.startswith(_COMPOUND_FILE):
        raise NotText("not a text file; save it as text in UTF-8", "a HWP or old Word file")
    if not encoding or not kind.startswith("text/"):
        raise NotText("not a text file; save it as text in UTF-8", kind or "of unknown type")
    if encoding.upper().startswith("UTF-16"):
        text = _decode_strictly(data, encoding, 0)
        if not (text.isascii() or _looks_korean(text)):
            raise NotText("not a text file", "it seems to be UTF-16 but contains no Korean")
        return text
    if b"\0" in data:
        raise NotText("not a text file", "it contains NUL bytes", data.index(b"\0"))
    confident = found["confidence"] >= MIN_CONFIDENCE
    if encoding not in _RECOGNISED or not confident:
        try:
            text = data.decode("cp949")
        except UnicodeDecodeError:
            raise _refusal(data, "") from None
        if _looks_korean(text):
            return text
    raise _refusal(data, encoding if confident else "")


def _decode_strictly(data: bytes, encoding: str, start: int) -> str:
    try:
        return data[start:].decode(encoding)
    except UnicodeDecodeError:
        _, starts = _decode_replacing(data[start:], encoding)
        raise _damaged(data, encoding, [start + position for position in starts]) from None


def _decode_replacing(data: bytes, encoding: str) -> tuple[str, list[int]]:
    """Return the text with U+FFFD for each invalid byte sequence, and the sequences' offsets."""
    starts: list[int] = []
    last_end = -1

    def record(error: UnicodeError) -> tuple[str, int]:
        nonlocal last_end
        assert isinstance(error, UnicodeDecodeError)
        if error.start != last_end:
            starts.append(error.start)
        last_end = error.end
        return _REPLACEMENT, error.end

    codecs.register_error(_RECORD_ERRORS, record)
    return data.decode(encoding, _RECORD_ERRORS), starts


def _refusal(data: bytes, detected: str) -> NotText:
    """Return the exception that says what is wrong with bytes that are not valid text.

    Args:
        data: the bytes.
        detected: the encoding that chardet detected; "" if none.
    """
    utf8, cp949 = (_decode_replacing(data, encoding) for encoding in ("UTF-8", "CP949"))
    most = MAX_BROKEN_SHARE * sum(byte > 0x7F for byte in data) + 2
    for encoding, (text, starts) in (("UTF-8", utf8), ("CP949", cp949)):
        broken = text.count(_REPLACEMENT)
        if starts and broken <= most and _looks_korean(text.replace(_REPLACEMENT, "")):
            return _damaged(data, encoding, starts)
    if detected in _RECOGNISED:
        return NotText("unsupported encoding; save it as UTF-8", detected)
    for encoding, (text, starts) in (("UTF-8", utf8), ("CP949", cp949)):
        before = text.partition(_REPLACEMENT)[0]
        if starts and not before.isascii() and _looks_korean(before):
            return NotText(
                "mixed encodings; save it as UTF-8",
                f"{encoding} up to byte {starts[0]:,}, then another encoding",
                starts[0],
            )
    return NotText("neither UTF-8 nor CP949; save it as UTF-8", offset=utf8[1][0])


def _damaged(data: bytes, encoding: str, starts: list[int]) -> NotText:
    count = (
        "1 invalid byte sequence"
        if len(starts) == 1
        else f"{len(starts):,} invalid byte sequences, the first"
    )
    return NotText(
        f"damaged {encoding.upper()} text; repair it or use another copy",
        f"{count} at byte {starts[0]:,} (0x{data[starts[0]]:02x})",
        starts[0],
    )


def _looks_korean(text: str) -> bool:
    """Whether most characters beyond ASCII are Hangul, and nearly all of that common syllables.

    Bytes in many other encodings are valid CP949 too, but decode to rare syllables or Hanja.
    """
    others = [character for character in text if character > "\x7f"]
    hangul = [character for character in others if "가" <= character <= "힣"]
    common = sum(min(character.encode("cp949")) >= 0xA1 for character in hangul)
    return len(hangul) >= len(others) / 2 and common >= MIN_COMMON_SHARE * len(hangul)
