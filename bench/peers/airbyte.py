"""Runs the manifest in this folder with Airbyte's CDK."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import yaml
from airbyte_cdk.cli.source_declarative_manifest import run

manifest = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
config = {
    "api_url": os.environ["SEI_URL"],
    "api_key": os.environ["SEI_API_KEY"],
    "__injected_declarative_manifest": manifest,
}
stream = {"name": "lttc", "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
configured = {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}
with tempfile.TemporaryDirectory() as folder:
    files = {"config": config, "catalog": {"streams": [configured]}}
    for name, content in files.items():
        Path(folder, f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    sys.argv = ["source-declarative-manifest", "read", *(f"--{name}={folder}/{name}.json" for name in files)]
    run()
