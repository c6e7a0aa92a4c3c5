import argparse

import pytest

from pipeline.arguments import number, whole_number


def parse(kind: object, text: str) -> object:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--it", type=kind)  # type: ignore[arg-type]
    return parser.parse_args([f"--it={text}"]).it


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (whole_number(1), "1", 1),
        (whole_number(0), "0", 0),
        (whole_number(0, 65535), "65535", 65535),
        (number(0, 1), "0", 0.0),
        (number(0, 1), ".999", 0.999),
    ],
)
def test_numbers_in_range(kind: object, text: str, value: object) -> None:
    assert parse(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        (whole_number(1), "0", "a whole number of 1 or more"),
        (whole_number(1), "2.5", "a whole number of 1 or more"),
        (whole_number(1), "nan", "a whole number of 1 or more"),
        (whole_number(1), "", "a whole number of 1 or more"),
        (whole_number(0, 65535), "65536", "a whole number from 0 to 65535"),
        (whole_number(0, 65535), "-1", "a whole number from 0 to 65535"),
        (number(0, 1), "1", "a number from 0 up to, but not including, 1"),
        (number(0, 1), "-0.1", "a number from 0 up to, but not including, 1"),
        (number(0, 1), "nan", "a number from 0 up to, but not including, 1"),
        (number(0, 1), "inf", "a number from 0 up to, but not including, 1"),
        (number(0, 1), "-inf", "a number from 0 up to, but not including, 1"),
        (number(0, 1), "half", "a number from 0 up to, but not including, 1"),
    ],
)
def test_other_numbers(kind: object, text: str, wanted: str) -> None:
    with pytest.raises(argparse.ArgumentError, match=f"argument --it: '{text}' is not {wanted}$"):
        parse(kind, text)
