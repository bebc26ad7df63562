"""The probe of a live SEI: a limited number of requests, findings for the user, and a report without figures."""
