{#-
    Confidence intervals of counts and shares, at the level that `noise_z` sets (1.96: 95 %). docs/semantics.md names the sources.
-#}

{#- One bound of Wilson's score interval for the proportion `count` of `total`; `sign` is - or +. -#}
{% macro wilson_bound(count, total, sign) -%}
    {%- set z = var('noise_z') -%}
    (
        ({{ count }} + {{ z }} * {{ z }} / 2.0) {{ sign }} {{ z }} * sqrt(
            1.0 * {{ count }} * ({{ total }} - {{ count }}) / {{ total }} + {{ z }} * {{ z }} / 4.0
        )
    ) / ({{ total }} + {{ z }} * {{ z }})
{%- endmacro %}


{#- One bound of the score interval for the mean of a Poisson count. -#}
{% macro poisson_bound(count, sign) -%}
    {%- set z = var('noise_z') -%}
    ({{ count }} + {{ z }} * {{ z }} / 2.0 {{ sign }} {{ z }} * sqrt({{ count }} + {{ z }} * {{ z }} / 4.0))
{%- endmacro %}


{#- One bound of the difference of two estimates that each have an interval: Newcombe's square-and-add. -#}
{% macro lower_difference(value, low, other, other_high) -%}
    ({{ value }} - {{ other }} - sqrt(
        ({{ value }} - {{ low }}) * ({{ value }} - {{ low }})
        + ({{ other_high }} - {{ other }}) * ({{ other_high }} - {{ other }})
    ))
{%- endmacro %}

{% macro upper_difference(value, high, other, other_low) -%}
    ({{ value }} - {{ other }} + sqrt(
        ({{ high }} - {{ value }}) * ({{ high }} - {{ value }})
        + ({{ other }} - {{ other_low }}) * ({{ other }} - {{ other_low }})
    ))
{%- endmacro %}
