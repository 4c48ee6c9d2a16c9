"""Personal data in texts: whether any value that Twilio's documents mark as PII stands in a log."""

from pytest_studio.privacy.leaks import Leak, find, report, texts_of
from pytest_studio.privacy.values import Personal, collect

__all__ = ["Leak", "Personal", "collect", "find", "report", "texts_of"]
