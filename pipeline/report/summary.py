"""What the data set is, in words for a terminal."""

from collections.abc import Mapping
from typing import Any

from pipeline.records import REJECTED, REPORT
from pipeline.storage import join


def short(made: Mapping[str, Any], output: str | None) -> str:
    """The lines that end a run.

    Args:
        made: content of dataset.json.
        output: where it stands, None if nowhere.
    """
    lines = [_split(name, facts) for name, facts in made["splits"].items()]
    held_out = [facts for split, facts in made["splits"].items() if split != "train"]
    if not any(facts["works"] for facts in held_out):
        lines.append("warning: with fewer than 3 works all are for training, none for validation")
        held_out = [made["splits"]["train"]]
    tokens = sum(facts["tokens"] for facts in held_out)
    characters = sum(facts["characters"] for facts in held_out)
    pieces, wanted = made["tokenizer"]["pieces"], made["options"]["vocab_size"] or 0
    fewer = f" of {wanted:,} wanted (the text offers no more)" if pieces < wanted else ""
    lines.append(
        f"vocabulary {pieces:,} pieces{fewer}, {characters / tokens:.2f} characters a token"
    )
    if output is not None:
        if made["rejected"]:
            lines.append(f"{made['rejected']} rejected, see {join(output, REJECTED)}")
        lines.append(f"report     {join(output, REPORT)}")
        lines.append(f"data set   {output}")
    return "\n".join(lines)


def report(made: Mapping[str, Any]) -> str:
    """All that a dry run has to say."""
    lines = [short(made, None), ""]
    for what in ("tokens", "characters"):
        shares = made["statistics"][f"sentence_{what}"]
        said = ", ".join(f"{name} {value}" for name, value in shares.items())
        lines.append(f"{what} a sentence: {said}")
    tokens = sum(facts["tokens"] for facts in made["splits"].values())
    bytes_, unused = (made["statistics"][key] for key in ("byte_tokens", "unused_pieces"))
    lines.append(f"{bytes_ / tokens:.3%} of the tokens are single bytes; {unused:,} pieces unused")
    lines += ["", f"rejected   {made['rejected']:,}"]
    lines += [f"{number:>8,}  {name}" for name, number in made["rejected_reasons"].items()]
    lines += ["", f"{'sentences':>9} {'tokens':>9}  split      work"]
    lines += [
        f"{work['sentences']:>9,} {work['tokens']:>9,}  {work['split']:<10} {work['file']}"
        for work in made["works"]
    ]
    return "\n".join(lines)


def _split(name: str, facts: Mapping[str, int]) -> str:
    return (
        f"{name:<10} {facts['works']:>6,} works {facts['sentences']:>9,} sentences "
        f"{facts['tokens']:>11,} tokens {facts['characters']:>11,} characters"
    )
