"""What is wrong, or probably not meant, in a Flow Definition: one function a rule; the table is in ``..lint``."""
