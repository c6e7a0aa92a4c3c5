"""``python -m client.learn``: learns ranking weights from a writer's own choices."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from client import arguments
from client.errors import StoryError, UserFacingError, reason
from client.learn.choices import ChoiceHistory, read_choices
from client.messages import LANGUAGES
from client.ranking import DEFAULT, FEATURES
from client.ranking.weights_file import own_path, weights_json
from client.sentences import clean
from client.story.text_file import replace_file
from client.streams import discard_output, prepare_output

MIN_CHOICES = 30  # fewer say little about seven weights


def main(argv: Sequence[str] | None = None) -> int:
    """Learn from stories; return the exit code."""
    prepare_output()
    options = arguments.parse_learn(argv)
    text = LANGUAGES[options.lang]
    try:
        found = read_choices(options.story)
        _report_found(found, text)
        if len(found.choices) < MIN_CHOICES:
            raise StoryError("learn_few", count=len(found.choices), least=MIN_CHOICES)
        _learn(found, Path(options.output) if options.output else own_path(), text)
    except UserFacingError as error:
        fields = {name: clean(str(value)) for name, value in error.fields.items()}
        print(text[error.key].format(**fields), file=sys.stderr)
        return 1
    except BrokenPipeError:  # as with ``| head``: end silently
        discard_output()
        return 1
    return 0


def _report_found(found: ChoiceHistory, text: Mapping[str, str]) -> None:
    print(text["learn_found"].format(
        count=len(found.choices), edited=found.edited, rejected=found.rejected
    ))  # fmt: skip
    if found.unmeasured:
        print(text["learn_unmeasured"].format(count=found.unmeasured))


def _learn(found: ChoiceHistory, path: Path, text: Mapping[str, str]) -> None:
    try:
        from client.learn.fitting import learn
    except ModuleNotFoundError:
        raise UserFacingError("learn_missing") from None
    result = learn(found.choices, DEFAULT)
    print(text["learn_accuracy"].format(
        learned=f"{result.accuracy:.3f}",
        default=f"{result.default_accuracy:.3f}",
        low=f"{result.gain[0]:+.3f}",
        high=f"{result.gain[1]:+.3f}",
    ))  # fmt: skip
    if result.accuracy <= result.default_accuracy:
        raise UserFacingError("learn_worse")
    for name in FEATURES:
        before, after = DEFAULT.by_feature.get(name, 0.0), result.weights.by_feature[name]
        print(f"  {name:<12} {before:+.2f} → {after:+.2f}")
    data = weights_json(
        result.weights,
        choices=len(found.choices),
        accuracy=round(result.accuracy, 4),
        default_accuracy=round(result.default_accuracy, 4),
    )
    _write(path, data)
    print(text["learn_written"].format(path=path))


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoryError("story_unwritable", path=str(path), why=reason(error)) from None
    if os.path.isdir(path):
        raise StoryError("export_directory", path=str(path))
    replace_file(path, data)


if __name__ == "__main__":
    sys.exit(main())
