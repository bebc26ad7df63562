"""Dagster's definitions: each day the list of teams, then a load for each shard; backfills by year and shard."""

import json
import time
from datetime import UTC, date, datetime

import dagster as dg

from orchestrate import settings
from orchestrate.budget import share
from orchestrate.meltano import TEAMS_ONLY, MeltanoError, leaf_teams, load, scope
from orchestrate.shards import by_shard

POOL = "sei_api_key"  # one key, one request budget
SHARDS = "shards"

shards = dg.DynamicPartitionsDefinition(name=SHARDS)
# One export covers 12 monthly periods: for each team, a year takes one job, the same as a month.
years = dg.TimeWindowPartitionsDefinition(
    cron_schedule="0 0 1 1 *", start=str(settings.BACKFILL_FROM_YEAR), fmt="%Y", end_offset=1
)
retries = dg.RetryPolicy(
    max_retries=3, delay=settings.RETRY_SECONDS, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)


@dg.asset(pool=POOL, retry_policy=retries)
def teams(context: dg.AssetExecutionContext) -> dg.Output[list[str]]:
    """The leaf teams of the org trees, loaded into the warehouse's table `teams` and distributed to the shards."""
    given = {**TEAMS_ONLY, **_budget(context)}
    found = leaf_teams(given, context.log.info)
    load("teams", given, context.log.info, *_force(context))
    dealt = by_shard(found, settings.SHARDS)
    known = context.instance.get_dynamic_partitions(SHARDS)
    context.instance.add_dynamic_partitions(SHARDS, list(dealt))
    for gone in set(known) - set(dealt):
        context.instance.delete_dynamic_partition(SHARDS, gone)
    sizes = {shard: len(members) for shard, members in dealt.items()}
    return dg.Output(found, metadata={"teams": len(found), "shards": dg.MetadataValue.json(sizes)})


@dg.asset(partitions_def=shards, pool=POOL, retry_policy=retries)
def efficiency(context: dg.AssetExecutionContext, teams: list[str]) -> None:
    """The daily load of one shard, from its own state."""
    shard = context.partition_key
    _load(context, shard, scope(team_ids=_members(teams, shard)), *_force(context))


@dg.asset(
    partitions_def=dg.MultiPartitionsDefinition({"shard": shards, "year": years}), pool=POOL, retry_policy=retries
)
def efficiency_backfill(context: dg.AssetExecutionContext, teams: list[str]) -> None:
    """One year of one shard again, into the same tables, with a separate state."""
    keys = context.partition_key.keys_by_dimension
    shard, year = keys["shard"], int(keys["year"])
    end = min(date(year, 12, 31), datetime.now(tz=UTC).date())
    given = scope(team_ids=_members(teams, shard), start_date=date(year, 1, 1).isoformat(), end_date=end.isoformat())
    # A retry continues after the first attempt. A new backfill of the same year starts from the beginning.
    options = _force(context) or ["--full-refresh"]
    _load(context, f"backfill-{year}-{shard}", given, *options)


list_teams = dg.define_asset_job("list_teams", selection=[teams])
load_shard = dg.define_asset_job("load_shard", selection=[efficiency])

daily = dg.ScheduleDefinition(
    name="daily", job=list_teams, cron_schedule="0 5 * * *", default_status=dg.DefaultScheduleStatus.RUNNING
)


@dg.asset_sensor(
    asset_key=teams.key, job=load_shard, minimum_interval_seconds=10, default_status=dg.DefaultSensorStatus.RUNNING
)
def every_shard(_context: dg.SensorEvaluationContext, event: dg.EventLogEntry) -> list[dg.RunRequest]:
    """Request a run for each shard that has teams, after the teams are listed."""
    materialization = event.asset_materialization
    listed = materialization.metadata["shards"].value if materialization else {}
    return [dg.RunRequest(run_key=f"{event.run_id}/{shard}", partition_key=shard) for shard in listed]


defs = dg.Definitions(
    assets=[teams, efficiency, efficiency_backfill],
    jobs=[list_teams, load_shard],
    schedules=[daily],
    sensors=[every_shard],
    # Not the in-process executor: its retry policy also retries a run that somebody stopped.
    executor=dg.multiprocess_executor,
)


def _load(context: dg.AssetExecutionContext, suffix: str, given: dict[str, str], *options: str) -> None:
    budget = _budget(context)
    try:
        load(suffix, {**given, **budget}, context.log.info, *options)
    except MeltanoError:
        _cool_down()
        raise
    _cool_down()


def _cool_down() -> None:
    # SEI counts the requests of the last minute, including those of the run that had the slot before.
    time.sleep(settings.COOL_DOWN_SECONDS)


def _budget(context: dg.AssetExecutionContext) -> dict[str, str]:
    slots = context.instance.event_log_storage.get_concurrency_info(POOL).slot_count
    try:
        budget = share(slots, settings.REQUESTS_PER_MINUTE, settings.CONCURRENT_EXPORTS)
    except ValueError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    context.log.info("One of %d runs at once: %s", slots, json.dumps(budget))
    return budget


def _members(teams: list[str], shard: str) -> list[str]:
    members = by_shard(teams, settings.SHARDS).get(shard)
    if not members:
        msg = f"{shard} has no teams any more. Materialize `teams` to update the shards."
        raise dg.Failure(msg, allow_retries=False)
    return members


def _force(context: dg.AssetExecutionContext) -> list[str]:
    # Meltano believes that a killed run is still active, but the previous attempt has ended.
    return ["--force"] if context.retry_number else []
