"""Bytes to text: the encodings in which Korean novels come, and what is not text at all."""

import codecs
import unicodedata

MOST_CONTROLS = 0.3  # share of control characters above which a file is not text

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class NotText(ValueError):
    """The bytes are not text in an encoding we know; the message says why."""


def decode(data: bytes) -> str:
    """Decodes UTF-8, UTF-16 with a byte order mark, or CP949 (which contains EUC-KR).

    Raises:
        NotText: if the data is none of these.
    """
    text = _decode(data)
    controls = sum(map(_is_control, text))
    if controls > MOST_CONTROLS * len(text):
        raise NotText("not text: mostly control characters")
    return text


def _decode(data: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise NotText(f"damaged {encoding}: {_where(error)}") from None
    if b"\0" in data:
        raise NotText("not text: it has NUL bytes (save UTF-16 with a byte order mark, or UTF-8)")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as utf8:
        try:
            text = data.decode("cp949")
        except UnicodeDecodeError as cp949:
            raise NotText(
                f"neither UTF-8 ({_where(utf8)}) nor CP949 ({_where(cp949)}); save it as UTF-8"
            ) from None
    if not _looks_korean(text):
        raise NotText("not UTF-8, and no Korean as CP949; save it as UTF-8")
    return text


def _where(error: UnicodeDecodeError) -> str:
    return f"byte 0x{error.object[error.start]:02x} at {error.start:,}"


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\t\n\r\f"


def _looks_korean(text: str) -> bool:
    """CP949 accepts many other encodings' bytes; in Korean most of what is not ASCII is Hangul."""
    others = [character for character in text if character > "\x7f"]
    return sum("가" <= character <= "힣" for character in others) > len(others) / 2
