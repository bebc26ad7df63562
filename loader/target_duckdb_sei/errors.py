"""The error that ends a load."""


class LoaderError(Exception):
    """The load cannot continue; the message is one or two sentences for the user."""
