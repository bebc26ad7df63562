{{ config(severity='warn', enabled=sprint_facts() | length > 0) }}
-- Each percentage is the share that its part is of the whole. Without a whole there is nothing to compare.
{%- for fact in sprint_facts() %}
{%- set outer = loop %}
{%- for share in sprint_shares() %}
select
    '{{ fact }}' as fact,
    sprint_key,
    '{{ share.percent }} = 100 * {{ share.part }} / {{ share.wholes | join(" or ") }}' as rule,
    {{ share.percent }} as percentage,
    100.0 * {{ share.part }} / nullif({{ share.wholes[0] }}, 0) as computed_percentage
from {{ ref(fact) }}
where {% for whole in share.wholes -%}
    abs({{ share.percent }} - 100.0 * {{ share.part }} / nullif({{ whole }}, 0)) > {{ var('rate_tolerance_percent') }}
{{- " and " if not loop.last }}
{%- endfor %}
{{ "union all" if not (loop.last and outer.last) }}
{%- endfor %}
{%- endfor %}
