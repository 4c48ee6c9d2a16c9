"""Flow, Execution and Step as a studio keeps them: live records that render themselves as either version's payload.

Records store what they were given and nothing that follows from it: urls, links and most contexts are made when
they are read. Dates are kept as whole seconds since 1970.
"""

from pytest_studio.resources.execution import Engagement, Execution
from pytest_studio.resources.flow import Flow, FlowRevision
from pytest_studio.resources.step import Step

__all__ = ["Engagement", "Execution", "Flow", "FlowRevision", "Step"]
