"""What is wrong, or probably not meant, in a Flow Definition: one function a rule; ``flows.definitions.lint`` has the table."""
