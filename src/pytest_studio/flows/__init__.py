"""Flows as definitions."""
