"""The one exception of this room."""


class PublishError(Exception):
    """The build stops and publishes nothing. ``str(error)`` says what is wrong and where."""
