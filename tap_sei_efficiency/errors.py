"""Every error that the tap raises for its user: one class for each meaning, one sentence for each message."""

from __future__ import annotations


class SeiTapError(Exception):
    """Base of the tap's errors. The text is one sentence for the user and never contains the API key."""


class SettingsError(SeiTapError):
    """A setting cannot be used. Raised before any request is made."""


class AuthenticationError(SeiTapError):
    """SEI refused the API key (401) or its rights (403). Ends the run at once."""


class UnreachableError(SeiTapError):
    """SEI has not answered once in this run: the address is probably wrong. Ends the run at once."""


class ExportError(SeiTapError):
    """One export, report or list of teams failed. The run continues with the others and ends non-zero.

    `about` is the part of the message that names the request or file. Errors of one cause differ only in it.
    """

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.about = about

    @property
    def cause(self) -> str:
        """The message without the request or file that it is about."""
        return str(self).replace(self.about, "") if self.about else str(self)


class RefusedError(ExportError):
    """SEI refused a request (4xx other than 401, 403, 404 on a job, 408 and 429)."""

    def __init__(self, message: str, status: int, *, about: str = "") -> None:
        super().__init__(message, about=about)
        self.status = status


class UnavailableError(ExportError):
    """SEI could not be reached, or kept answering with 429 or 5xx, until `retry_budget_seconds` were over."""


class GoneError(ExportError):
    """SEI does not know the export any more (404 or 410 on poll or download)."""


class BadDownloadError(ExportError):
    """A downloaded body is not the requested CSV file, even after repeated downloads."""


class DecodeError(ExportError):
    """A CSV file cannot be read without losing or guessing data."""


class StorageError(ExportError):
    """A file cannot be written to or read from the local disk."""


class RunFailedError(SeiTapError):
    """The run has emitted what it could; `lines` say what failed, one sentence each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
