"""``python -m tests.coverage_by_part``: what the last run with coverage covered, as a table.

One row a part and one a folder inside it, in Markdown, for a terminal and for a job's summary.
"""

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any


def table(files: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table.

    Args:
        files: the ``files`` of coverage's JSON report, by path.
    """
    statements: dict[str, int] = defaultdict(int)
    covered: dict[str, int] = defaultdict(int)
    for path, report in files.items():
        for row in _rows(path):
            statements[row] += report["summary"]["num_statements"]
            covered[row] += report["summary"]["covered_lines"]
    lines = ["| part | statements | covered |", "|---|--:|--:|"]
    for row in sorted(statements):
        share = covered[row] / statements[row] if statements[row] else 1.0
        lines.append(f"| {row} | {statements[row]:,} | {share:.1%} |")
    return "\n".join(lines)


def _rows(path: str) -> Iterator[str]:
    part, *inside = PurePosixPath(path.replace("\\", "/")).parts
    yield part
    yield f"{part}/{inside[0]}/" if len(inside) > 1 else f"{part}/*.py"


def main() -> None:
    """Print the table of the data in ``.coverage``."""
    from coverage import Coverage

    coverage = Coverage()
    coverage.load()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        coverage.json_report(outfile=str(report))
        files = json.loads(report.read_text("utf-8"))["files"]
    print(table(files))


if __name__ == "__main__":
    main()
