{#- The rows that fct_sprints is made of. An export has the sprints that end in its window. -#}
{{ config(materialized='table', enabled='sprint' in sprint_levels()) }}
{{ team_rows(['sprints'], 'sprint_key', 'period_key', 'period_end') }}
