with versions as (

    select
        *,
        row_number() over (partition by dora_key order by dbt_valid_from) as version
    from {{ ref('dora_closed_figures') }}

),

-- A stream that was not loaded before is no restatement: both versions must have a row of it.
pairs as (

    {%- for metric, stream in dora_metrics() %}
    select
        later.dora_key,
        later.version,
        '{{ metric }}' as metric,
        cast(earlier.{{ metric }} as double precision) as from_value,
        cast(later.{{ metric }} as double precision) as to_value,
        cast(null as {{ dbt.type_string() }}) as from_label,
        cast(null as {{ dbt.type_string() }}) as to_label,
        earlier.last_exported_at as stated_at,
        later.last_exported_at as restated_at
    from versions as later
    inner join versions as earlier
        on earlier.dora_key = later.dora_key
        and earlier.version = later.version - 1
    where later.has_{{ stream }}
        and earlier.has_{{ stream }}
        and later.{{ metric }} is distinct from earlier.{{ metric }}
    union all
    {%- endfor %}
    select
        later.dora_key,
        later.version,
        'harness_overall_rating',
        null,
        null,
        earlier.harness_overall_rating,
        later.harness_overall_rating,
        earlier.last_exported_at,
        later.last_exported_at
    from versions as later
    inner join versions as earlier
        on earlier.dora_key = later.dora_key
        and earlier.version = later.version - 1
    where later.has_rating
        and earlier.has_rating
        and later.harness_overall_rating is distinct from earlier.harness_overall_rating

)

select
    {{ surrogate_key(['pairs.dora_key', 'pairs.version', 'pairs.metric']) }} as restatement_key,
    pairs.dora_key,
    dora.team_key,
    dora.period_key,
    dora.granularity,
    dora.aggregation,
    dora.period_start,
    pairs.metric,
    pairs.from_value,
    pairs.to_value,
    pairs.from_label,
    pairs.to_label,
    pairs.stated_at,
    pairs.restated_at
from pairs
inner join {{ ref('fct_dora') }} as dora
    on dora.dora_key = pairs.dora_key
