"""The command: checks what was asked for, runs the job, says what came out."""

import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline import inputs, job, manifest, normalization, output
from pipeline.errors import JobError, UsageError, unwrap
from pipeline.inputs import Inputs
from pipeline.options import JobOptions, parse
from pipeline.progress import Progress
from pipeline.records import MANIFEST, REJECTED


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code, 2 for bad usage and 1 for a failure."""
    try:
        options, beam_options = parse(arguments)
        made = _make(options, beam_options)
    except JobError as error:
        print(f"pipeline: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("pipeline: stopped, nothing was written", file=sys.stderr)
        return 130
    _summarize(made, options)
    return 0


def _make(options: JobOptions, beam_options: PipelineOptions) -> Mapping[str, Any]:
    """Makes the data set, unless it is there already, and returns its manifest."""
    found = inputs.find(options.input)
    place = output.check_place(options.output, options.input, found.files)
    for pattern in options.test_works:
        if not any(inputs.matches(file, [pattern]) for file in found.files):
            raise UsageError(f"--test_works {pattern}: no input file matches it")
    identity = output.identity(
        inputs.digest(found), len(found.files), options.recorded(), normalization.as_json()
    )
    complete = output.find_complete(place, identity, options.overwrite)
    if complete is not None:
        print(f"{options.output} is complete already, from the same input", file=sys.stderr)
        return complete
    with output.written_beside(place) as folder:
        _execute(options, beam_options, found, identity, folder)
        return manifest.load(folder / MANIFEST)


def _execute(
    options: JobOptions,
    beam_options: PipelineOptions,
    found: Inputs,
    identity: Mapping[str, object],
    folder: Path,
) -> None:
    # What goes wrong is said in our own words; Beam's log would show it as tracebacks.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    try:
        pipeline = beam.Pipeline(options=beam_options)
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        raise UsageError(f"--runner cannot be used: {error}") from error
    try:
        job.build(pipeline, options, found, identity, str(folder))
        with Progress():
            pipeline.run().wait_until_finish()
    except Exception as error:
        behind = unwrap(error)
        if behind is error:
            raise
        raise behind from error


def _summarize(made: Mapping[str, Any], options: JobOptions) -> None:
    lines = [
        f"{split:<10} {facts['works']:>6,} works {facts['sentences']:>9,} sentences "
        f"{facts['tokens']:>11,} tokens {facts['characters']:>11,} characters"
        for split, facts in made["splits"].items()
    ]
    held_out = [facts for split, facts in made["splits"].items() if split != "train"]
    if not any(facts["works"] for facts in held_out):
        lines.append("warning: with fewer than 3 works all are for training, none for validation")
        held_out = [made["splits"]["train"]]
    tokens = sum(facts["tokens"] for facts in held_out)
    characters = sum(facts["characters"] for facts in held_out)
    pieces = made["tokenizer"]["pieces"]
    fewer = f" of {options.vocab_size:,} wanted (the text offers no more)"
    lines.append(
        f"vocabulary {pieces:,} pieces{fewer if pieces < options.vocab_size else ''}, "
        f"{characters / tokens:.2f} characters a token"
    )
    if made["rejected"]:
        lines.append(f"{made['rejected']} rejected, see {Path(options.output, REJECTED)}")
    lines.append(f"data set   {options.output}")
    print("\n".join(lines), file=sys.stderr)
