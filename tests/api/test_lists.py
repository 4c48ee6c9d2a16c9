"""Pages: order, meta, tokens and filters of lists."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from helpers import API, FROM, TO, call, get, post, refused, sids_of, walk

from pytest_studio import FakeStudio


class List:
    """One of the nine lists: its url, its key, and how one more row comes about."""

    def __init__(self, studio: FakeStudio, name: str) -> None:
        self.studio = studio
        version, self.key = name.split()[0], name.split()[-1]
        self.flow = studio.add_flow() if self.key != "flows" else None
        self.run = studio.add_execution(self.flow) if self.key == "steps" else None
        path = f"/{version}/Flows"
        if self.flow is not None:
            kind = "Engagements" if "of engagements" in name else "Executions"
            path += f"/{self.flow.sid}/" + (f"{kind}/{self.run.sid}/Steps" if self.run else self.key.title())
        self.url = API + path
        #: What a token of it begins with.
        self.token = "PT" + {"flows": "FW", "revisions": "FW", "steps": "FT"}.get(self.key, "FN")

    def add(self, count: int = 1) -> list[Any]:
        """More rows; what tells each apart."""
        return [self._add() for _ in range(count)]

    def _add(self) -> Any:
        if self.key == "revisions":
            return post(self.studio, self.flow.url, Status="draft")["revision"]
        if self.key == "flows":
            return self.studio.add_flow().sid
        return (self.studio.add_step(self.run) if self.run else self.studio.add_execution(self.flow)).sid

    def page(self, url: str | None = None, **query: Any) -> Any:
        """A page, its rows as what tells them apart, and its meta."""
        payload = get(self.studio, url or self.url, **query)
        assert [*payload] == ["meta", self.key]
        rows = [row["revision" if self.key == "revisions" else "sid"] for row in payload[self.key]]
        return rows, payload["meta"]

    def walk(self, url: str, link: str = "next_page_url") -> list[Any]:
        """Rows of all pages on the way from a url."""
        rows = []
        while url:
            assert len(rows) < 100, "the walk has no end"
            more, meta = self.page(url)
            rows.append(more)
            url = meta[link]
        return rows


LISTS = [
    "v1 flows",
    "v2 flows",
    "v1 executions",
    "v2 executions",
    "v1 engagements",
    "v1 steps",
    "v2 steps",
    "v1 of engagements steps",
    "v2 revisions",
]


@pytest.fixture(params=LISTS)
def listing(request: pytest.FixtureRequest, fake: FakeStudio) -> List:
    """Each of the lists, empty but for the first revision of a Flow."""
    return List(fake, request.param)


@pytest.fixture
def steps(fake: FakeStudio) -> List:
    """The list of an Execution's Steps, as the one that stands for all."""
    return List(fake, "v2 steps")


# -- meta -----------------------------------------------------------------------------------------------------------


def test_a_first_page_has_exact_meta(listing: List) -> None:
    """Without a query it shows the defaults; there is neither a page before nor one after."""
    first = f"{listing.url}?PageSize=50&Page=0"
    assert get(listing.studio, listing.url)["meta"] == {
        "page": 0,
        "page_size": 50,
        "first_page_url": first,
        "previous_page_url": None,
        "url": first,
        "next_page_url": None,
        "key": listing.key,
    }
    if listing.key != "revisions":
        assert listing.page() == ([], get(listing.studio, listing.url)["meta"])


def test_rows_are_newest_first(listing: List) -> None:
    """By order of arrival."""
    made = listing.add(3)
    assert listing.page()[0][:3] == made[::-1]


def test_meta_of_a_middle_page(listing: List) -> None:
    """It leads back and forth by tokens; its own url has the one that led to it; the first has none."""
    listing.add(6)
    meta = listing.page(PageSize=2)[1]
    middle = listing.page(meta["next_page_url"])[1]
    base = f"{listing.url}?PageSize=2&Page="
    assert middle["url"] == meta["next_page_url"]
    assert middle["url"].startswith(f"{base}1&PageToken={listing.token}")
    assert middle["next_page_url"].startswith(f"{base}2&PageToken={listing.token}")
    assert middle["previous_page_url"].startswith(f"{base}0&PageToken={listing.token}")
    assert meta["first_page_url"] == middle["first_page_url"] == meta["url"] == f"{base}0"
    assert (middle["page"], middle["page_size"], middle["key"]) == (1, 2, listing.key)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 50])
def test_a_walk_finds_every_row_once(count: int, size: int, steps: List) -> None:
    """On full pages but for the last, which has no next."""
    made = steps.add(count)
    pages = steps.walk(f"{steps.url}?PageSize={size}")
    assert [row for page in pages for row in page] == made[::-1]
    assert all(len(page) == size for page in pages[:-1])
    assert len(pages) == max(1, -(-count // size))


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({}, 50),
        ({"PageSize": 1}, 1),
        ({"PageSize": 1000}, 1000),
        ({"PageSize": 1001}, 1000),
        ({"PageSize": 5000}, 1000),
    ],
)
def test_a_page_has_50_rows_and_at_most_1000(given: Any, size: int, steps: List) -> None:
    """More is served as the most, and the next page has the rest."""
    steps.studio.add_steps(steps.run, 1005)
    rows, meta = steps.page(**given)
    assert (len(rows), meta["page_size"]) == (size, size)
    assert f"?PageSize={size}&" in meta["next_page_url"]
    if size == 1000:
        assert len(steps.page(meta["next_page_url"])[0]) == 5
    steps.studio.verify()


@pytest.mark.parametrize(
    ("name", "value"),
    [("PageSize", value) for value in ("0", "-1", "abc", "1.5", "1e3", "٣", " 5", "X5", "9" * 30, "0x10")]
    + [("Page", value) for value in ("-1", "abc", "1.5")],
)
def test_sizes_and_numbers_that_are_none_are_refused(name: str, value: str, listing: List) -> None:
    """400, with the name of the parameter."""
    error = refused(listing.studio, "GET", listing.url, 400, 20001, **{name: value})
    least = 1 if name == "PageSize" else 0
    expected = f"for parameter {name}: expected a whole number, {least} or more"
    assert error["message"] == f"Invalid value {value!r} {expected}"


@pytest.mark.parametrize("value", ["+1", "01", "0" * 18 + "1", "1"])
def test_a_number_may_be_written_in_several_ways(value: str, steps: List) -> None:
    """With a sign or noughts, of up to 19 digits."""
    made = steps.add(2)
    assert steps.page(PageSize=value)[0] == made[1:]
    assert steps.page(Page="-0")[1]["page"] == 0
    refused(steps.studio, "GET", steps.url, 400, 20001, PageSize="0" * 19 + "1")


def test_a_page_number_alone_moves_nothing(steps: List) -> None:
    """It is the client's own; a strict studio objects."""
    made = steps.add(3)
    rows, meta = steps.page(PageSize=2, Page=7)
    assert rows == made[:0:-1]
    assert (meta["page"], meta["previous_page_url"]) == (7, None)
    with pytest.raises(AssertionError, match="Page=7 without a PageToken does not move"):
        steps.studio.verify()


# -- walks while the list changes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_walk_neither_repeats_nor_skips_while_rows_arrive(size: int, listing: List) -> None:
    """It finds what was there when it began."""
    before = listing.page()[0]
    expected = listing.add(7)[::-1] + before
    found, url = [], f"{listing.url}?PageSize={size}"
    while url and len(found) < 50:
        rows, meta = listing.page(url)
        found += rows
        url = meta["next_page_url"]
        listing.add(2)
    assert found == expected


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_walk_back_neither_repeats_nor_skips_while_rows_arrive(size: int, listing: List) -> None:
    """It shows the pages that it came by."""
    listing.add(7)
    pages, urls, url = [], [], f"{listing.url}?PageSize={size}"
    while url and len(pages) < 50:
        rows, meta = listing.page(url)
        pages.append(rows)
        urls.append(meta["previous_page_url"])
        url = meta["next_page_url"]
    assert urls[0] is None
    back, url = [], urls[-1]
    while url and len(back) < 50:
        listing.add(2)
        rows, meta = listing.page(url)
        back.append(rows)
        url = meta["previous_page_url"]
    assert back == pages[-2::-1]


def test_a_walk_forth_from_a_walk_back_goes_on(steps: List) -> None:
    """Both kinds of token name places of the same list."""
    made = steps.add(6)[::-1]
    _, meta = steps.page(steps.page(PageSize=2)[1]["next_page_url"])
    rows, back = steps.page(meta["previous_page_url"])
    assert rows == made[:2]
    assert [row for page in steps.walk(back["next_page_url"]) for row in page] == made[2:]


@pytest.mark.parametrize("name", ["v2 flows", "v2 executions", "v1 engagements"])
@pytest.mark.parametrize("rest", [0, 1, 2])
def test_a_walk_goes_on_after_deletions(name: str, rest: int, fake: FakeStudio) -> None:
    """Whether the row that it had reached, or all of them, are gone."""
    rows = List(fake, name)
    made = rows.add(6)
    before, meta = rows.page(PageSize=2)
    assert before == [made[5], made[4]]
    for sid in made[rest:]:
        call(fake, "DELETE", f"{rows.url}/{sid}")
    assert [row for page in rows.walk(meta["next_page_url"]) for row in page] == made[:rest][::-1]


@pytest.mark.parametrize("name", ["v2 flows", "v2 executions"])
def test_a_walk_back_after_deletions_is_answered(name: str, fake: FakeStudio) -> None:
    """With what is left."""
    rows = List(fake, name)
    made = rows.add(4)
    back = rows.page(rows.page(PageSize=2)[1]["next_page_url"])[1]["previous_page_url"]
    call(fake, "DELETE", f"{rows.url}/{made[3]}")
    assert rows.page(back)[0] == [made[2]]
    for sid in made[:3]:
        call(fake, "DELETE", f"{rows.url}/{sid}")
    assert rows.page(back)[0] == []


def test_order_is_that_of_arrival_not_of_dates(fake: FakeStudio) -> None:
    """Steps of one second keep their order, and a late one of an earlier date is the newest."""
    rows = List(fake, "v2 steps")
    same = [fake.add_step(rows.run, date_created="2026-07-31").sid for _ in range(3)]
    late = fake.add_step(rows.run, date_created="2020-01-01").sid
    assert rows.page()[0] == [late, *same[::-1]]
    flow = fake.add_flow()
    runs = [fake.add_execution(flow, date_created=date).sid for date in ("2026-07-31", "2020-01-01", "2026-07-31")]
    assert sids_of(get(fake, f"{flow.url}/Executions")["executions"]) == runs[::-1]


# -- tokens -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def token(steps: List) -> str:
    """The token of the second page of Steps."""
    steps.add(3)
    return str(steps.page(PageSize=1)[1]["next_page_url"].partition("PageToken=")[2])


def test_a_token_is_opaque(token: str, steps: List) -> None:
    """It shows its kind, and no SID or place; it needs no escapes."""
    assert token[:4] == "PTFT"
    assert quote(token) == token
    assert steps.page(PageSize=1, PageToken=token)[0] == steps.page()[0][1:2]


def test_a_token_serves_any_page_size(token: str, steps: List) -> None:
    """The place is the same."""
    assert steps.page(PageSize=2, PageToken=token)[0] == steps.page()[0][1:]


def test_a_changed_token_is_refused(token: str, steps: List) -> None:
    """In whichever character, cut short, made longer, or spelt otherwise."""
    changed = [token[:at] + ("1" if token[at] == "0" else "0") + token[at + 1 :] for at in range(len(token))]
    others = [
        token[:-1],
        token + "0",
        token.upper(),
        token.lower(),
        " " + token,
        "PT",
        "0",
        "PTFT" + "0" * 32,
        "é" * 36,
        "x" * 10**5,
    ]
    others += [
        f"PTFT+{token[5:]}",
        f"PTFT0x{token[6:]}",
        f"PTFT1_{token[6:]}",
        f"PTFT-{token[5:]}",
        "PTFT" + "٣" * 16 + token[20:],
    ]
    for bad in changed + others:
        error = refused(steps.studio, "GET", steps.url, 400, 20001, PageToken=bad)
        expected = "for parameter PageToken: expected the token of a page url of this list, as it came"
        assert error["message"] == f"Invalid value {bad[:80]!r} {expected}"


@pytest.mark.parametrize("name", LISTS)
def test_a_token_of_another_list_is_refused(name: str, token: str, steps: List) -> None:
    """Of another Execution, Flow, kind or version, or of the same path in another account."""
    other = List(steps.studio, name)
    refused(steps.studio, "GET", other.url, 400, 20001, PageToken=token)
    stranger = FakeStudio()
    stranger.add_step(execution_sid=steps.run.sid, flow_sid=steps.flow.sid)
    refused(stranger, "GET", steps.url, 400, 20001, PageToken=token)


# -- filters ----------------------------------------------------------------------------------------------------------

DATES = ["2026-07-30T23:59:59Z", "2026-07-31T00:00:00Z", "2026-07-31T12:00:00Z", "2026-08-01T00:00:00Z"]


@pytest.fixture
def dated(fake: FakeStudio) -> str:
    """The path below a version of a list of four Executions, named by their dates."""
    flow = fake.add_flow()
    for date in DATES:
        fake.add_execution(flow, date_created=date)
    return f"Flows/{flow.sid}/Executions"


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"DateCreatedFrom": "2026-07-31T12:00:00Z"}, DATES[2:]),
        ({"DateCreatedFrom": "2026-07-31T12:00:01Z"}, DATES[3:]),
        ({"DateCreatedTo": "2026-07-31T12:00:00Z"}, DATES[:2]),
        ({"DateCreatedTo": "2026-07-31T12:00:01Z"}, DATES[:3]),
        ({"DateCreatedFrom": "2026-07-31"}, DATES[1:]),
        ({"DateCreatedTo": "2026-07-31"}, DATES[:1]),
        ({"DateCreatedFrom": "2026-07-31", "DateCreatedTo": "2026-08-01"}, DATES[1:3]),
        ({"DateCreatedFrom": "2026-07-31T14:00:00+02:00"}, DATES[2:]),
        ({"DateCreatedFrom": "2026-07-31T05:00:00-07:00"}, DATES[2:]),
        ({"DateCreatedTo": "2026-07-31T14:00:00+0200"}, DATES[:2]),
        ({"DateCreatedFrom": "2026-08-02"}, []),
        ({"DateCreatedFrom": "2026-08-01", "DateCreatedTo": "2026-07-31"}, []),
        ({"DateCreatedFrom": "", "DateCreatedTo": ""}, DATES),
    ],
)
def test_dates_are_inclusive_from_and_exclusive_to(
    version: str, filters: Any, found: list[str], fake: FakeStudio, dated: str
) -> None:
    """With time of day and zone, or as a day alone."""
    rows = get(fake, f"/{version}/{dated}", **filters)["executions"]
    assert [row["date_created"] for row in rows] == found[::-1]


@pytest.mark.parametrize("name", ["DateCreatedFrom", "DateCreatedTo"])
@pytest.mark.parametrize("value", ["yesterday", "2026-02-30", "1785499200", "31/07/2026", "2026-07-31T12:00:00 02:00"])
def test_dates_that_are_none_are_refused(name: str, value: str, fake: FakeStudio, dated: str) -> None:
    """With the name of the parameter."""
    error = refused(fake, "GET", f"/v2/{dated}", 400, 20001, **{name: value})
    assert f"for parameter {name}: expected an ISO 8601 date" in error["message"]


def test_a_raw_plus_is_explained(fake: FakeStudio, dated: str) -> None:
    """It arrives as a blank, which no date has."""
    assert call(fake, "GET", f"/v2/{dated}?DateCreatedFrom=2026-07-31T14:00:00+02:00").status == 400
    assert "encode it as %2B" in fake.calls[-1].why


def test_status_is_a_filter_of_v2(fake: FakeStudio) -> None:
    """In lower case; other words are refused."""
    flow = fake.add_flow()
    active, ended = fake.add_execution(flow).sid, fake.add_execution(flow, status="ended").sid
    url = f"{flow.url}/Executions"
    assert sids_of(get(fake, url, status="active")["executions"]) == [active]
    assert sids_of(get(fake, url, status="ended")["executions"]) == [ended]
    assert "expected one of active, ended" in refused(fake, "GET", url, 400, 20001, status="done")["message"]


def test_filters_stand_in_front_of_every_page_url(fake: FakeStudio) -> None:
    """Escaped, in the documented order, so that each page is filtered alike."""
    flow = fake.add_flow()
    made = [fake.add_execution(flow, status=status).sid for status in ("ended", "active") * 4]
    query = {"DateCreatedFrom": "2020-01-01T00:00:00+00:00", "status": "ended"}
    url = f"{flow.url}/Executions"
    meta = get(fake, url, PageSize=1, **query)["meta"]
    base = f"{url}?status=ended&DateCreatedFrom=2020-01-01T00%3A00%3A00%2B00%3A00&PageSize=1&Page="
    assert meta["url"] == meta["first_page_url"] == f"{base}0"
    assert meta["next_page_url"].startswith(f"{base}1&PageToken=PTFN")
    middle = get(fake, meta["next_page_url"])["meta"]
    assert middle["previous_page_url"].startswith(f"{base}0&PageToken=PTFN")
    assert [sid for page in walk(fake, meta["url"], "executions") for sid in page] == made[::2][::-1]


def test_a_filtered_walk_ends_when_nothing_more_fits(fake: FakeStudio) -> None:
    """Without an empty page at its end."""
    flow = fake.add_flow()
    for status in ("active", "ended", "ended", "active"):
        fake.add_execution(flow, status=status)
    pages = walk(fake, f"{flow.url}/Executions?status=ended&PageSize=1", "executions")
    assert [len(page) for page in pages] == [1, 1]


def test_lists_show_their_own_only(fake: FakeStudio) -> None:
    """Not those of another Flow or Execution."""
    one, two = fake.add_step(), fake.add_step()
    assert sids_of(get(fake, f"{one.execution.flow.url}/Executions")["executions"]) == [one.execution_sid]
    assert sids_of(get(fake, two.execution.links["steps"])["steps"]) == [two.sid]
    post(fake, f"{one.execution.flow.url}/Executions", 201, To=TO, From=FROM)
    assert len(get(fake, f"{two.execution.flow.url}/Executions")["executions"]) == 1
