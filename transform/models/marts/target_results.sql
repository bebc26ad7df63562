{#- A target with a path applies to the team there; one without a path applies to each leaf team without its own target. -#}
with figures as (

    select measured.*, team.path as current_path
    from {{ ref('fct_dora_long') }} as measured
    inner join {{ ref('dim_team') }} as team
        on team.team_key = measured.team_key
    where measured.granularity = '{{ var("current_granularity") }}'
        and measured.aggregation = '{{ var("current_aggregation") }}'
        and measured.is_period_complete
        and measured.better is not null

),

matched as (

    select
        figures.*,
        targets.target,
        row_number() over (
            partition by figures.figure_key
            order by case when targets.path is null then 1 else 0 end, targets.valid_from desc
        ) as nth
    from figures
    inner join {{ ref('targets') }} as targets
        on targets.metric = figures.metric
        and (targets.path = figures.current_path or (targets.path is null and figures.is_leaf))
        and (targets.valid_from is null or targets.valid_from <= figures.period_start)
        and (targets.valid_to is null or targets.valid_to >= figures.period_start)

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
    unit,
    better,
    value,
    denominator,
    target,
    -- Null without a figure, which neither meets nor misses the target.
    case when better = 'lower' then value <= target else value >= target end as is_met
from matched
where nth = 1
