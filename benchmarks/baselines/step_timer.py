"""Times training steps of a system that takes turns with others, each in its own process.

Uses the standard library only, because it also runs in the peers' environment. For each turn the
benchmark writes one line, the seconds that it lasts; the system answers with what it did.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from itertools import islice


class StepTimer:
    """Counts a system's training steps and reports each turn to the benchmark as a line of JSON.

    Args:
        useful: useful target tokens in each step's batch, in order.
        parameters: the number of the model's parameters.
    """

    def __init__(self, useful: Iterator[int], parameters: int):
        self.useful, self.parameters = useful, parameters

    def wait(self) -> bool:
        """Wait for the next turn; False if there are no more."""
        line = sys.stdin.readline()
        if not line:
            return False
        self.steps, self.wanted = 0, float(line)
        self.wall, self.processor = time.perf_counter(), time.process_time()
        return True

    def end_step(self) -> bool:
        """Count a step and wait if the turn is over; False if there are no more turns."""
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
