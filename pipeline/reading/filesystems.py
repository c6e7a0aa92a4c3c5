"""Remote file systems of Apache Beam: which addresses name them, and what they require."""

import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True)
class _FileSystem:
    """What a file system requires.

    Attributes:
        extra: the extra of apache-beam that installs its client library.
        module: module of the client library.
        access: how to authenticate.
    """

    extra: str
    module: str
    access: str


_KNOWN = {
    "gs": _FileSystem(
        "gcp", "google.cloud.storage", "log in with gcloud auth application-default login"
    ),
    "s3": _FileSystem(
        "aws", "boto3", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --s3_access_key_id"
    ),
    "hdfs": _FileSystem("hadoop", "hdfs", "set --hdfs_host, --hdfs_port and --hdfs_user"),
    "azfs": _FileSystem("azure", "azure.storage.blob", "set --azure_connection_string"),
}


def is_remote(path: str) -> bool:
    """Whether a path is the address of a remote file system."""
    return "://" in path


def explain(path: str, error: Exception) -> str:
    """Return why an address cannot be reached, and what to do.

    Args:
        path: the address.
        error: what Beam or a client library raised.
    """
    scheme = path.partition("://")[0]
    if scheme not in _KNOWN:
        known = ", ".join(f"{name}://" for name in _KNOWN)
        return f"{scheme}:// is not a supported file system; use a folder, or one of {known}"
    system = _KNOWN[scheme]
    if not _is_installed(system.module):
        return (
            f"{scheme}:// needs a library; install it with: "
            f'pip install "apache-beam[{system.extra}]"'
        )
    return f"cannot be reached ({_cause(error)}); check the address, and {system.access}"


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the parent package is missing
        return False


def _cause(error: Exception) -> str:
    """Return, on one line, the error inside Beam's errors, which hold others by path."""
    seen: BaseException = error
    while details := getattr(seen, "exception_details", None):
        inner = next(iter(details.values()))
        if not isinstance(inner, Exception):
            break
        seen = inner
    text = " ".join(str(seen).split())
    return text if len(text) <= 200 else text[:199] + "…"
