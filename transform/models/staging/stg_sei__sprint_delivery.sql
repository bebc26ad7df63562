{{ config(enabled='team' in sprint_levels()) }}
{{ staged_sprint_periods('sprint_delivery') }}
