"""KoNLPy's morphological analysers: loaded once per process, used by one thread at a time.

Park and Cho, "KoNLPy: Korean natural language processing in Python" (HCLT 2014),
https://konlpy.org. Four of the analysers are Java programs that JPype runs inside this process.
MeCab-ko is the dictionary of the wheel python-mecab-ko-dic, used by the MeCab of mecab-python3.
"""

import functools
import os
import shlex
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.errors import JobError

CLASSES = {  # analyser to its class in konlpy.tag
    "okt": "Okt",
    "komoran": "Komoran",
    "hannanum": "Hannanum",
    "kkma": "Kkma",
    "mecab": "Mecab",
}
MECAB = "mecab"
_INSTALL = 'install it with: pip install -c constraints.txt ".[konlpy]"'
_JAVA = (
    "install one (Debian: apt install default-jre-headless), set JAVA_HOME, or use konlpy:mecab, "
    "which needs no Java"
)
_PYTHON_MODULES = {MECAB: ("konlpy", "MeCab", "mecab_ko_dic")}
_HEAP = "1024m"  # KoNLPy's default; Kkma, the largest analyser, needs all of it

_loading = threading.Lock()


class Analyser:
    """One of KoNLPy's analysers; thread-safe.

    Args:
        name: a key of `CLASSES`; all but MeCab need a running JVM.
    """

    def __init__(self, name: str) -> None:
        from konlpy import tag

        kind = getattr(tag, CLASSES[name])
        self._tagger: Any = kind(_mecab_dictionary()) if name == MECAB else kind()
        self._lock = threading.Lock()  # Hannanum and Kkma have static state in Java

    def morphemes(self, word: str) -> list[str]:
        """Return the morphemes of a word; raise whatever the analyser raises."""
        with self._lock:
            return [str(morpheme) for morpheme in self._tagger.morphs(word)]


def check(name: str) -> None:
    """Check that what an analyser needs is installed, without loading it.

    Raises:
        JobError: if something is missing; says how to install it.
    """
    for module in _PYTHON_MODULES.get(name, ("konlpy", "jpype")):
        if find_spec(module) is None:
            raise JobError(f"--segmenter konlpy:{name}: {module} is not installed; {_INSTALL}")
    if name == MECAB:
        return
    import jpype

    try:
        jpype.getDefaultJVMPath()
    except jpype.JVMNotFoundException:
        raise JobError(
            f"--segmenter konlpy:{name}: no Java virtual machine was found; {_JAVA}"
        ) from None


def load(name: str) -> Analyser:
    """Return this process's analyser, loaded on the first call.

    Raises:
        JobError: if it cannot be loaded.
    """
    with _loading:
        return _load(name)


@functools.cache
def _load(name: str) -> Analyser:
    check(name)
    if name != MECAB:
        _start_jvm(name)
    try:
        return Analyser(name)
    except Exception as error:  # Java, SWIG and KoNLPy have no narrower base class in common
        raise JobError(
            f"--segmenter konlpy:{name} cannot be loaded: {_one_line(error)}; re{_INSTALL}"
        ) from error


def _start_jvm(name: str) -> None:
    """Start Java with -Xrs, so that it leaves Ctrl-C and SIGTERM alone; KoNLPy would not."""
    import jpype.config
    import konlpy

    if jpype.isJVMStarted():
        return
    java = Path(konlpy.__file__).parent / "java"
    try:
        jpype.startJVM(
            "-Xrs",
            f"-Xmx{_HEAP}",
            "-Dfile.encoding=UTF8",
            classpath=[str(java), str(java / "bin"), str(java / "*")],
            convertStrings=True,
        )
        # At exit Java would wait forever for the Beam worker threads that have used it.
        jpype.config.destroy_jvm = False
    except (OSError, RuntimeError, jpype.JException) as error:
        raise JobError(
            f"--segmenter konlpy:{name}: Java cannot be started: {_one_line(error)}; {_JAVA}"
        ) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _mecab_dictionary() -> str:
    """Return MeCab's ``-d`` argument; the wheel lacks the mecabrc that MeCab looks for."""
    import mecab_ko_dic

    return f"{shlex.quote(str(mecab_ko_dic.dictionary_path))} -r {os.devnull}"
