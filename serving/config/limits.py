"""Limits on one request, so that no caller can exhaust the server's memory.

gRPC limits the size of the message. These limits apply to its contents, because a few bytes can
stand for many rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from serving.errors import invalid_argument

# Upstream allows 2 GiB. Here a message, its tensors and the response are copied several times.
MAX_MESSAGE_BYTES = 64 << 20  # default of grpc.max_receive_message_length


@dataclass(frozen=True)
class Limits:
    """The largest request that is accepted.

    Attributes:
        request_rows: rows of a request, dimension 0 of its inputs.
        story_bytes: UTF-8 bytes of one string.
    """

    request_rows: int = 128
    story_bytes: int = 4 << 20

    def check(self, values: Mapping[str, np.ndarray]) -> None:
        """Reject inputs that are too large.

        Args:
            values: arrays by input name.

        Raises:
            ServingError: INVALID_ARGUMENT, naming the input, its size and the limit.
        """
        for name, value in values.items():
            if value.ndim and len(value) > self.request_rows:
                raise invalid_argument(
                    f"input {name}: {len(value)} rows; at most {self.request_rows} are accepted "
                    "in a request (--max_request_rows)"
                )
            if value.dtype != object:
                continue
            longest = max(map(len, value.flat), default=0)
            if longest > self.story_bytes:
                raise invalid_argument(
                    f"input {name}: a string of {longest} bytes; at most {self.story_bytes} are "
                    "accepted (--max_story_bytes): send the latest part of the story"
                )
