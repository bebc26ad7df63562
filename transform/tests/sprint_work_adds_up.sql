{{ config(severity='warn', enabled=sprint_facts() | length > 0) }}
-- All work is committed or creep, and either is delivered or missed. SEI rounds.
{%- for fact in sprint_facts() %}
{%- set outer = loop %}
{%- for sum in sprint_sums() %}
select
    '{{ fact }}' as fact,
    sprint_key,
    '{{ sum.whole }} = {{ sum.parts | join(" + ") }}' as rule,
    {{ sum.whole }} as whole,
    {{ sum.parts | join(' + ') }} as sum_of_parts
from {{ ref(fact) }}
where abs({{ sum.whole }} - ({{ sum.parts | join(' + ') }})) > {{ var('work_sum_tolerance') }}
{{ "union all" if not (loop.last and outer.last) }}
{%- endfor %}
{%- endfor %}
