"""Errors that a front end shows in the writer's language."""


class UserFacingError(Exception):
    """An error to show to the writer.

    Attributes:
        key: its message, a key of ``client.messages``.
        fields: the values for the message's placeholders.
    """

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields


class StoryError(UserFacingError):
    """A story, or another of the writer's files, cannot be read or written."""


class PredictionError(UserFacingError):
    """The server cannot be reached, or gave no usable response."""


def reason(error: OSError) -> str:
    """Return the text of an operating system error, without number and path."""
    return error.strerror or str(error)
