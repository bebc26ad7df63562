"""The envelope that Harness puts around answers elsewhere: `{"status": "SUCCESS", "data": …}`. Pure.

It is not documented for this API. Its `status` is that of the request and says nothing about a job.
"""

from __future__ import annotations

from typing import Any

_STATUSES = {"SUCCESS", "ERROR", "FAILURE"}
_MARKS = {"correlationId", "metaData"}


def opened(answer: Any) -> Any:  # noqa: ANN401 - a JSON value
    """What is inside the envelope of `answer`; `answer` itself if there is none, or if it reports an error."""
    if not isinstance(answer, dict) or answer.get("data") is None or "exportId" in answer:
        return answer
    has_status = str(answer.get("status")).upper() in _STATUSES
    return opened(answer["data"]) if has_status or answer.keys() & _MARKS else answer
