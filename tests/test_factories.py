"""Payload factories: all that they make conforms, and is one piece."""

from __future__ import annotations

import random
from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_studio import ConformanceError, PayloadFactory, factories, schemas
from pytest_studio.widgets import TRIGGERS, WIDGETS

#: Resource -> the schema of its payload, and the versions that know it.
RESOURCES = {
    "flow": ("flow", "v1 v2"),
    "flow_revision": ("flow_revision", "v2"),
    "test_users": ("test_users", "v2"),
    "flow_validate": ("flow_validate", "v2"),
    "execution": ("execution", "v1 v2"),
    "execution_context": ("execution_context", "v1 v2"),
    "step": ("execution_step", "v1 v2"),
    "step_context": ("execution_step_context", "v1 v2"),
    "engagement": ("engagement", "v1"),
    "engagement_context": ("engagement_context", "v1"),
    "engagement_step": ("engagement_step", "v1"),
    "engagement_step_context": ("engagement_step_context", "v1"),
}
PAIRS = [(name, version) for name, (_, versions) in RESOURCES.items() for version in versions.split()]
each_pair = pytest.mark.parametrize(("resource", "version"), PAIRS)
each_list = pytest.mark.parametrize(("resource", "schema"), [(r, s) for r, (_, s) in factories.LISTS.items()])


def made(resource: str, version: str, seed: int = 1, /, **overrides: Any) -> dict[str, Any]:
    """One payload of a fresh factory."""
    payload: dict[str, Any] = getattr(PayloadFactory(seed, version), resource)(**overrides)
    return payload


@each_pair
def test_what_hundreds_of_seeds_make_conforms(resource: str, version: str) -> None:
    """Without an override nothing is checked when it is made, so it is checked here."""
    name = f"{version}/{RESOURCES[resource][0]}"
    for seed in range(300):
        schemas.validate(made(resource, version, seed), name)


@pytest.mark.parametrize("code", factories.CATALOGUE)
def test_every_known_error_conforms(code: int) -> None:
    """In both versions; an unknown code is refused and the known ones are named."""
    for version in ("v1", "v2"):
        payload = PayloadFactory(1, version).error(code)
        schemas.validate(payload, "error")
        assert payload["code"] == code
    with pytest.raises(ValueError, match="not known to answer with 21201; known are 20001, 20003"):
        PayloadFactory(1).error(21201)


@each_list
def test_pages_conform_and_page_exactly(resource: str, schema: str) -> None:
    """Walking by hand over seven records, three at a time, gives three pages that point at each other."""
    version = "v1" if "engagement" in resource else "v2"
    pages = [PayloadFactory(1, version).page(resource, 7, page_size=3, page=n) for n in range(3)]
    for page in pages:
        schemas.validate(page, f"{version}/{schema}")
    key = pages[0]["meta"]["key"]
    assert [len(page[key]) for page in pages] == [3, 3, 1]
    assert [page["meta"]["page"] for page in pages] == [0, 1, 2]
    assert [page["meta"]["previous_page_url"] is None for page in pages] == [True, False, False]
    assert [page["meta"]["next_page_url"] is None for page in pages] == [False, False, True]
    rows = [row for page in pages for row in page[key]]
    assert len({(row["sid"], row.get("revision")) for row in rows}) == 7
    for size in (0, 1, 50, 1000):
        page = PayloadFactory(2, version).page(resource, size, page_size=1000)
        schemas.validate(page, f"{version}/{schema}")
        assert len(page[key]) == size


def test_a_page_that_cannot_be_is_refused() -> None:
    """In words."""
    with pytest.raises(ValueError, match="'context' has no pages; lists there are of flow, flow_revision"):
        PayloadFactory(1).page("context", 1)
    with pytest.raises(ValueError, match="page_size is 1 to 1000"):
        PayloadFactory(1).page("step", 1, page_size=1001)


@each_pair
def test_a_seed_decides_everything(resource: str, version: str) -> None:
    """The same seed makes the same payload, another another; calls go on from each other."""
    if resource == "flow_validate":  # there is only one such payload
        return
    assert made(resource, version, 5) == made(resource, version, 5)
    assert made(resource, version, 5) != made(resource, version, 6)
    factory = PayloadFactory(5, version)
    assert getattr(factory, resource)() != getattr(factory, resource)()


@each_pair
def test_overriding_a_sid_changes_url_and_links_with_it(resource: str, version: str) -> None:
    """Every SID of a payload that its url has in it."""
    plain = made(resource, version)
    names = [name for name in plain if name.endswith("sid") and str(plain[name]) in plain.get("url", "")]
    assert names or resource == "flow_validate"
    for name in names:
        other = plain[name][:2] + "ab" * 16
        payload = made(resource, version, **{name: other})
        assert payload[name] == other
        assert plain[name] not in str(payload)
        links = payload.get("links", {}).values()
        assert all(other in address for address in (payload["url"], *links))


@each_pair
def test_a_payload_can_be_fed_back(resource: str, version: str) -> None:
    """Every field is a keyword; ``url`` and ``links`` are taken as long as they agree."""
    payload = made(resource, version, 3)
    assert made(resource, version, 4, **payload) == payload


@each_pair
def test_an_unknown_field_is_a_type_error_that_names_the_nearest(resource: str, version: str) -> None:
    """Also with ``validate=False``: it is a slip, not bad data."""
    known = next(iter(made(resource, version)))
    with pytest.raises(TypeError, match=rf"has no field '{known}x' \(did you mean '{known}'\?\)"):
        made(resource, version, validate=False, **{f"{known}x": 1})


def test_a_value_that_breaks_the_schema_is_refused_unless_told() -> None:
    """With every violation; ``validate=False`` makes bad data on purpose."""
    with pytest.raises(ConformanceError, match="/name"):
        PayloadFactory(1).step(name=5)
    assert PayloadFactory(1).step(name=5, validate=False)["name"] == 5
    with pytest.raises(ConformanceError, match="/flow_sid: found 'FW'"):
        PayloadFactory(1).steps(3, flow_sid="FW")
    with pytest.raises(ConformanceError, match="/status"):
        PayloadFactory(1).page("execution", 3, status="over")


def test_url_and_links_cannot_disagree_with_the_sids() -> None:
    """Unless bad data is wanted."""
    with pytest.raises(ConformanceError, match="url follows from the SIDs and the version"):
        PayloadFactory(1).step(url="https://studio.twilio.com/v2/Flows")
    assert PayloadFactory(1).step(url="x", links=None, validate=False)["url"] == "x"


def test_dates_may_be_datetimes() -> None:
    """They are written as on the wire."""
    moment = datetime(2026, 3, 14, 9, 30, tzinfo=timezone.utc)
    assert PayloadFactory(1).step(date_created=moment)["date_created"] == "2026-03-14T09:30:00Z"


@pytest.mark.parametrize("seed", range(40))
def test_steps_are_a_path_that_could_have_happened(seed: int) -> None:
    """Each starts where the last one led, times rise, types and events are Studio's own."""
    steps = PayloadFactory(seed).steps(60)
    assert len({step["sid"] for step in steps}) == 60
    assert len({(step["flow_sid"], step["execution_sid"]) for step in steps}) == 1
    assert steps[0]["transitioned_from"] == "Trigger"
    assert steps[0]["name"] in TRIGGERS
    assert steps[-1]["transitioned_to"] == "Ended"
    types: dict[str, str] = {}
    for before, after in zip(steps, steps[1:], strict=False):
        assert after["transitioned_from"] == before["transitioned_to"]
        assert after["date_created"] > before["date_created"]
        assert after["transitioned_from"] != after["transitioned_to"]
    for step in steps[1:]:
        assert step["name"] in WIDGETS[step["type"]].events
        assert types.setdefault(step["transitioned_from"], step["type"]) == step["type"]
        schemas.validate(step, "v2/execution_step")
    calls = {step["type"] for step in steps if WIDGETS.get(step["type"], WIDGETS["run-function"]).channel == "call"}
    assert not calls or steps[0]["name"] == "incomingCall"


@pytest.mark.parametrize("n", [0, 1, 2])
def test_short_paths_are_paths_too(n: int) -> None:
    """One Step goes from the trigger to the end."""
    steps = PayloadFactory(1).steps(n)
    assert len(steps) == n
    assert all(step["transitioned_to"] == "Ended" for step in steps[-1:])
    with pytest.raises(ValueError, match="n is a number of Steps"):
        PayloadFactory(1).steps(-1)


def test_no_other_generator_is_touched() -> None:
    """Neither the global one nor Faker's shared one."""
    faker = pytest.importorskip("faker")
    random.seed(3)
    faker.Faker.seed(3)
    expected = random.random(), faker.Faker().name()
    random.seed(3)
    faker.Faker.seed(3)
    for resource, version in PAIRS:
        made(resource, version)
    assert (random.random(), faker.Faker().name()) == expected


def test_the_modules_functions_are_those_of_one_factory_a_test() -> None:
    """Functions imported by name, too; all of them are there, with their docstrings."""
    from pytest_studio.factories import step

    assert step()["account_sid"] == factories.execution()["account_sid"]
    assert step()["sid"] != step()["sid"]
    for name in (*RESOURCES, "error", "page", "steps"):
        assert getattr(factories, name).__doc__ == getattr(PayloadFactory, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'stepp'"):
        factories.stepp  # noqa: B018


def test_v1_calls_the_revision_a_version() -> None:
    """The field of the version that is asked for."""
    assert PayloadFactory(1, "v1").flow(version=9)["version"] == 9
    assert PayloadFactory(1, "v2").flow(revision=9)["revision"] == 9
    with pytest.raises(TypeError, match="no field 'version'"):
        PayloadFactory(1, "v2").flow(version=9)
    with pytest.raises(ValueError, match="version is 'v1' or 'v2', not 'v3'"):
        PayloadFactory(1, "v3")
