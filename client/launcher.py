"""``soseol``: a single command whose subcommands run the ``python -m …`` commands of all parts.

It imports only the standard library, so that the overview appears at once and needs no extra. The
one exception is ``pipeline.version``, for ``--version``.
"""

import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from client.streams import discard_output, open_closed_output

INTERRUPTED = 130  # 128 + SIGINT, as shells report it
BAD_USAGE = 2
DEMO = Path(__file__).resolve().parent.parent / "examples" / "demo.py"
PARTS = ("client", "serving", "trainer", "pipeline")


class Command(NamedTuple):
    """A subcommand.

    Attributes:
        module: what ``python -m`` would run; empty for the demo, which is a script.
        extra: the extra with its dependencies; empty where ``pip install .`` has them.
        summary: one line for the overview, by language.
    """

    module: str
    extra: str
    summary: dict[str, str]


COMMANDS = {
    "write": Command("client", "", {
        "ko": "터미널에서 모델과 함께 이야기를 씁니다",
        "en": "write a story with the model, in the terminal",
    }),
    "page": Command("client.web", "web", {
        "ko": "웹 페이지에서 모델과 함께 이야기를 씁니다",
        "en": "write a story with the model, in the browser",
    }),
    "export": Command("client.export", "", {
        "ko": "이야기를 txt, md, epub, docx 파일로 내보냅니다",
        "en": "export a story as txt, md, epub or docx",
    }),
    "learn": Command("client.learn", "learn", {
        "ko": "작가가 고른 후보로 순위 가중치를 학습합니다",
        "en": "fit the ranking to a writer's own choices",
    }),
    "serve": Command("serving", "serving", {
        "ko": "내보낸 모델을 gRPC로 서빙합니다",
        "en": "serve an exported model over gRPC",
    }),
    "pipeline": Command("pipeline", "pipeline", {
        "ko": "소설을 학습 데이터(TFRecord)로 바꿉니다",
        "en": "turn novels into training data (TFRecords)",
    }),
    "train": Command("trainer", "trainer", {
        "ko": "모델을 학습합니다",
        "en": "train a model",
    }),
    "evaluate": Command("trainer.evaluate", "trainer", {
        "ko": "모델을 평가합니다",
        "en": "evaluate a model",
    }),
    "demo": Command("", "all", {
        "ko": "예제 소설로 전 과정을 한 번에 실행합니다",
        "en": "run the whole chain on the sample stories",
    }),
}  # fmt: skip

TEXTS = {
    "ko": {
        "usage": "사용법: soseol [--lang ko|en] <명령> [옵션]",
        "about": "직접 고른 소설로 학습한 모델과 함께 소설을 씁니다.",
        "commands": "명령:",
        "hints": "명령별 옵션은 soseol <명령> --help, 영어 도움말은 soseol --lang en,\n"
        "버전은 soseol --version으로 봅니다. 학습한 모델은 python -m trainer.export로 내보낸 뒤\n"
        "soseol serve로 서빙합니다.",
        "unknown": "'{name}' 명령은 없습니다. 명령 목록: soseol --help",
        "option": "'{name}' 옵션은 없습니다. 도움말: soseol --help",
        "lang": "--lang에는 ko나 en을 지정하십시오. 도움말: soseol --help",
        "missing": "{name} 명령에 필요한 {package} 패키지가 없습니다. 설치: {install}",
        "no_demo": "데모는 소스 폴더에 있습니다. 소스 폴더에서 make demo를 실행하십시오.",
    },
    "en": {
        "usage": "usage: soseol [--lang ko|en] <command> [options]",
        "about": "Write novels together with a model trained on the novels you choose.",
        "commands": "commands:",
        "hints": "Options of a command: soseol <command> --help. Version: soseol --version.\n"
        "Export a trained model with python -m trainer.export before you serve it.",
        "unknown": "There is no command {name!r}. For the list: soseol --help",
        "option": "There is no option {name!r}. For help: soseol --help",
        "lang": "--lang takes ko or en. For help: soseol --help",
        "missing": "{name} needs {package}, which is not installed. To install it: {install}",
        "no_demo": "The demo is part of the source. Run make demo in the source folder.",
    },
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand, or print the overview.

    Returns:
        The exit code, unless the subcommand raises SystemExit with it. Bad usage is 2, a missing
        dependency 1.
    """
    open_closed_output()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    rest = list(sys.argv[1:] if argv is None else argv)
    lang, given, wanted = "ko", [], ""
    while rest and rest[0].startswith("-"):
        option, _, value = rest.pop(0).partition("=")
        if option == "--lang":
            lang = value or (rest.pop(0) if rest else "")
            if lang not in TEXTS:
                return _complain(TEXTS["ko"]["lang"])
            given = [f"--lang={lang}"]
        elif option in ("-h", "--help", "--version"):
            wanted = option
        else:
            return _complain(TEXTS[lang]["option"].format(name=option))
    text = TEXTS[lang]
    if wanted == "--version":
        from pipeline.version import __version__

        print(f"soseol {__version__}")
        return 0
    if wanted or not rest:
        _print_overview(lang)
        return 0
    name, *arguments = rest
    if name not in COMMANDS:
        return _complain(text["unknown"].format(name=name))
    if COMMANDS[name].module.startswith("client"):  # the other parts speak English only
        arguments = [*given, *arguments]
    return _run(name, arguments, text)


def _run(name: str, arguments: Sequence[str], text: Mapping[str, str]) -> int:
    command = COMMANDS[name]
    sys.argv = [f"soseol {name}", *arguments]
    try:
        if command.module:
            runpy.run_module(command.module, run_name="__main__", alter_sys=True)
        elif DEMO.exists():
            runpy.run_path(str(DEMO), run_name="__main__")
        else:
            return _complain(text["no_demo"], 1)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in PARTS:  # a mistake of ours, not a missing extra
            raise
        install = f'pip install ".[{command.extra}]"' if command.extra else "pip install ."
        return _complain(text["missing"].format(name=name, package=package, install=install), 1)
    except KeyboardInterrupt:  # while a part was loading
        return INTERRUPTED
    return 0


def _print_overview(lang: str) -> None:
    text = TEXTS[lang]
    commands = [f"  {name:<10}{command.summary[lang]}" for name, command in COMMANDS.items()]
    lines = [text["usage"], "", text["about"], "", text["commands"], *commands, "", text["hints"]]
    try:
        print(*lines, sep="\n", flush=True)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        discard_output()


def _complain(message: str, code: int = BAD_USAGE) -> int:
    print(f"soseol: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
