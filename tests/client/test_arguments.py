"""Command lines: help and errors in the writer's language, numbers in their range."""

import argparse
import re
import subprocess
import sys

import pytest
from wcwidth import wcswidth

from client import arguments
from client.export.formats import FORMATS
from client.messages import ENGLISH, KOREAN, LANGUAGES
from client.remote.sampling import Sampling
from tests.conftest import ROOT

COMMANDS = {
    "client": arguments.parse,
    "client.web": arguments.parse_page,
    "client.export": lambda argv: arguments.parse_export(argv, tuple(FORMATS)),
    "client.learn": arguments.parse_learn,
}

# Options, metavariables and values, file formats and names, which are the same in every language.
UNTRANSLATED = re.compile(
    r"""python\ -m\ client[.\w]* | --?\w+ | \bstory\b | \{[\w,]+\} | '[^']*'
    | \b(?:FILE|NAME|N|TITLE|AUTHOR|ADDRESS|HOST:PORT)\b
    | \b(?:txt|md|epub|docx|UTF-8|JSON|PEM|TLS|CA|Ctrl-C|SOSEOL_TOKEN)\b
    | localhost | \bclient\.learn\b | \b(?:stable|canary|soseol|ko)\b""",
    re.VERBOSE | re.ASCII,
)


def english(text):
    return re.findall("[A-Za-z]+", UNTRANSLATED.sub(" ", text))


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_is_korean_and_fits_the_terminal(command, columns, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as left:
        COMMANDS[command](["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    assert columns < 80 or english(said) == []  # in a narrow terminal words are split
    assert said.startswith(f"사용법: python -m {command}")
    assert "\n\n인자:\n" in said
    assert "\n\n옵션:\n" in said
    described = said.split("\n\n", 1)[1]
    assert all(wcswidth(line) < columns for line in described.splitlines())


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_is_english_where_wanted(command, capsys):
    with pytest.raises(SystemExit):
        COMMANDS[command](["--help", "--lang", "en"])
    said = capsys.readouterr().out
    assert not re.search("[가-힣]", said)
    assert said.startswith(f"usage: python -m {command}")


WRONG = [
    ("client", ["--nothing"], "알 수 없는 인자: --nothing"),
    ("client", ["a.txt", "b.txt"], "알 수 없는 인자: b.txt"),
    ("client", ["--ser", "x"], "알 수 없는 인자: --ser"),
    ("client", ["--top_p"], "--top_p: 값을 하나 지정하십시오."),
    ("client", ["--lang"], "--lang: 값을 하나 지정하십시오."),
    ("client", ["--lang", "fr"], "--lang: 'fr'은(는) 쓸 수 없는 값입니다. 쓸 수 있는 값: "),
    ("client", ["--json=1"], "--json: 값을 받지 않는 옵션입니다: '1'"),
    ("client", ["--seed", "1.5"], "--seed: '1.5'은(는) 정수가 아닙니다."),
    ("client", ["--auto", "0"], "--auto: '0'은(는) 1 이상의 정수가 아닙니다."),
    ("client", ["--dial", "4"], "--dial: '4'은(는) -3부터 3까지의 정수가 아닙니다."),
    (
        "client",
        ["--timeout", "nan"],
        "--timeout: 'nan'은(는) 0보다 크고 86400 이하인 수가 아닙니다.",
    ),
    ("client", ["--timeout", "1e10"], "--timeout: '1e10'은(는) 0보다 크고 86400 이하인 수가"),
    ("client", ["--top_p", "1.1"], "--top_p: '1.1'은(는) 0보다 크고 1 이하인 수가 아닙니다."),
    ("client", ["--diversity", "-1"], "--diversity: '-1'은(는) 0 이상의 수가 아닙니다."),
    ("client", ["--server", "a:b"], "--server: a:b: 호스트:포트 꼴이어야 합니다."),
    ("client", ["--ca_file", "x"], "--ca_file과 --cert_file은 --tls와 함께 지정해야 합니다."),
    ("client", ["--tls", "--key_file", "x"], "--cert_file과 --key_file은 함께 지정해야 합니다."),
    ("client", ["--json", "--auto", "1"], "--json과 --auto는 함께 지정할 수 없습니다."),
    ("client.web", ["--port", "65536"], "--port: '65536'은(는) 0부터 65535까지의 정수가 아닙니다."),
    ("client.web", ["--auto", "1"], "알 수 없는 인자: --auto"),
    ("client.export", ["s"], "다음 인자가 필요합니다: --to"),
    ("client.export", [], "다음 인자가 필요합니다: story, --to"),
    ("client.export", ["s", "--to", "pdf"], "--to: 'pdf'은(는) 쓸 수 없는 값입니다."),
    ("client.learn", [], "다음 인자가 필요합니다: story"),
    ("client.learn", ["s", "--output"], "--output: 값을 하나 지정하십시오."),
]


@pytest.mark.parametrize(("command", "argv", "said"), WRONG)
def test_an_error_is_one_line_of_korean(command, argv, said, capsys):
    with pytest.raises(SystemExit) as left:
        COMMANDS[command](argv)
    assert left.value.code == 2
    line = capsys.readouterr().err
    assert line.startswith(said)
    assert line.endswith(f" (도움말: python -m {command} --help)\n")
    given = [word for one in argv for word in re.findall("[A-Za-z]+", one)]
    shown = line.replace("b.txt", "").replace("[::1]", "")
    assert set(english(shown)) <= set(given)


@pytest.mark.parametrize(("command", "argv", "said"), WRONG)
def test_an_error_is_one_line_of_english(command, argv, said, capsys):
    if argv[:1] == ["--lang"]:
        pytest.skip("the language itself is wrong")
    with pytest.raises(SystemExit) as left:
        COMMANDS[command](["--lang", "en", *argv])
    assert left.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert not re.search("[가-힣]", line)


def accepts(convert, *values):
    for value in values:
        try:
            convert(value)
        except argparse.ArgumentTypeError as error:
            yield str(error)
        else:
            yield True


def test_whole_numbers():
    least = arguments.whole_number(ENGLISH, 1)
    assert [*accepts(least, "1", " 7 ", "9" * 400)] == [True] * 3
    for text in ("0", "-1", "1.0", "x", "", "nan", "inf", "9" * 5000):
        assert [*accepts(least, text)] == [f"{text!r} is not a whole number of 1 or more"]
    between = arguments.whole_number(ENGLISH, 0, 65535)
    assert [*accepts(between, "0", "65535")] == [True] * 2
    assert [*accepts(between, "-1", "65536")] == [
        "'-1' is not a whole number from 0 to 65535",
        "'65536' is not a whole number from 0 to 65535",
    ]
    assert [*accepts(arguments.whole_number(ENGLISH), "-5", "5.5")] == [
        True,
        "'5.5' is not a whole number",
    ]
    korean = arguments.whole_number(KOREAN, 1)
    assert [*accepts(korean, "0")] == ["'0'은(는) 1 이상의 정수가 아닙니다."]


def test_numbers():
    above = arguments.number(ENGLISH, above=0)
    assert [*accepts(above, "0.1", "1e9")] == [True] * 2
    for text in ("0", "-1", "nan", "inf", "1e999", "x"):
        assert [*accepts(above, text)] == [f"{text!r} is not a number above 0"]
    share = arguments.number(ENGLISH, above=0, most=1)
    assert [*accepts(share, "1", "0.01")] == [True] * 2
    assert [*accepts(share, "0", "1.01")] == [
        "'0' is not a number above 0 and up to 1",
        "'1.01' is not a number above 0 and up to 1",
    ]
    least = arguments.number(ENGLISH, least=0)
    assert [*accepts(least, "0", "-0.1", "inf")] == [
        True,
        "'-0.1' is not a number of 0 or more",
        "'inf' is not a number of 0 or more",
    ]


def test_sampling_defaults_come_from_one_place():
    options = arguments.parse([])
    sampling = Sampling(options.temperature, options.top_p, options.diversity)
    assert sampling == Sampling()
    assert set(LANGUAGES) == {"ko", "en"}


def test_help_needs_no_grpc():
    code = "import sys, client.arguments; sys.exit('grpc' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
