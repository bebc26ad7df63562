"""Requests to SEI, with retries.

Temporary failures are retried, each with a warning. All others become one of the tap's errors.
"""

from __future__ import annotations

import io
import random
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, Self

import tenacity

from tap_sei_efficiency import errors
from tap_sei_efficiency.api import codings, http_errors, urls
from tap_sei_efficiency.api.envelope import opened
from tap_sei_efficiency.api.exchange import Answer, BlockedError, Call, Exchange, TransientError
from tap_sei_efficiency.api.json_body import UnreadableError, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_sei_efficiency.api.retry import RetryLog, RetryPolicy
    from tap_sei_efficiency.clock import Clock
    from tap_sei_efficiency.settings import Settings

_MOST_JSON_BYTES = 64 * 1024 * 1024


class Transport:
    """Requests to the SEI of `settings`. One instance keeps one rate limit, whichever thread asks."""

    def __init__(self, settings: Settings, clock: Clock, retry: RetryPolicy, log: RetryLog) -> None:
        self._settings = settings
        self._clock = clock
        self._retry = retry
        self._log = log
        self._exchange = Exchange(settings, clock)
        self._is_down = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._exchange.close()

    def scrub(self, text: str) -> str:
        """`text` without the API key."""
        return self._exchange.scrub(text)

    def send(self, call: Call) -> Answer:
        """The answer to `call`, which must be JSON, without the envelope that may be around it.

        Raises:
            AuthenticationError, RefusedError, GoneError, UnavailableError: By the answer's status, or its lack.
            UnreachableError: SEI has not answered in this run, and does not now.
        """

        def attempt() -> Answer:
            sink = io.BytesIO()
            answer = self._exchange.run(call, sink, _MOST_JSON_BYTES)
            return replace(answer, content=self._content(sink.getvalue(), answer.headers, call))

        return self._repeat(call, attempt)

    def fetch(self, call: Call, sink: BinaryIO, most_bytes: int) -> Answer:
        """The answer to `call`, its body written to `sink` as it came over the wire.

        Raises:
            AuthenticationError, RefusedError, GoneError, UnavailableError: By the answer's status, or its lack.
            UnreachableError: SEI has not answered in this run, and does not now.
            BadDownloadError: The body is larger than `most_bytes`, or in a coding that the tap does not read.
        """

        def attempt() -> Answer:
            answer = self._exchange.run(call, sink, most_bytes, may_leave=True)
            if coding := codings.unasked(answer.headers.get("Content-Encoding", "")):
                msg = f"It has the content coding {coding!r}, which the tap does not ask for."
                raise errors.BadDownloadError(msg)
            self._exchange.has_answered |= "html" not in answer.headers.get("Content-Type", "")
            return answer

        return self._repeat(call, attempt)

    def _repeat(self, call: Call, attempt: Callable[[], Answer]) -> Answer:
        started = self._clock.monotonic()

        def left() -> float:
            return self._budget - (self._clock.monotonic() - started)

        def wait(state: tenacity.RetryCallState) -> float:
            asked = getattr(state.outcome.exception(), "retry_after", None) if state.outcome else None
            jitter = random.random()  # noqa: S311 - spreads requests, hides nothing
            return self._retry.delay(state.attempt_number, left(), asked, jitter)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TransientError),
            wait=wait,
            # Once SEI has been down for a whole budget, other requests do not each spend one more.
            stop=lambda _: self._is_down or left() <= 0,
            before_sleep=lambda state: self._warn(call, state, left()),
            sleep=self._clock.sleep,
            reraise=True,
        )
        try:
            answer = retrying(attempt)
        except TransientError as error:
            if self._is_down:
                reason = str(error).rstrip(".")
                msg = f"Could not {call.purpose}: {reason}; an earlier request used up `retry_budget_seconds`."
                raise errors.UnavailableError(self._exchange.scrub(msg)) from None
            self._is_down = True
            spent = self._clock.monotonic() - started
            raise self._gave_up(call, str(error), spent) from None
        except BlockedError as error:
            if not self._exchange.has_answered:
                raise self._unreachable(str(error)) from None
            msg = f"Could not {call.purpose}: {error}."
            raise errors.UnavailableError(msg) from None
        self._is_down = False
        return answer

    @property
    def _budget(self) -> float:
        return self._retry.budget if self._exchange.has_answered else min(self._retry.budget, self._retry.first_contact)

    def _warn(self, call: Call, state: tenacity.RetryCallState, left: float) -> None:
        error = state.outcome.exception() if state.outcome else None
        asked = getattr(error, "retry_after", None) or 0.0
        text = (
            f"Could not {call.purpose}: {str(error).rstrip('.')}. "
            f"Attempt {state.attempt_number + 1} follows in {state.upcoming_sleep:.0f} s"
        )
        base, base_paths = self._settings.api_url, self._settings.dialect.base_paths
        if asked > left:
            text += f", because SEI asks to wait for {asked:,.0f} s and `retry_budget_seconds` allows no more"
        text += f" ({call.method} {urls.shown(urls.absolute(base, call.path, base_paths), base)})."
        if not self._exchange.has_answered:
            text += f" SEI has not answered in this run yet: the tap gives up after {self._budget:.0f} s."
        self._log.note(self._exchange.scrub(text))

    def _gave_up(self, call: Call, reason: str, spent: float) -> errors.SeiTapError:
        reason = reason.rstrip(".")
        if self._exchange.has_answered:
            msg = f"Gave up after {spent:.0f} s trying to {call.purpose}: {reason}."
            return errors.UnavailableError(self._exchange.scrub(msg))
        return self._unreachable(f"{reason} (tried for {spent:.0f} s)")

    def _unreachable(self, reason: str) -> errors.UnreachableError:
        msg = f"Could not reach SEI at {self._settings.api_url}: {reason}. Check `api_url` and your network."
        return errors.UnreachableError(self._exchange.scrub(msg))

    def _content(self, body: bytes, headers: Mapping[str, str], call: Call) -> object:
        try:
            body = codings.decoded(body, headers.get("Content-Encoding", ""), _MOST_JSON_BYTES)
            content = read_json(body)
        except (UnreadableError, codings.CodingError) as error:
            page = http_errors.page(body.decode(errors="replace"))
            reason = f"the answer {error} but {page}" if page else f"the answer {error}"
            if self._exchange.has_answered:  # it is SEI, and something in between answered instead
                raise TransientError(reason) from None
            raise self._unreachable(reason) from None
        self._exchange.has_answered = True
        status = http_errors.hidden_error(content, self._settings.dialect.error_codes)
        if status is not None:
            raise self._exchange.refused(status, http_errors.words_of(content), headers, call)
        return opened(content, self._settings.dialect.envelope)
