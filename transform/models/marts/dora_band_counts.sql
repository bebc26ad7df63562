{#- The number of leaf teams in each band. Parents have these counts instead of a band. -#}
with places as (

    select
        *,
        case when placement = 'in one band' then best_band else placement end as place
    from {{ ref('fct_dora_benchmark') }}

),

-- Each leaf below each parent that had a row in the same period, and each leaf below null: the whole project.
below as (

    select
        places.*,
        parents.team_key as parent_team_key
    from places
    inner join {{ ref('fct_dora') }} as parents
        on parents.org_identifier = places.org_identifier
        and parents.project_identifier = places.project_identifier
        and parents.granularity = places.granularity
        and parents.aggregation = places.aggregation
        and parents.period_start = places.period_start
        and not parents.is_leaf
        and left(places.path, length(parents.path) + 1) = {{ dbt.concat(['parents.path', "'/'"]) }}
    union all
    select places.*, cast(null as {{ dbt.type_string() }}) as parent_team_key
    from places

)

select
    {{ surrogate_key([
        'org_identifier', 'project_identifier', "coalesce(parent_team_key, '')", 'period_key', 'aggregation', 'metric', 'place'
    ]) }} as band_count_key,
    org_identifier,
    project_identifier,
    parent_team_key as team_key,
    period_key,
    granularity,
    aggregation,
    period_start,
    metric,
    benchmark_year,
    benchmark_source,
    place,
    count(*) as leaf_teams
from below
group by
    org_identifier,
    project_identifier,
    parent_team_key,
    period_key,
    granularity,
    aggregation,
    period_start,
    metric,
    benchmark_year,
    benchmark_source,
    place
