"""``python -m client.export``: exports a story as txt, md, epub or docx."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from client import arguments
from client.errors import StoryError
from client.export.formats import FORMATS, export_to, free_name
from client.export.source import read_history
from client.messages import LANGUAGES
from client.sentences import clean
from client.story.journal import path_for
from client.streams import discard_output, prepare_output


def main(argv: Sequence[str] | None = None) -> int:
    """Export a story; return the exit code."""
    prepare_output()
    options = arguments.parse_export(argv, tuple(FORMATS))
    text = LANGUAGES[options.lang]
    try:
        story = Path(os.path.realpath(options.story))
        history = read_history(options.story)
        target = Path(options.output) if options.output else free_name(story, options.to)
        if os.path.realpath(target) in (str(story), str(path_for(story))):
            raise StoryError("export_onto_story", path=str(target))
        title = options.title or story.stem
        written = export_to(
            target, history, options.to, options.provenance, options.lang, title, options.author
        )
    except StoryError as error:
        fields = {name: clean(str(value)) for name, value in error.fields.items()}
        print(text[error.key].format(**fields), file=sys.stderr)
        return 1
    try:
        print(text["exported"].format(path=written), flush=True)
    except BrokenPipeError:  # as with ``| true``: the story is exported all the same
        discard_output()
    return 0


if __name__ == "__main__":
    sys.exit(main())
