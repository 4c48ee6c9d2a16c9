"""A studio as a decorator of functions, async functions and TestCase classes."""

from __future__ import annotations

import asyncio
import inspect
import unittest
from typing import Any

import pytest
import requests

from pytest_studio import FakeStudio, StudioVerdict

FLOWS = "https://studio.twilio.com/v2/Flows"


def get(studio: FakeStudio, **params: object) -> requests.Response:
    """List Flows."""
    return requests.get(FLOWS, params=params, auth=(studio.account_sid, studio.auth_token))


def test_each_call_of_a_function_gets_a_fresh_studio() -> None:
    """Handed to the parameter ``studio``, which stays out of the signature that pytest reads."""

    @FakeStudio(auth_token="t")
    def job(name: str, studio: FakeStudio) -> tuple[str, FakeStudio, int]:
        """Do it."""
        studio.add_flow()
        return name, studio, len(get(studio).json()["flows"])

    (name, first, count), (_, second, _) = job("a"), job("b")
    assert (name, count) == ("a", 1)
    assert first is not second
    assert first.account_sid != second.account_sid
    assert first.auth_token == "t"
    assert list(inspect.signature(job).parameters) == ["name"]
    assert job.__doc__ == "Do it."


def test_a_function_without_the_parameter_runs_inside_all_the_same() -> None:
    """The environment has the credentials."""

    @FakeStudio(account_sid="AC" + "1" * 32)
    def job() -> str:
        import os

        return os.environ["TWILIO_ACCOUNT_SID"]

    assert job() == "AC" + "1" * 32


def test_async_functions_stay_async() -> None:
    """The studio is active until the coroutine is done."""

    @FakeStudio()
    async def job(studio: FakeStudio) -> int:
        await asyncio.sleep(0)
        return get(studio).status_code

    assert inspect.iscoroutinefunction(job)
    assert asyncio.run(job()) == 200


def test_the_verdict_is_given_when_the_call_returns() -> None:
    """And not when it raised."""

    @FakeStudio()
    def objected(studio: FakeStudio) -> None:
        get(studio, page_size=1)

    @FakeStudio()
    def raised(studio: FakeStudio) -> None:
        get(studio, page_size=1)
        raise KeyError("x")

    with pytest.raises(StudioVerdict):
        objected()
    with pytest.raises(KeyError):
        raised()


def run(case: type[unittest.TestCase]) -> dict[str, list[str]]:
    """Run a TestCase: the names of the tests by outcome."""
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    names = {
        "failures": [test.id().rpartition(".")[2] for test, _ in result.failures],
        "errors": [test.id().rpartition(".")[2] for test, _ in result.errors],
    }
    return {**names, "run": [str(result.testsRun)]}


def test_a_test_case_gets_a_fresh_studio_for_each_test() -> None:
    """In ``setUp`` as ``self.studio``, in tests that want it as a parameter; a verdict fails its test once."""
    seen: list[Any] = []

    @FakeStudio()
    class Case(unittest.TestCase):
        studio: FakeStudio

        def setUp(self) -> None:
            self.flow = self.studio.add_flow()

        def test_one(self) -> None:
            seen.append(self.studio)
            self.assertEqual(len(get(self.studio).json()["flows"]), 1)

        def test_two(self, studio: FakeStudio) -> None:
            seen.append(studio)
            self.assertIs(studio, self.studio)

        def test_verdict(self) -> None:
            get(self.studio, page_size=1)

        def test_fails(self) -> None:
            get(self.studio, page_size=1)
            self.fail("the body")

    assert run(Case) == {"failures": ["test_fails", "test_verdict"], "errors": [], "run": ["4"]}
    assert len(set(seen)) == 2


def test_an_async_test_case_works_too() -> None:
    """``IsolatedAsyncioTestCase``."""

    @FakeStudio()
    class Case(unittest.IsolatedAsyncioTestCase):
        async def test_one(self, studio: FakeStudio) -> None:
            self.assertEqual(get(studio).status_code, 200)

        async def test_verdict(self, studio: FakeStudio) -> None:
            get(studio, page_size=1)

    assert run(Case) == {"failures": ["test_verdict"], "errors": [], "run": ["2"]}


@FakeStudio()
class TestPlainClass:
    """A class without ``setUp``: each test method gets its own."""

    def test_one(self, studio: FakeStudio) -> None:
        """Beside fixtures of pytest's."""
        assert get(studio).json()["flows"] == []

    @pytest.mark.parametrize("n", [1, 2])
    def test_two(self, n: int, tmp_path: object, studio: FakeStudio) -> None:
        """And its parameters."""
        studio.add_flow()
        assert len(studio.flows) == 1
        assert n
        assert tmp_path

    def test_three(self) -> None:
        """Also as its attribute, as a ``TestCase`` has it."""
        self.studio.add_flow()  # type: ignore[attr-defined]
        assert len(get(self.studio).json()["flows"]) == 1  # type: ignore[attr-defined]


def test_what_cannot_be_decorated_is_refused() -> None:
    """In words."""

    def generator() -> Any:
        yield

    with pytest.raises(TypeError, match="a generator cannot be decorated"):
        FakeStudio()(generator)
    with pytest.raises(TypeError, match="decorates functions and TestCase classes, not int"):
        FakeStudio()(5)  # type: ignore[type-var]
    with pytest.raises(TypeError, match=r"use @FakeStudio\(\) with parentheses"):

        @FakeStudio
        def job() -> None: ...


def test_only_methods_of_a_case_are_tests() -> None:
    """Data whose name begins as a test's does stays what it is."""

    @FakeStudio()
    class Case(unittest.TestCase):
        test_data = [1, 2]

        def test_it(self) -> None:
            self.assertEqual(self.test_data, [1, 2])

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert (result.testsRun, result.errors, result.failures) == (1, [], [])
