"""What users would pick instead of the tap, each written the way its own documentation suggests."""
