"""What the loader says when it cannot go on."""


class LoaderError(Exception):
    """The load ends here; the message is one sentence or two for the person who runs it."""
