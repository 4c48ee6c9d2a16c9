"""Flows that run: who talks with them, what a test has decided, what the outside answers, and what is stored of it."""
