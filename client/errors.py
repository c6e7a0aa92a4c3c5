"""What went wrong, in a form that any front end can say in the writer's language."""


class SayableError(Exception):
    """Something that the writer has to be told of.

    Attributes:
        key: the message that says so, a key of ``client.messages``.
        fields: what the message names.
    """

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key, fields)
        self.key = key
        self.fields = fields


class StoryError(SayableError):
    """The story, or a file that belongs to it, cannot be read or written."""


class PredictionError(SayableError):
    """The server gave no usable answer."""
