"""Times the training steps of a system, in turns with others: each in a process of its own.

The standard library alone, for it runs in the peers' environment too. The benchmark writes a line
for each turn, the seconds it should last; the system answers with what it did in it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice


class Turns:
    """Told of each training step of a system; answers the benchmark.

    Args:
        useful: target tokens of each step's batch, in order.
        parameters: of the model.
    """

    def __init__(self, useful: Iterator[int], parameters: int):
        self.useful, self.parameters = useful, parameters

    def wait(self) -> bool:
        """Wait for the next turn; False if there is none."""
        line = sys.stdin.readline()
        if not line:
            return False
        self.steps, self.wanted = 0, float(line)
        self.wall, self.processor = time.perf_counter(), time.process_time()
        return True

    def step_over(self) -> bool:
        """Count a step; False if it was the last of all."""
        self.steps += 1
        seconds = time.perf_counter() - self.wall
        if seconds < self.wanted:
            return True
        processor = time.process_time() - self.processor
        answer = {
            "parameters": self.parameters,
            "steps": self.steps,
            "tokens": sum(islice(self.useful, self.steps)),
            "seconds": seconds,
            "processor": processor,
        }
        print(json.dumps(answer), flush=True)
        return self.wait()
