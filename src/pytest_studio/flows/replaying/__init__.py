"""A recorded run, played through a Flow as it is now."""
