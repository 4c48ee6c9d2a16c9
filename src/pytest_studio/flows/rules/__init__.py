"""What is wrong, or probably not meant, in a Flow Definition: one function a rule; ``flows.lint`` has the table."""
