"""The command: checks what was asked for, runs the job, says what came out."""

import hashlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline import job
from pipeline.errors import JobError, UsageError, unwrap
from pipeline.job import Task
from pipeline.options import JobOptions, parse
from pipeline.output import destination, manifest, publishing
from pipeline.progress import Progress
from pipeline.reading import inputs, normalization
from pipeline.reading.inputs import Inputs
from pipeline.report import summary
from pipeline.runner import new_pipeline, start
from pipeline.shutdown import Stopped
from pipeline.vocabulary import pretrained, segmenters


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code, 2 for bad usage and 1 for a failure."""
    try:
        options, beam_options = parse(arguments)
        FileSystems.set_options(beam_options)
        if options.dry_run:
            print(summary.report(_try(options, beam_options)))
        else:
            print(summary.short(_make(options, beam_options), options.output), file=sys.stderr)
    except JobError as error:
        print(f"pipeline: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as stop:
        print("pipeline: stopped, nothing was written", file=sys.stderr)
        return stop.exit_code if isinstance(stop, Stopped) else 130
    return 0


def _make(options: JobOptions, beam_options: PipelineOptions) -> Mapping[str, Any]:
    """Makes the data set, unless it is there already, and returns its manifest."""
    assert options.output is not None
    found = inputs.find(options.input)
    place = destination.check_place(options.output, options.input, found.files)
    task = _prepare(options, found)
    with publishing.locked(place):
        complete = destination.find_complete(place, task.identity, options.overwrite)
        if complete is not None:
            print(f"{options.output} is complete already, from the same input", file=sys.stderr)
            return complete
        with publishing.unfinished(place) as folder:
            _execute(task, beam_options, folder)
            publishing.publish(folder, place)
    return manifest.load(place)


def _try(options: JobOptions, beam_options: PipelineOptions) -> Mapping[str, Any]:
    """Makes the data set in a temporary folder and returns its manifest."""
    task = _prepare(options, inputs.find(options.input))
    with tempfile.TemporaryDirectory(prefix="soseol-") as folder:
        _execute(task, beam_options, folder)
        return manifest.load(folder)


def _prepare(options: JobOptions, found: Inputs) -> Task:
    """Checks what else was asked for, before the work begins."""
    for pattern in options.test_works:
        if not any(inputs.matches(file, [pattern]) for file in found.files):
            raise UsageError(f"--test_works {pattern}: no input file matches it")
    vocabulary = None if options.tokenizer is None else pretrained.load(options.tokenizer)
    recorded = options.recorded()
    if vocabulary is not None:
        recorded["tokenizer"] = hashlib.sha256(vocabulary.model).hexdigest()
    identity = destination.identity(
        inputs.digest(found), len(found.files), recorded, normalization.as_json(options.drop_hanja)
    )
    return Task(options, found, identity, vocabulary)


def _execute(task: Task, beam_options: PipelineOptions, folder: str) -> None:
    segmenters.check(task.options.segmenter)
    pipeline = new_pipeline(beam_options)
    try:
        job.build(pipeline, task, folder)
        with Progress(len(task.found.files)) as shown:
            result = start(pipeline)
            shown.watch(result)
            result.wait_until_finish()
    except Exception as error:
        behind = unwrap(error)
        if behind is error:
            raise
        raise behind from error
