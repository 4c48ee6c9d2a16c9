"""Flow Definitions: read, checked, compared."""
