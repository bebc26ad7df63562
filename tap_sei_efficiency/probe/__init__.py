"""What a live SEI really does: a bounded number of requests, findings for a person, and a report without figures."""
