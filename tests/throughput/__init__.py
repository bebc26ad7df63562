"""The fast paths for records, compared with the SDK's own."""
