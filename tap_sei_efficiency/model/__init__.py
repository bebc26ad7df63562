"""What the tap talks about: periods, scopes, requests, jobs, metrics. Values only; nothing here waits or asks."""
