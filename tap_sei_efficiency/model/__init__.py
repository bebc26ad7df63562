"""Periods, scopes, requests, jobs, metrics: values without network or clock."""
