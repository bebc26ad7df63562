{#- The rows that fct_sprint is made of, each with the team that it belongs to, and whether it still holds. -#}
{{ config(materialized='table', enabled='team' in sprint_levels()) }}
{{ team_rows(team_sprint_streams(), 'sprint_key') }}
