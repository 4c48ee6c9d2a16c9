"""The ``responses`` mock that ``transports.requests`` sends through, and that tests have as ``studio.responses``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import responses
from responses import registries

from pytest_studio.wire import API

__all__ = ["Mock"]


class _FromStudio(responses.BaseResponse):
    """The one answer that stands for all of Studio's urls."""

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        super().__init__("GET", f"{API}/")
        self._answer = answer

    @property
    def calls(self) -> responses.CallList:
        """Of no use for this answer, and kept by ``studio.calls``: forgotten at once."""
        return responses.CallList()

    def get_response(self, request: Any) -> Any:
        """What ``responses`` asks for a request that this answers."""
        return self._answer(request)


class _Registry(registries.FirstMatchRegistry):
    """Answers from what the test registered on ``studio.responses``, else from the studio.

    One answer stands for all urls: a second pattern registered for a url would be dropped after one use.
    """

    def __init__(self, studio: _FromStudio) -> None:
        super().__init__()
        self._studio = studio

    def find(self, request: Any) -> Any:
        if self.registered:
            found, reasons = super().find(request)
            if found is not None:
                return found, reasons
        return self._studio, []


class Mock(responses.RequestsMock):
    """The mock that tests get as ``studio.responses``; resetting it forgets theirs, not the studio.

    Args:
        answer: what answers all that the test did not register: a prepared request -> a ``urllib3`` response.
    """

    def __init__(self, answer: Callable[[Any], Any]) -> None:
        self._studio = _FromStudio(answer)
        super().__init__(assert_all_requests_are_fired=False)
        self._registry = _Registry(self._studio)

    def reset(self) -> None:
        """Forget what the test registered."""
        super().reset()
        self._registry = _Registry(self._studio)
