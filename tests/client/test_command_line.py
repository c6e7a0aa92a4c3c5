"""``python -m client`` without a terminal: scripts, playing by itself, bad input."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from client.story.story import Story
from tests.client.conftest import OPENING, posix
from tests.conftest import ROOT


def candidates(output):
    """The blocks of numbered candidates that were shown."""
    blocks = re.findall(r"(?:^\d\. .+\n(?: {3}.+\n)*)+", output, re.MULTILINE)
    return [re.findall(r"^(\d)\. ", block, re.MULTILINE) for block in blocks]


ALL_TEN = list("1234567890")


def test_a_scripted_session(run, server, tmp_path):
    typed = "\n".join([*OPENING, "3", "ㄱ", "e 2", "고쳐 썼다.", "ㅕ", "직접 썼다.", "저장", "q"])
    result = run("s.txt", "--server", server.address, typed=typed, check=0)
    assert candidates(result.stdout) == [ALL_TEN] * 6
    lines = (tmp_path / "s.txt").read_text("utf-8").splitlines()
    assert lines[:5] == OPENING
    assert lines[6:] == ["직접 썼다."]
    assert f"3. {lines[5]}" in result.stdout.replace("\n   ", " ")
    assert "고치기> 고쳐 썼다." in result.stdout
    assert re.search(r"\((자연스러움|문맥|새로움)\)", result.stdout)
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


def test_the_end_of_the_input_ends_the_session(run, server, story_file):
    result = run(story_file, "--server", server.address, "--lang", "en", typed="1", check=0)
    assert "Story saved" in result.stdout
    assert len(story_file.read_text("utf-8").splitlines()) == 6


def test_no_input_makes_no_file(run, server, tmp_path):
    run("s.txt", "--server", server.address, check=0)
    assert list(tmp_path.iterdir()) == []


def test_a_story_without_a_name_gets_one(run, server, tmp_path):
    run("--server", server.address, typed="\n".join(OPENING), check=0)
    text, journal = sorted(path.name for path in tmp_path.iterdir())
    assert re.fullmatch(r"soseol-\d{8}-\d{6}\.txt", text)
    assert journal == f"{text}.journal"


def test_playing_by_itself_can_be_repeated(run, server, tmp_path):
    played = []
    for name, seed in [("a.txt", 1), ("b.txt", 1), ("c.txt", 2)]:
        (tmp_path / name).write_text("\n".join(OPENING), "utf-8")
        result = run(name, "--server", server.address, "--auto", 4, "--seed", seed, check=0)
        assert candidates(result.stdout) == [ALL_TEN] * 4
        chosen = re.findall(r"^선택 (\d)\n▸ (.+)$", result.stdout, re.MULTILINE)
        story = (tmp_path / name).read_text("utf-8")
        assert story.splitlines() == OPENING + [sentence for _, sentence in chosen]
        for number, sentence in chosen:
            assert f"{number}. {sentence}  (" in result.stdout
        assert story in result.stdout.split("완성된 이야기")[1]
        played.append(story)
    assert played[0] == played[1] != played[2]


def test_playing_by_itself_takes_the_opening_from_the_input(run, server, tmp_path):
    run("a.txt", "--server", server.address, "--auto", 1, typed=" ".join(OPENING), check=0)
    assert (tmp_path / "a.txt").read_text("utf-8").splitlines()[:5] == OPENING
    result = run("b.txt", "--server", server.address, "--auto", 1, check=2)
    assert "--auto" in result.stderr
    assert not (tmp_path / "b.txt").exists()


def one_line(result):
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--server", "localhost:0"],
        ["--server", "localhost:99999"],
        ["--server", "a:b:c"],
        ["--server", "http://localhost:8500"],
        ["--server", ""],
        ["--lang", "fr"],
        ["--seed", "x"],
        ["--auto", "0"],
        ["--timeout", "-1"],
        ["--timeout", "nan"],
        ["--temperature", "0"],
        ["--top_p", "1.5"],
        ["--diversity", "-1"],
        ["--nothing"],
        ["a.txt", "b.txt"],
    ],
)
def test_bad_arguments(run, arguments, tmp_path):
    result = run(*arguments, check=2)
    assert "--help" in one_line(result)
    assert list(tmp_path.iterdir()) == []


def test_help_in_both_languages(run):
    assert "이야기 파일" in run("--help", check=0).stdout
    assert "story file" in run("--help", "--lang", "en", check=0).stdout


def test_no_server(run, story_file):
    result = run(story_file, "--server", "localhost:1", check=1)
    assert "localhost:1" in one_line(result)
    assert "python -m serving" in result.stderr
    assert run("--server", "localhost", "--lang", "en").stderr.startswith("No model server")


def test_no_such_model(run, server, story_file):
    result = run(story_file, "--server", server.address, "--model", "other", check=1)
    assert "'other'" in one_line(result)


def test_a_label(run, server, story_file):
    result = run(story_file, "--server", server.address, "--label", "canary", check=1)
    assert "'canary'" in one_line(result)
    server.labels = ("stable", "canary")
    run(story_file, "--server", server.address, "--label", "canary", typed="1\n끝\n", check=0)
    assert set(server.asked_labels) == {"canary"}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: p.mkdir(), "폴더"),
        (lambda p: p.write_bytes("바다".encode("cp949")), "iconv"),
        *(
            pytest.param(lambda p, to=to: p.symlink_to(to), "저장할 수 없습니다", marks=posix)
            for to in ("/nowhere/story.txt", "긴" * 100 + ".txt", "긴" * 100 + "/s.txt")
        ),
    ],
)
def test_bad_story_files(run, server, tmp_path, make, said):
    path = tmp_path / "s.txt"
    make(path)
    assert said in one_line(run(path, "--server", server.address, check=1))


def test_an_empty_story_file_is_a_new_story(run, server, tmp_path):
    (tmp_path / "s.txt").touch()
    result = run("s.txt", "--server", server.address, typed="\n첫 문장.\n\n1\n", check=0)
    assert "첫머리 1/5>" in result.stdout
    assert len((tmp_path / "s.txt").read_text("utf-8").splitlines()) == 2


def test_strange_input_is_kept_or_made_harmless(run, server, tmp_path):
    long = "가" * 34_000  # 100 KB
    typed = [
        "\x1b[2J\x1b]0;제목\x07빨강\x00 문장.",
        "👩\u200d👩\u200d👧 가족이 왔다.",
        "漢字와 English.",
        "ㅋㅋㅋ…",
        long,
        "999",
        "e 0x",
        "\ufeff\u202e거꾸로.",
    ]
    result = run("s.txt", "--server", server.address, typed="\n".join(typed), check=0)
    assert (tmp_path / "s.txt").read_text("utf-8").splitlines() == [
        "빨강 문장.",
        *typed[1:7],
        "거꾸로.",
    ]
    assert "\x1b" not in result.stdout + result.stderr
    assert "\u202e" not in result.stdout


def test_without_a_terminal_a_sentence_is_a_line(run, server, story_file):
    sentence = " ".join(["그는 걸었다"] * 30) + "."
    result = run(story_file, "--server", server.address, typed=sentence, check=0)
    assert f"▸ {sentence}" in result.stdout.splitlines()


def test_input_that_is_not_utf8(run, server, tmp_path):
    typed = "첫 문장.\n".encode() + b"\xb9\xd9\xb4\xd9.\n" * 3
    result = run("s.txt", "--server", server.address, typed=typed, check=1)
    assert "UTF-8" in one_line(result)


def test_candidates_cannot_steer_the_terminal(run, server, story_file):
    compute = server.compute

    def answer(signature, inputs):
        outputs = compute(signature, inputs)
        if "candidates" in outputs:
            raw = outputs["candidates"].string_val
            raw[:] = [b"\x1b]0;x\x07\x1b[31m\xc2\x9b" + text + b"\n\x00" for text in raw]
        return outputs

    server.answer = answer
    result = run(story_file, "--server", server.address, "--auto", 2, check=0)
    assert "\x1b" not in result.stdout
    assert "\x1b" not in story_file.read_text("utf-8")


def test_a_failing_model_makes_a_script_fail(run, server, story_file):
    compute = server.compute
    server.answer = lambda name, inputs: {} if name == "sample" else compute(name, inputs)
    before = story_file.read_text("utf-8")
    for arguments in (["--auto", "3"], []):
        result = run(story_file, "--server", server.address, *arguments, check=1)
        assert "sample" in one_line(result)
        assert story_file.read_text("utf-8") == before


def start(*arguments, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "client", *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def test_the_server_dies_in_the_middle_of_a_turn(server, story_file):
    server.hold.clear()
    session = start(story_file, "--server", server.address, "--auto", 3, stdin=subprocess.DEVNULL)
    assert server.asked.wait(20)
    server.kill()
    out, errors = session.communicate(timeout=30)
    assert session.returncode == 1
    assert errors.count("\n") == 1
    assert server.address in errors
    assert story_file.read_text("utf-8").splitlines() == OPENING
    assert str(story_file) in out.splitlines()[-1]


@posix
def test_interrupted_while_playing_by_itself(server, story_file):
    server.hold.clear()
    session = start(story_file, "--server", server.address, "--auto", 3, stdin=subprocess.DEVNULL)
    assert server.asked.wait(20)
    session.send_signal(signal.SIGINT)
    _, errors = session.communicate(timeout=30)
    assert session.returncode == 130
    assert errors == "중단했습니다.\n"
    assert story_file.read_text("utf-8").splitlines() == OPENING


@posix
def test_nobody_reads_on(server, story_file):
    read, write = os.pipe()
    os.close(read)
    session = subprocess.run(
        [sys.executable, "-m", "client", story_file, "--server", server.address, "--auto", "2"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=write,
        stderr=subprocess.PIPE,
        timeout=30,
        check=False,
    )
    os.close(write)
    assert (session.returncode, session.stderr) == (1, b"")


@posix
def test_no_standard_input_at_all(run, server, story_file):
    command = f'exec "{sys.executable}" -m client "{story_file}" --server {server.address} <&-'
    result = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=30, check=False
    )
    assert (result.returncode, result.stderr) == (0, b"")


@posix
@pytest.mark.parametrize("module", ["client", "client.web", "client.export", "client.learn"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_no_standard_output_at_all(module, closed, story_file):
    story = f'"{story_file}" {"--to txt" if module == "client.export" else ""}'
    server = "" if module in ("client.export", "client.learn") else "--server localhost:1"
    command = f'exec "{sys.executable}" -m {module} {story} {server} {closed}'
    result = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=30, check=False
    )
    assert result.returncode == (0 if module == "client.export" else 1)
    assert b"Traceback" not in result.stderr
    exported = story_file.with_name("이야기-2.txt")
    assert exported.exists() == (module == "client.export")


@posix
def test_an_export_that_nobody_reads_about(story_file):
    command = f'"{sys.executable}" -m client.export "{story_file}" --to md'
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run(
        command, shell=True, cwd=ROOT, stdout=write, stderr=subprocess.PIPE, timeout=30, check=False
    )
    os.close(write)
    assert (result.returncode, result.stderr) == (0, b"")
    assert story_file.with_suffix(".md").exists()


@posix
@pytest.mark.parametrize("module", ["client", "client.web", "client.export", "client.learn"])
def test_help_in_a_locale_without_korean(module):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    result = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=ROOT, env=environment, capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.decode().startswith("사용법")


def test_a_whole_session_imports_nothing_heavy(server, story_file):
    code = f"""
import sys
from client.__main__ import main
code = main([{str(story_file)!r}, "--server", {server.address!r}, "--auto", "2"])
heavy = {{"tensorflow", "numpy", "keras", "pipeline", "trainer", "serving"}}
print("heavy:", heavy & {{name.split(".")[0] for name in sys.modules}})
sys.exit(code)
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "heavy: set()" in result.stdout


@posix
def test_nothing_is_half_written_when_killed(server, story_file):
    session = start(story_file, "--server", server.address, "--auto", 500, stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while len(server.asked_for("suggest")) < 10 and time.monotonic() < deadline:
        time.sleep(0.01)
    session.kill()
    session.communicate()
    lines = story_file.read_text("utf-8").splitlines()
    assert lines[:5] == OPENING
    assert len(lines) >= 14
    for i in range(5, len(lines)):
        assert lines[i].endswith(".")


def test_the_opening_comes_from_a_file(run, server, tmp_path):
    (tmp_path / "opening.txt").write_text(" ".join(OPENING[:3]) + "\n\n", "utf-8")
    arguments = ["s.txt", "--opening", "opening.txt", "--server", server.address]
    result = run(*arguments, typed="\n1\n", check=0)
    assert "개보다 적어도" in result.stdout
    lines = (tmp_path / "s.txt").read_text("utf-8").splitlines()
    assert lines[:3] == OPENING[:3]
    assert len(lines) == 4
    run(*arguments, check=0)  # the same command goes on
    assert (tmp_path / "s.txt").read_text("utf-8").splitlines() == lines


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "그런 파일이"), (b"\n \n", "문장이 없습니다"), (b"\xb9\xd9", "iconv"), (b"a", "이미")],
)
def test_bad_openings(run, server, tmp_path, content, said):
    (tmp_path / "s.txt").write_text("하나.\n" if said == "이미" else "", "utf-8")
    if content is not None:
        (tmp_path / "opening.txt").write_bytes(content)
    result = run("s.txt", "--opening", "opening.txt", "--server", server.address, check=1)
    assert said in one_line(result)
    assert not (tmp_path / "s.txt.journal").exists()


def test_a_story_that_is_open_elsewhere(run, server, story_file):
    story = Story.open(str(story_file))
    try:
        result = run(story_file, "--server", server.address, check=1)
        assert "다른 곳에서 열려" in one_line(result)
    finally:
        story.close()
    run(story_file, "--server", server.address, check=0)


def test_several_servers(run, server, story_file):
    servers = f"localhost:1,{server.address}"
    result = run(story_file, "--server", servers, typed="1\n", check=0)
    assert "localhost:1" in one_line(result)
    assert server.address in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--ca_file", "x"], 2, "--tls"),
        (["--tls", "--cert_file", "x"], 2, "--key_file"),
        (["--tls", "--ca_file", "none.pem"], 1, "none.pem"),
        (["--token_file", "none"], 1, "none"),
        (["--server", "a:1,,b:2"], 2, "호스트:포트"),
        (["--json", "--auto", "1"], 2, "--auto"),
    ],
)
def test_bad_access(run, tmp_path, arguments, code, said):
    result = run(*arguments, check=code)
    assert said in one_line(result)
    assert list(tmp_path.iterdir()) == []


def test_a_token_is_not_sent_in_the_clear(run):
    arguments = ["--server", "example.invalid:1"]
    result = run(*arguments, environment={"SOSEOL_TOKEN": "s3cret"}.items(), check=1)
    assert "--tls" in one_line(result)
    assert "s3cret" not in result.stderr


def test_a_program_drives_a_session(run, server, story_file):
    typed = '{"command": "ask"}\n3\n{"command": "undo"}\n?\n{"command": "quit"}\n'
    result = run(story_file, "--server", server.address, "--json", typed=typed, check=0)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    names = [event["event"] for event in events]
    assert names == [
        "opened", "asking", "proposed", "done", "changed", "done", "changed", "done",
        "problem", "done",
    ]  # fmt: skip
    assert events[0]["server"] == server.address
    assert result.stderr == ""
    assert story_file.read_text("utf-8").splitlines() == OPENING


def test_the_programs_output_is_events_only_when_something_fails(run, story_file, server):
    result = run(story_file, "--server", "localhost:1", "--json", check=1)
    assert result.stdout == ""
    assert "localhost:1" in one_line(result)
    result = run(story_file, "--server", server.address, "--json", typed=b"\xff\n", check=1)
    assert "UTF-8" in one_line(result)


def test_a_damaged_journal_is_spoken_of_and_the_session_goes_on(run, server, story_file):
    run(story_file, "--server", server.address, typed="1\n2\n", check=0)
    journal = story_file.with_name(f"{story_file.name}.journal")
    lines = journal.read_bytes().split(b"\n")
    lines[2] = b"?"
    journal.write_bytes(b"\n".join(lines)[:-9])
    result = run(story_file, "--server", server.address, typed="v\n", check=0)
    assert "마지막 줄이 온전하지 않아" in result.stdout
    assert "3번째 줄을 읽을 수 없습니다" in result.stdout
    assert "7문장." in result.stdout
    assert result.stderr == ""
