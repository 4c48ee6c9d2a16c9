"""What the runs of Flows went through."""
