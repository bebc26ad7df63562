"""What is shown: the columns of `fct_dora`, their titles and units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One column of figures."""

    column: str
    title: str
    unit: str

    @property
    def heading(self) -> str:
        """The title with the unit."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    def text(self, value: float | None) -> str:
        """`value` with its unit, for a sentence."""
        return f"{number(value)}{'' if self.unit in {'', '%'} else ' '}{self.unit}"


LEAD_TIME = Metric("lead_time_days", "Lead time for changes", "days")
METRICS = (
    LEAD_TIME,
    Metric("deployments", "Deployments", ""),
    Metric("change_failure_rate_percent", "Change failure rate", "%"),
    Metric("time_to_restore_days", "Time to restore", "days"),
)
STAGES = tuple(
    Metric(f"{stage}_days", stage.capitalize(), "days") for stage in ("planning", "coding", "review", "build", "deploy")
)
COLUMNS = tuple(metric.column for metric in (*METRICS, *STAGES))


def number(value: float | None) -> str:
    """`value` in at most two decimals; a value that is not zero is never written as zero."""
    if value is None:
        return "no figure"
    if value and abs(value) < 0.005:  # noqa: PLR2004 - half of the last decimal shown
        return f"{value:.1g}"
    return f"{value:,.2f}".rstrip("0").rstrip(".")
