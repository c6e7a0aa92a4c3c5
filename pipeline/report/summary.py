"""Summarises a data set for the terminal."""

from collections.abc import Mapping
from typing import Any

from pipeline.records import REJECTED, REPORT
from pipeline.storage import join


def run_summary(manifest: Mapping[str, Any], output: str | None) -> str:
    """Return the last lines of a run.

    Args:
        manifest: content of dataset.json.
        output: folder of the data set; None for a dry run.
    """
    lines = [_split(name, facts) for name, facts in manifest["splits"].items()]
    held_out = [facts for split, facts in manifest["splits"].items() if split != "train"]
    if not any(facts["works"] for facts in held_out):
        lines.append("warning: with fewer than 3 works, all are for training, none for validation")
        held_out = [manifest["splits"]["train"]]
    tokens = sum(facts["tokens"] for facts in held_out)
    characters = sum(facts["characters"] for facts in held_out)
    pieces, wanted = manifest["tokenizer"]["pieces"], manifest["options"]["vocab_size"] or 0
    fewer = f" of {wanted:,} requested (the text has no more)" if pieces < wanted else ""
    lines.append(
        f"vocabulary {pieces:,} pieces{fewer}, {characters / tokens:.2f} characters per token"
    )
    if output is not None:
        if manifest["rejected"]:
            lines.append(f"rejected   {manifest['rejected']:,}, see {join(output, REJECTED)}")
        lines.append(f"report     {join(output, REPORT)}")
        lines.append(f"data set   {output}")
    return "\n".join(lines)


def dry_run_report(manifest: Mapping[str, Any]) -> str:
    """Return the output of a dry run."""
    lines = [run_summary(manifest, None), ""]
    for what in ("tokens", "characters"):
        percentiles = manifest["statistics"][f"sentence_{what}"]
        values = ", ".join(f"{name} {value:,}" for name, value in percentiles.items())
        lines.append(f"{what} per sentence: {values}")
    tokens = sum(facts["tokens"] for facts in manifest["splits"].values())
    bytes_, unused = (manifest["statistics"][key] for key in ("byte_tokens", "unused_pieces"))
    lines.append(f"{bytes_ / tokens:.3%} of tokens are single bytes; {unused:,} pieces are unused")
    lines += ["", f"rejected   {manifest['rejected']:,}"]
    lines += [f"{number:>8,}  {name}" for name, number in manifest["rejected_reasons"].items()]
    lines += ["", f"{'sentences':>9} {'tokens':>9}  split      work"]
    lines += [
        f"{work['sentences']:>9,} {work['tokens']:>9,}  {work['split']:<10} {work['file']}"
        for work in manifest["works"]
    ]
    return "\n".join(lines)


def _split(name: str, facts: Mapping[str, int]) -> str:
    return (
        f"{name:<10} {facts['works']:>6,} works {facts['sentences']:>9,} sentences "
        f"{facts['tokens']:>11,} tokens {facts['characters']:>11,} characters"
    )
