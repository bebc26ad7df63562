"""Everything that talks to SEI: requests, retries, downloads, errors, and the archive that can replace it."""
