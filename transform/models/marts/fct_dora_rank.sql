with figures as (

    select
        *,
        case when better = 'lower' then -measure else measure end as goodness
    from {{ ref('fct_dora_long') }}
    where is_leaf
        and is_period_complete
        and measure is not null
        and better is not null

),

ranked as (

    select
        *,
        count(*) over (
            partition by org_identifier, project_identifier, granularity, aggregation, period_start, metric
        ) as leaf_teams,
        percent_rank() over (
            partition by org_identifier, project_identifier, granularity, aggregation, period_start, metric
            order by goodness
        ) as share_worse
    from figures

)

select
    figure_key,
    dora_key,
    team_key,
    period_key,
    org_identifier,
    project_identifier,
    granularity,
    aggregation,
    period_start,
    metric,
    value,
    denominator,
    leaf_teams,
    case when leaf_teams > 1 then 100 * share_worse end as percentile_rank
from ranked
