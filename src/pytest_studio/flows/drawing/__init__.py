"""Flows as pictures: on Studio's canvas, with what was covered."""
