"""What a probe finds out, and what becomes of its report."""
