"""The command ``python -m pipeline``: checks the options, runs the job, sums up the result."""

import hashlib
import sys
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline import job
from pipeline.errors import JobError, UsageError, find_cause
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
    """Run the command; return the exit code, 2 for bad usage and 1 for a failure."""
    try:
        options, beam_options = parse(arguments)
        FileSystems.set_options(beam_options)
        if options.dry_run:
            print(summary.dry_run_report(_dry_run(options, beam_options)))
        else:
            made = _make_data_set(options, beam_options)
            print(summary.run_summary(made, options.output), file=sys.stderr)
    except JobError as error:
        print(f"pipeline: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as stop:
        print("pipeline: stopped, nothing was written", file=sys.stderr)
        return stop.exit_code if isinstance(stop, Stopped) else 130
    return 0


def _make_data_set(options: JobOptions, beam_options: PipelineOptions) -> Mapping[str, Any]:
    """Make the data set, unless it is complete already, and return its manifest."""
    assert options.output is not None
    found = inputs.find(options.input)
    output = destination.check_output(options.output, options.input, found.files)
    task = _prepare(options, found)
    with publishing.locked(output):
        complete = destination.find_complete(output, task.identity, options.overwrite)
        if complete is not None:
            print(f"{options.output} is already complete, from the same input", file=sys.stderr)
            return complete
        with publishing.staging_folder(output) as folder:
            _execute(task, beam_options, folder)
            publishing.publish(folder, output)
    return manifest.load(output)


def _dry_run(options: JobOptions, beam_options: PipelineOptions) -> Mapping[str, Any]:
    """Make the data set in a temporary folder and return its manifest."""
    task = _prepare(options, inputs.find(options.input))
    with tempfile.TemporaryDirectory(prefix="soseol-") as folder:
        _execute(task, beam_options, folder)
        return manifest.load(folder)


def _prepare(options: JobOptions, found: Inputs) -> Task:
    """Check the options that depend on files, before the work begins."""
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
    if task.pretrained is None:
        segmenters.check(task.options.segmenter)
    pipeline = new_pipeline(beam_options)
    try:
        job.build(pipeline, task, folder)
        with Progress(len(task.inputs.files)) as progress:
            result = start(pipeline)
            progress.watch(result)
            result.wait_until_finish()
    except Exception as error:
        cause = find_cause(error)
        if cause is error:
            raise
        raise cause from error
