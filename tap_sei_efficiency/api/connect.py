"""Which SEI API the settings ask for: a server, a server whose downloads are kept, or an archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

# What few runs need is imported when it is needed: start-up counts.
if TYPE_CHECKING:
    from tap_sei_efficiency.api.protocol import SeiApi
    from tap_sei_efficiency.api.replay import ReplayClient
    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.settings import Settings


def connect(settings: Settings, clock: Clock) -> SeiApi:
    """The server of `settings`; with `archive_path` its downloads are kept there.

    Raises:
        SettingsError: The archive cannot be written.
    """
    from tap_sei_efficiency.api.client import SeiClient  # noqa: PLC0415

    client = SeiClient(settings, clock)
    if settings.archive_path is None:
        return client
    from tap_sei_efficiency.api.archive import Archive  # noqa: PLC0415
    from tap_sei_efficiency.api.replay import ArchivingClient  # noqa: PLC0415

    archive = Archive(Path(settings.archive_path), settings)
    archive.check_writable()
    return ArchivingClient(client, archive)


def replayed(settings: Settings) -> ReplayClient | None:
    """The archive that `settings` replay; None if they ask a server.

    Raises:
        SettingsError: The archive cannot be read.
    """
    if not settings.replay or settings.archive_path is None:
        return None
    from tap_sei_efficiency.api.archive import Archive  # noqa: PLC0415
    from tap_sei_efficiency.api.replay import ReplayClient  # noqa: PLC0415

    return ReplayClient(Archive(Path(settings.archive_path), settings))
