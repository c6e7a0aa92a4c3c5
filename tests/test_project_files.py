"""Files for hosting and tools are valid, and do what they say."""

import re
import subprocess
import sys

import pytest
import yaml

from tests.conftest import ROOT
from tests.coverage_by_part import table

GITHUB = ROOT / ".github"
WORKFLOW = GITHUB / "workflows" / "tests.yml"
FORMS = ["bug.yml", "idea.yml"]


def check(*arguments):
    result = subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert not result.returncode, result.stdout + result.stderr


def test_the_workflow_is_one():
    check("check_jsonschema", "--builtin-schema", "vendor.github-workflows", WORKFLOW)


def test_issue_forms_are_some():
    forms = [GITHUB / "ISSUE_TEMPLATE" / name for name in FORMS]
    check("check_jsonschema", "--builtin-schema", "vendor.github-issue-forms", *forms)
    for form in forms:  # whoever cannot read one of the languages can still fill it in
        for field in yaml.safe_load(form.read_text("utf-8"))["body"]:
            words = field["attributes"].get("label") or field["attributes"]["value"]
            assert re.search("[A-Za-z]", words)
            assert re.search("[가-힣]", words)


def test_the_workflow_runs_what_a_contributor_runs():
    jobs = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    assert jobs["linux"]["steps"][-1] == {"run": ".ci/run"}
    assert "make" in (ROOT / ".ci" / "run").read_text("utf-8")
    (tests,) = [step["run"] for step in jobs["windows"]["steps"] if "pytest tests" in str(step)]
    for left_out in re.findall(r"--ignore=(\S+)", tests):
        assert (ROOT / left_out).exists()


def test_the_hook_is_make_lint():
    pytest.importorskip("pre_commit")
    check("pre_commit", "validate-config")
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook["entry"] for repo in config["repos"] for hook in repo["hooks"]]
    assert hooks == ["make lint"]


def test_coverage_by_part():
    files = {
        "client/errors.py": {"summary": {"num_statements": 10, "covered_lines": 5}},
        "client/web/desk.py": {"summary": {"num_statements": 30, "covered_lines": 30}},
    }
    assert table(files).splitlines()[2:] == [
        "| client | 40 | 87.5% |",
        "| client/*.py | 10 | 50.0% |",
        "| client/web/ | 30 | 100.0% |",
    ]


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_files_that_the_guides_name_exist(name):
    text = (ROOT / name).read_text("utf-8")
    named = re.findall(r"`((?:[\w.]+/)+[\w.]*)`|\]\(([\w./]+)\)", text)
    paths = {"".join(found) for found in named} - {"../shared/corpus/"}
    assert paths
    assert {path for path in paths if not (ROOT / path).exists()} == set()
