"""HTTP and Function widgets: what they ask, who answers, and what becomes of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests
import responses
from flow_parts import codes, load, properties_of, split, variables, widget

from pytest_studio import FakeStudio, Request, Response
from pytest_studio.chats.chat import Chat
from pytest_studio.errors import ChatError
from pytest_studio.resources import Flow

pytest.importorskip("liquid")

URL = "https://api.example.com/orders"
JSON = "application/json;charset=utf-8"
FORM = "application/x-www-form-urlencoded;charset=utf-8"


def http(name: str = "ask", **properties: Any) -> dict[str, Any]:
    """An HTTP widget."""
    given = {"method": "GET", "url": URL, "content_type": JSON, **properties}
    return widget(name, "make-http-request", given, success="good", failed="bad")


def function(name: str = "ask", **properties: Any) -> dict[str, Any]:
    """A Function widget."""
    return widget(name, "run-function", {"url": URL, **properties}, success="good", fail="bad")


def with_ends(fake: FakeStudio, *states: dict[str, Any]) -> Flow:
    """A Flow with both ends that the widgets lead to."""
    return load(fake, *states, variables("good"), variables("bad"))


def left(chat: Chat, name: str = "ask") -> dict[str, Any]:
    """What a widget left."""
    found: dict[str, Any] = chat.context["widgets"][name]
    return found


# -- what is asked ---------------------------------------------------------------------------------------------


def asked(fake: FakeStudio, state: dict[str, Any], body: str = "hi", **data: str) -> Request:
    """The request that a widget makes."""
    seen: list[Request] = []
    flow = with_ends(fake, state)
    flow.respond("ask", lambda request: seen.append(request) or 200)  # type: ignore[func-returns-value]
    flow.request(parameters=data)
    return seen[0]


def test_parameters_of_a_request_go_into_its_url(fake: FakeStudio) -> None:
    """Behind those that it has, encoded, in order; values are rendered."""
    parameters = properties_of(("name", "{{flow.data.name}}"), ("q", "a b&c"))
    request = asked(fake, http(url=f"{URL}?page=1", parameters=parameters), name="Ada")
    assert (request.method, request.url) == ("GET", f"{URL}?page=1&name=Ada&q=a+b%26c")
    assert request.body == b""


def test_a_body_is_posted_as_the_widget_says(fake: FakeStudio) -> None:
    """With its content type, and no header of its own."""
    request = asked(fake, http(method="POST", body='{"name": {{flow.data.name | to_json}}}'), name="Ada")
    assert (request.method, request.header("Content-Type")) == ("POST", JSON)
    assert json.loads(request.body) == {"name": "Ada"}
    assert request.header("Authorization") is None


def test_a_get_has_no_body(fake: FakeStudio) -> None:
    """Whatever stands in the widget."""
    request = asked(fake, http(body="left over"))
    assert request.body == b""
    assert request.header("Content-Type") is None


def test_parameters_of_a_function_are_posted(fake: FakeStudio) -> None:
    """As a form."""
    request = asked(fake, function(parameters=properties_of(("name", "{{flow.data.name}}"), ("b", "2"))), name="A b")
    assert (request.method, request.url, request.body) == ("POST", URL, b"name=A+b&b=2")
    assert request.header("Content-Type") == FORM


def test_twilios_credentials_go_to_twilio(fake: FakeStudio) -> None:
    """Those of the account."""
    request = asked(fake, http(url="https://api.twilio.com/x.json", add_twilio_auth=True))
    given = base64.b64encode(f"{fake.account_sid}:{fake.auth_token}".encode()).decode()
    assert request.header("Authorization") == f"Basic {given}"


# -- what is not asked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "properties",
    [
        {"url": "https://example.com.evil.org/", "add_twilio_auth": True},
        {"url": "{{flow.data.nothing}}"},
        {"url": "orders"},
        {"url": "ftp://example.com/"},
        {"parameters": properties_of(("method", "x"))},
        {"parameters": properties_of(("a", "1"), ("", "x"))},
    ],
)
def test_a_request_that_cannot_be_made_fails(properties: dict[str, Any], fake: FakeStudio) -> None:
    """Without one: 81014. Nothing is left."""
    chat = with_ends(fake, http(**properties)).message("hi")
    assert chat.path == ["Trigger", "ask", "bad"]
    assert codes(chat) == [81014]
    assert left(chat) == {}


def test_method_is_reserved_for_requests_only(fake: FakeStudio) -> None:
    """A Function may have a parameter of that name."""
    assert asked(fake, function(parameters=properties_of(("method", "x")))).body == b"method=x"


# -- respond ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "status", "body", "kind"),
    [
        (lambda request: {"url": request.url}, 200, json.dumps({"url": URL}), "application/json"),
        (lambda request: [1], 200, "[1]", "application/json"),
        (lambda request: "sure", 200, "sure", "text/plain"),
        (lambda request: 503, 503, "", "text/plain"),
        (lambda request: (404, {"code": 20404}), 404, '{"code": 20404}', "application/json"),
        (lambda request: Response(201, {"content-type": "text/html"}, b"<p>"), 201, "<p>", "text/html"),
    ],
)
def test_a_callable_answers(given: Any, status: int, body: str, kind: str, fake: FakeStudio) -> None:
    """With JSON, a text, a status, both, or a whole response."""
    flow = with_ends(fake, http())
    flow.respond("ask", given)
    chat = flow.message("hi")
    found = left(chat)
    assert (found["status_code"], found["body"], found["content_type"]) == (status, body, kind)
    assert chat.path[-1] == ("good" if status < 300 else "bad")


@pytest.mark.parametrize("error", [requests.Timeout("slow"), requests.ConnectionError("down"), TimeoutError("slow")])
def test_a_callable_that_has_no_answer_is_a_server_without_one(error: Exception, fake: FakeStudio) -> None:
    """An empty map, and the way of a failure."""

    def answer(request: Request) -> Any:
        raise error

    flow = with_ends(fake, http())
    flow.respond("ask", answer)
    chat = flow.message("hi")
    assert chat.path[-1] == "bad"
    assert left(chat) == {}


def test_a_callable_with_a_fault_is_the_tests_own(fake: FakeStudio) -> None:
    """It is raised as it is."""
    flow = with_ends(fake, http())
    flow.respond("ask", lambda request: request.json()["name"])
    with pytest.raises(AttributeError):
        flow.message("hi")


def test_a_caller_may_hang_up_while_a_server_is_asked(fake: FakeStudio) -> None:
    """The widget takes no notice (81002); those that follow know that nobody is there."""
    gather = widget("key", "gather-input-on-call", {"say": "?"}, keypress=None, speech=None, timeout=None)
    flow = load(fake, http() | {"transitions": [{"event": "success", "next": "key"}, {"event": "failed"}]}, gather)

    def answer(request: Request) -> int:
        flow.chats[-1].hang_up()
        return 200

    flow.respond("ask", answer)
    chat = flow.call()
    assert chat.situation.hung_up
    assert codes(chat) == [81002]
    assert chat.path == ["Trigger", "ask", "key"]
    assert chat.spoken == []


def test_a_widget_that_was_ended_while_it_asked_does_not_end_again(fake: FakeStudio) -> None:
    """Whatever the answer: the chat has gone on."""
    wait = widget("wait", "send-and-wait-for-reply", {"from": "{{flow.channel.address}}", "body": "?"})
    flow = load(fake, http() | {"transitions": [{"event": "success"}, {"event": "failed", "next": "wait"}]}, wait)

    def answer(request: Request) -> int:
        flow.chats[-1].meet("failed")
        return 200

    flow.respond("ask", answer)
    chat = flow.message("hi")
    assert [(visit.widget, visit.event) for visit in chat.visits[1:]] == [("ask", "failed")]
    assert chat.waiting_at == "wait"


def test_answers_queue(fake: FakeStudio) -> None:
    """In their order, each as often as it says."""
    flow = load(fake, http() | {"transitions": [{"event": "success"}, {"event": "failed", "next": "ask"}]})
    flow.respond("ask", 500, times=2)
    flow.respond("ask", json={"a": 1})
    chat = flow.message("hi")
    assert [visit.event for visit in chat.visits[1:]] == ["failed", "failed", "success"]
    assert left(chat)["parsed"] == {"a": 1}


def test_an_outcome_goes_before_an_answer(fake: FakeStudio) -> None:
    """Nothing is asked then."""
    flow = with_ends(fake, http())
    flow.respond("ask", json={"a": 1})
    flow.outcome("ask", "failed")
    assert flow.message("hi").path[-1] == "bad"
    assert flow.message("hi").path[-1] == "good"


def test_an_outcome_of_success_leaves_an_answer(fake: FakeStudio) -> None:
    """With what the test wants it to leave."""
    flow = with_ends(fake, http())
    flow.outcome("ask", "success", {"parsed": {"a": 1}})
    found = left(flow.message("hi"))
    assert found == {
        "body": '{"a": 1}',
        "content_type": "application/json",
        "parsed": {"a": 1},
        "status_code": 200,
    }


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"status": 99}, ValueError),
        ({"status": True}, ValueError),
        ({"status": 200, "json": {}, "body": ""}, TypeError),
        ({"status": lambda request: 200, "json": {}}, TypeError),
        ({"status": 200, "json": object()}, TypeError),
        ({"status": 200, "times": 0}, ValueError),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    arguments: dict[str, Any], error: type[Exception], fake: FakeStudio
) -> None:
    """When it is told, not when it is needed."""
    flow = with_ends(fake, http())
    with pytest.raises(error):
        flow.respond("ask", **arguments)


def test_only_what_asks_can_be_answered(fake: FakeStudio) -> None:
    """And only what there is; the nearest is named."""
    flow = with_ends(fake, http())
    with pytest.raises(ValueError, match="makes no request; outcome"):
        flow.respond("good")
    with pytest.raises(ValueError, match="did you mean 'ask'"):
        flow.respond("aks")


# -- parsed ----------------------------------------------------------------------------------------------------


def twice(fake: FakeStudio, state: dict[str, Any]) -> Flow:
    """A Flow whose widget runs twice in a round."""
    again = split("again", "{{flow.variables.n}}", no_match="good")
    count = variables("good", "over", n="{{flow.variables.n}}x")
    over = split("over", "{{flow.variables.n}}", no_match="ask")
    over["transitions"].append(
        {
            "event": "match",
            "conditions": [
                {"friendly_name": "", "type": "equal_to", "value": "xx", "arguments": ["{{flow.variables.n}}"]}
            ],
        }
    )
    return load(fake, state, count, over, again, variables("bad", "good"))


@pytest.mark.parametrize(
    ("second", "parsed"),
    [
        ({"json": {"b": 3, "c": 4}}, {"a": 1, "b": 3, "c": 4}),
        ({"body": "sorry"}, {"a": 1, "b": 2}),
        ({"json": [1]}, {"a": 1, "b": 2}),
        ({"status": 500, "json": {"e": 5}}, {"a": 1, "b": 2, "e": 5}),
    ],
)
def test_what_a_function_parsed_grows_from_run_to_run(
    second: dict[str, Any], parsed: dict[str, Any], fake: FakeStudio
) -> None:
    """And stays where the later answer is no JSON object; all else is replaced."""
    flow = twice(fake, function())
    flow.respond("ask", json={"a": 1, "b": 2})
    flow.respond("ask", **second)
    found = left(flow.message("hi"))
    assert found["parsed"] == parsed
    assert found["status_code"] == second.get("status", 200)


def test_what_a_request_parsed_is_replaced(fake: FakeStudio) -> None:
    """Only of Functions it is documented."""
    flow = twice(fake, http())
    flow.respond("ask", json={"a": 1})
    flow.respond("ask", body="no")
    assert "parsed" not in left(flow.message("hi"))


@pytest.mark.parametrize("body", ['{"a": NaN}', '{"a": 1e999}', "[1]", "{"])
def test_what_is_no_json_object_is_not_parsed(body: str, fake: FakeStudio) -> None:
    """Nor what could not be written again, in an answer of the API."""
    flow = with_ends(fake, http())
    flow.respond("ask", body=body, content_type="application/json")
    assert left(flow.message("hi")) == {"body": body, "content_type": "application/json", "status_code": 200}


# -- mocks and servers -----------------------------------------------------------------------------------------


def test_the_tests_own_mocks_answer(studio: FakeStudio) -> None:
    """With ``responses``."""
    flow = with_ends(studio, http(parameters=properties_of(("name", "Ada"))))
    with responses.RequestsMock() as mocks:
        matcher = responses.matchers.query_param_matcher({"name": "Ada"})
        mocks.get(URL, json={"a": 1}, match=[matcher])
        chat = flow.message("hi")
    assert left(chat)["parsed"] == {"a": 1}


def test_a_function_is_mocked_the_same_way(studio: FakeStudio) -> None:
    """It is a POST of a form."""
    flow = with_ends(studio, function(parameters=properties_of(("name", "Ada"))))
    with responses.RequestsMock() as mocks:
        mocks.post(URL, json={"a": 1}, match=[responses.matchers.urlencoded_params_matcher({"name": "Ada"})])
        chat = flow.message("hi")
    assert chat.path[-1] == "good"


@pytest.mark.parametrize("error", [requests.ConnectionError("down"), requests.Timeout("slow"), requests.ReadTimeout()])
def test_a_mock_that_raises_is_a_server_that_fails(error: Exception, studio: FakeStudio) -> None:
    """By Studio's rules: failed, and an empty map; no error of the test."""
    flow = with_ends(studio, http())
    with responses.RequestsMock() as mocks:
        mocks.get(URL, body=error)
        chat = flow.message("hi")
    assert chat.path[-1] == "bad"
    assert left(chat) == {}


@pytest.mark.parametrize(("make", "end"), [(http, "good"), (function, "good")])
def test_redirects_are_followed(make: Any, end: str, studio: FakeStudio) -> None:
    """To the answer behind them."""
    flow = with_ends(studio, make())
    with responses.RequestsMock() as mocks:
        mocks.add("GET" if make is http else "POST", URL, status=302, headers={"Location": f"{URL}/new"})
        mocks.get(f"{URL}/new", json={"a": 1})
        chat = flow.message("hi")
    assert chat.path[-1] == end
    assert left(chat)["status_code"] == 200


@pytest.mark.parametrize(("make", "end"), [(http, "bad"), (function, "good")])
def test_a_status_of_3xx_is_success_for_functions_only(make: Any, end: str, studio: FakeStudio) -> None:
    """Where there is nothing to follow."""
    flow = with_ends(studio, make())
    with responses.RequestsMock() as mocks:
        mocks.add("GET" if make is http else "POST", URL, status=304)
        assert flow.message("hi").path[-1] == end


def test_an_answer_over_64_kb_fails(studio: FakeStudio) -> None:
    """And leaves an empty map."""
    flow = with_ends(studio, http())
    for size, end in ((65_536, "good"), (65_537, "bad")):
        with responses.RequestsMock() as mocks:
            mocks.get(URL, body="x" * size)
            chat = flow.message("hi")
        assert chat.path[-1] == end
        assert bool(left(chat)) is (end == "good")


def test_a_live_server_answers(server: str, studio: FakeStudio) -> None:
    """On this machine."""
    chat = with_ends(studio, http(url=server)).message("hi")
    assert left(chat) == {"body": "ok", "content_type": "text/plain", "status_code": 200}


def test_a_server_that_is_down_is_a_failure(studio: FakeStudio) -> None:
    """Nothing listens at port 1 of this machine."""
    chat = with_ends(studio, http(url="http://127.0.0.1:1/")).message("hi")
    assert chat.path[-1] == "bad"


def test_a_request_that_nobody_answers_is_an_error_that_says_so(studio: FakeStudio) -> None:
    """Widget, method, url, what to do, and the path so far; nothing leaves this machine."""
    flow = with_ends(studio, http(method="POST", parameters=properties_of(("a", "1"))))
    with pytest.raises(ChatError) as raised:
        flow.message("hi")
    told = str(raised.value)
    assert f"'ask' (make-http-request) asks POST {URL}?a=1" in told
    assert "flow.respond('ask'" in told
    assert "responses" in told
    assert "path so far: Trigger (waits at ask)" in told


def test_a_mock_for_another_url_does_not_help(studio: FakeStudio) -> None:
    """The error names the mocks that there are: one was meant, perhaps."""
    flow = with_ends(studio, http())
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocks:
        mocks.get(f"{URL}/else")
        with pytest.raises(ChatError, match="nothing answers for it") as raised:
            flow.message("hi")
    assert f"\n  - GET {URL}/else URL does not match\n" in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_function_without_a_url_is_an_error_that_says_so(studio: FakeStudio) -> None:
    """Its Flow was exported where the Function was not deployed."""
    with pytest.raises(ChatError, match=r"asks POST \(an empty url\)"):
        with_ends(studio, function(url="{{flow.data.url}}")).message("hi")


def test_the_api_itself_can_be_asked(studio: FakeStudio) -> None:
    """A Flow may start another: Studio's own host is answered by the studio."""
    other = load(studio, variables("hello"))
    url = f"https://studio.twilio.com/v2/Flows/{other.sid}/Executions"
    body = "To=%2B15550100005&From=%2B15550100006"
    state = http(method="POST", url=url, body=body, content_type=FORM, add_twilio_auth=True)
    chat = with_ends(studio, state).message("hi")
    assert left(chat)["status_code"] == 201
    assert [run.path for run in other.chats] == [["Trigger", "hello"]]
