"""Everything about talking to SEI: requests, retries, downloads, errors, and the archive that stands in for it."""
