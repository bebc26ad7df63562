{#- The rows of the streams that fct_dora is made of, each with its team and whether it was withdrawn. -#}
{{ config(materialized='table') }}
{{ team_rows(dora_streams(), 'dora_key') }}
