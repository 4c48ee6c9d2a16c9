"""What a test lets go wrong, and answers of its own: rules that stand between a request and the API."""

from pytest_studio.faults.replies import failure_of, reply_of
from pytest_studio.faults.rules import Faults, Limit, Rule
from pytest_studio.faults.steplog import StepLog

__all__ = ["Faults", "Limit", "Rule", "StepLog", "failure_of", "reply_of"]
