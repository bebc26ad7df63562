"""target-snowflake with connections to the emulator at `EMULATOR_PORT`, because it has no setting for an address.

Run it with the Python of the loader's plugin. Its requests are not changed.
"""

from __future__ import annotations

import os
from typing import Any

from target_snowflake.connector import SnowflakeConnector
from target_snowflake.target import TargetSnowflake

_get_connect_args = SnowflakeConnector.get_connect_args


def _get_local_connect_args(self: SnowflakeConnector) -> dict[str, Any]:
    local = {"host": "127.0.0.1", "port": int(os.environ["EMULATOR_PORT"]), "protocol": "http"}
    return {**_get_connect_args(self), **local}


SnowflakeConnector.get_connect_args = _get_local_connect_args

if __name__ == "__main__":
    TargetSnowflake.cli()
