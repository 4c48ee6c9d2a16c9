"""A studio as a decorator: a fresh one each call, handed to a parameter named ``studio``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

__all__ = ["decorate"]

T = TypeVar("T")
Make = Callable[[], AbstractContextManager[Any]]


def decorate(decorated: T, make: Make) -> T:
    """Wrap a function, an async function or a class with test methods.

    Args:
        decorated: what to wrap.
        make: makes the studio that one call is run in.

    Raises:
        TypeError: it is none of these.
    """
    if isinstance(decorated, type):
        return _decorate_class(decorated, make)  # type: ignore[return-value]
    if inspect.isgeneratorfunction(decorated) or inspect.isasyncgenfunction(decorated):
        raise TypeError(
            "a generator cannot be decorated with a studio: use `with FakeStudio() as studio:` inside of it"
        )
    if not callable(decorated):
        raise TypeError(f"a studio decorates functions and TestCase classes, not {type(decorated).__name__}")
    return _decorate_function(decorated, make)  # type: ignore[return-value]


def _decorate_function(function: Callable[..., Any], make: Make, *, is_method: bool = False) -> Callable[..., Any]:
    signature = inspect.signature(function)
    takes = "studio" in signature.parameters

    def given(args: tuple[Any, ...], kwargs: dict[str, Any], studio: Any) -> dict[str, Any]:
        if is_method:
            args[0].studio = studio
        return {**kwargs, "studio": studio} if takes else kwargs

    @functools.wraps(function)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        with make() as studio:
            return await function(*args, **given(args, kwargs, studio))

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        with make() as studio:
            return function(*args, **given(args, kwargs, studio))

    wrapper: Callable[..., Any] = awaited if inspect.iscoroutinefunction(function) else called
    # pytest takes every parameter that it sees for a fixture
    parameters = [parameter for name, parameter in signature.parameters.items() if name != "studio"]
    vars(wrapper)["__signature__"] = signature.replace(parameters=parameters)
    return wrapper


def _decorate_class(class_: type, make: Make) -> type:
    if not hasattr(class_, "setUp"):
        found = [name for name in vars(class_) if name.startswith("test") and inspect.isfunction(vars(class_)[name])]
        for name in found:
            setattr(class_, name, _decorate_function(vars(class_)[name], make, is_method=True))
        return class_
    real_set_up = class_.setUp

    @functools.wraps(real_set_up)
    def set_up(self: Any) -> None:
        studio = self.studio = make().__enter__()
        self.addCleanup(studio.__exit__, None, None, None)
        with _silenced_by_failure(studio):
            real_set_up(self)

    class_.setUp = set_up
    for name in [name for name in dir(class_) if name.startswith("test")]:
        method = getattr(class_, name)
        if callable(method):
            setattr(class_, name, _with_studio_of_the_case(method))
    return class_


def _with_studio_of_the_case(method: Callable[..., Any]) -> Callable[..., Any]:
    """A test method that gets the studio its ``setUp`` made, and gives the verdict when it passes."""
    takes = "studio" in inspect.signature(method).parameters

    @functools.wraps(method)
    async def awaited(self: Any) -> None:
        with _silenced_by_failure(self.studio):
            await method(self, **({"studio": self.studio} if takes else {}))
        self.studio.verify()

    @functools.wraps(method)
    def called(self: Any) -> None:
        with _silenced_by_failure(self.studio):
            method(self, **({"studio": self.studio} if takes else {}))
        self.studio.verify()

    return awaited if inspect.iscoroutinefunction(method) else called


@contextmanager
def _silenced_by_failure(studio: Any) -> Iterator[None]:
    """A block after whose failure the studio objects to nothing more: one failure is enough."""
    try:
        yield
    except BaseException as error:
        studio._tell(error)
        studio.judged()
        raise
