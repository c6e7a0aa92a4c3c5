"""Runs the job in this process, in several processes, or on the Beam runner of ``--runner``."""

import logging
import shlex
import sys

import apache_beam as beam
from apache_beam.options.pipeline_options import (
    DirectOptions,
    PipelineOptions,
    StandardOptions,
    WorkerOptions,
)
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.portability.fn_api_runner.fn_runner import ExtendedProvisionInfo
from apache_beam.runners.portability.portable_runner import JobServiceHandle
from apache_beam.runners.runner import PipelineResult
from apache_beam.transforms.environments import SubprocessSDKEnvironment

from pipeline.errors import JobError, UsageError
from pipeline.options import IN_PROCESS_RUNNER


def new_pipeline(options: PipelineOptions) -> beam.Pipeline:
    """Return an empty pipeline for the runner that the options name.

    Raises:
        UsageError: if there is no such runner, or it cannot be used here.
    """
    # Errors get our own messages; Beam's logs would show tracebacks.
    logging.getLogger("apache_beam").setLevel(logging.CRITICAL)
    workers = options.view_as(WorkerOptions)
    if workers.default_sdk_harness_log_level is None:
        workers.default_sdk_harness_log_level = "CRITICAL"
    try:
        if options.view_as(StandardOptions).runner == IN_PROCESS_RUNNER:
            return beam.Pipeline(_in_process(options), options)
        return beam.Pipeline(options=options)
    except (AttributeError, ImportError, TypeError, ValueError) as error:
        message = " ".join(str(error).split())
        raise UsageError(f"--runner cannot be used: {message}") from error


def start(pipeline: beam.Pipeline) -> PipelineResult:
    """Run a pipeline here to its end, or submit it to a cluster.

    Raises:
        JobError: if the cluster does not accept it.
    """
    try:
        return pipeline.run()
    except Exception as error:
        if isinstance(pipeline.runner, FnApiRunner):
            raise
        reason = str(error).split("\n", 1)[0] or type(error).__name__
        name = type(pipeline.runner).__name__
        raise JobError(f"--runner {name} cannot be reached: {reason}") from error


def _in_process(options: PipelineOptions) -> FnApiRunner:
    """Return Beam's in-process runner; created by name, it would not pass options to workers."""
    encoded = JobServiceHandle.encode_pipeline_options(options.get_all_options())
    provision = beam_provision_api_pb2.ProvisionInfo(pipeline_options=encoded)
    environment = None
    direct = options.view_as(DirectOptions)
    if direct.direct_running_mode == "multi_processing":
        direct.direct_running_mode = "in_memory"  # the mode that keeps the environment given here
        command = f"{shlex.quote(sys.executable)} -m pipeline.worker"
        environment = SubprocessSDKEnvironment.from_command_string(command)
    return FnApiRunner(environment, provision_info=ExtendedProvisionInfo(provision))
