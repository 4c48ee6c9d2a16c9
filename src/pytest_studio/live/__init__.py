"""A user's own account, read and held against the fake: ``pytest --studio-live``. Nothing is ever changed there."""
