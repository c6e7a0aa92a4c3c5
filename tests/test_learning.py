"""Five minutes on real novels: does the model learn what text it has not seen looks like?"""

import json

import pytest

from tests.trainer.conftest import call

# By four authors of whom other works are in the training text, none of dialect. An interpolated
# character 4-gram model (benchmarks/held_out.py) takes 3.97 bits a character on these four.
HELD_OUT = ("강경애_소금", "나도향_청춘", "현진건_빈처", "이익상_그믐달")


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_five_minutes_of_training_reach_4_9_bits_a_character(novels, tmp_path):
    data, run = tmp_path / "data", tmp_path / "run"
    patterns = [f"--test_works=*{name}.txt" for name in HELD_OUT]
    made = call("pipeline", "--input", novels, "--output", data, *patterns)
    assert made.returncode == 0, made.stderr
    works = json.loads((data / "dataset.json").read_text())["works"]
    held_out = {work["file"] for work in works if work["split"] == "test"}
    assert {name.rsplit("/", 1)[-1] for name in held_out} == {f"{name}.txt" for name in HELD_OUT}

    trained = call("trainer", "--data", data, "--output", run, "--minutes", 5)
    assert trained.returncode == 0, trained.stderr
    measured = call("trainer.evaluate", "--run", run, "--data", data)
    assert measured.returncode == 0, measured.stderr
    result = json.loads((run / "evaluation.json").read_text())
    assert result["works"] == 4
    assert result["bits_per_character"] < 4.9
