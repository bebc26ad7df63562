with versions as (

    select
        *,
        row_number() over (partition by dora_key order by dbt_valid_from, dbt_scd_id) as version
    from {{ ref('dora_closed_figures') }}

),

neighbours as (

    {%- for metric in dora_metrics() %}
    select
        later.dora_key,
        later.version,
        '{{ metric.name }}' as metric,
        cast(earlier.{{ metric.name }} as {{ type_double() }}) as from_value,
        cast(later.{{ metric.name }} as {{ type_double() }}) as to_value,
        cast(null as {{ dbt.type_string() }}) as from_label,
        cast(null as {{ dbt.type_string() }}) as to_label
    from versions as later
    inner join versions as earlier
        on earlier.dora_key = later.dora_key
        and earlier.version = later.version - 1
    -- The first load of a stream is not a restatement: both versions must have a row of the stream.
    where later.has_{{ metric.stream }}
        and earlier.has_{{ metric.stream }}
        and {{ differs('later.' ~ metric.name, 'earlier.' ~ metric.name) }}
    union all
    {%- endfor %}
    select
        later.dora_key,
        later.version,
        'harness_overall_rating' as metric,
        cast(null as {{ type_double() }}) as from_value,
        cast(null as {{ type_double() }}) as to_value,
        earlier.harness_overall_rating as from_label,
        later.harness_overall_rating as to_label
    from versions as later
    inner join versions as earlier
        on earlier.dora_key = later.dora_key
        and earlier.version = later.version - 1
    where later.has_rating
        and earlier.has_rating
        and {{ differs('later.harness_overall_rating', 'earlier.harness_overall_rating') }}

)

select
    {{ surrogate_key(['neighbours.dora_key', 'neighbours.version', 'neighbours.metric']) }} as restatement_key,
    neighbours.dora_key,
    later.team_key,
    later.period_key,
    later.granularity,
    later.aggregation,
    later.period_start,
    neighbours.metric,
    neighbours.from_value,
    neighbours.to_value,
    neighbours.from_label,
    neighbours.to_label,
    earlier.last_exported_at as stated_at,
    later.last_exported_at as restated_at,
    later.dbt_valid_from as recorded_at
from neighbours
inner join versions as later
    on later.dora_key = neighbours.dora_key
    and later.version = neighbours.version
inner join versions as earlier
    on earlier.dora_key = neighbours.dora_key
    and earlier.version = neighbours.version - 1
