"""Numbers on the command line, and the errors for those out of range."""

import argparse

import pytest

from trainer.arguments import number, positive, share_below_one, whole_number


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (whole_number(1), "1", 1),
        (whole_number(0, 65535), "65535", 65535),
        (positive, "0.25", 0.25),
        (share_below_one, "0", 0.0),
    ],
)
def test_numbers_in_range_are_parsed(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "allowed"),
    [
        (whole_number(1), "0", "whole number of 1 or more"),
        (whole_number(1), "2.5", "whole number of 1 or more"),
        (whole_number(0, 65535), "65536", "whole number from 0 to 65535"),
        (whole_number(0, 65535), "", "whole number from 0 to 65535"),
        (positive, "0", "number above 0"),
        (positive, "nan", "number above 0"),
        (positive, "inf", "number above 0"),
        (positive, "much", "number above 0"),
        (share_below_one, "1", "number from 0 up to, but not including, 1"),
        (number("from 0 to 1", lambda value: 0 <= value <= 1), "1.1", "number from 0 to 1"),
    ],
)
def test_others_are_refused_in_the_same_words(parse, text, allowed):
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        parse(text)
    assert str(refused.value) == f"{text!r} is not a {allowed}"
