"""From what recorders write to exchanges: VCR of Python and of Ruby, betamax, HAR, and payloads by themselves."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pytest_studio import cloudevents, schemas
from pytest_studio.operations import match
from pytest_studio.recordings.bodies import Packed, recorded, unpacked
from pytest_studio.recordings.exchange import Exchange, Headers, Item, Unreadable
from pytest_studio.recordings.placeholders import stand_in
from pytest_studio.wire import is_studio_host, split_url

__all__ = ["exchange_in", "is_definition", "is_dump", "plain_url", "schema_of"]

#: A dump of a studio has this key; its value is the version of the form.
DUMP = "pytest-studio"
#: The parts of a url in the oldest cassettes of vcrpy.
_URL_PARTS = ("protocol", "host", "port", "path")
_ENVELOPE = ("status_code", "body", "content", "json", "payload", "headers")
_WRITTEN = ("interactions", "http_interactions", "entries")


def exchange_in(item: Item, entry: int) -> Exchange | None:
    """The exchange that a piece of a file holds; None if it is nothing of HTTP.

    Raises:
        Unreadable: it should be one, and something in it is of a wrong type.
    """
    value = item.value
    try:
        if isinstance(value, dict):
            if isinstance(value.get("request"), dict) and "response" in value:
                return _recorded(value["request"], value["response"], item, entry)
            if isinstance(value.get("method"), str) and ("url" in value or "uri" in value):
                return _recorded(value, value, item, entry)
        if item.place in _WRITTEN:
            raise ValueError(f"a request and a response belong here, not {_kind(value)}")
        return _payload(value, item, entry)
    except RecursionError:
        raise Unreadable("it is nested too deeply", item.line, entry) from None
    except ValueError as error:
        raise Unreadable(str(error), item.line, entry) from None


def _recorded(request: dict[str, Any], response: Any, item: Item, entry: int) -> Exchange:
    flat = request is response
    method = _text(request.get("method", "GET"), "the request's method").lstrip(":").upper()
    url = _url(request)
    sent_headers = _headers({} if flat else request.get("headers"), "the request's headers")
    post = request.get("postData")
    sent = recorded(None if flat else post if post is not None else request.get("body"))
    if isinstance(post, dict) and not sent and isinstance(post.get("params"), list):
        sent = "&".join(f"{p.get('name', '')}={p.get('value', '')}" for p in post["params"] if isinstance(p, dict))
    if not isinstance(response, dict):
        raise ValueError(f"the response is an object, not {_kind(response)}")
    if not flat and not any(key in response for key in _ENVELOPE) and not isinstance(response.get("status"), dict):
        found = _payload(response, item, entry)
        if found is not None:
            return found._replace(method=method, url=url or found.url, sent=sent, request_headers=sent_headers)
    status = _status(response)
    headers = _headers(response.get("headers"), "the response's headers")
    body = next((response[key] for key in ("body", "content", "json", "payload") if key in response), None)
    body = recorded(body)
    made = Exchange(entry, item.line, method, url, status, body, sent, sent_headers, headers)
    try:
        return made._replace(body=unpacked(body, headers))
    except Packed as error:
        return made._replace(unchecked=str(error)) if error.missing else made._replace(problem=str(error))


def _url(request: dict[str, Any]) -> str:
    for key in ("uri", "url"):
        if request.get(key) is not None:
            return _text(request[key], f"the request's {key}")
    if "host" in request and "path" in request:
        protocol, host, port, path = (request.get(part) for part in _URL_PARTS)
        at = "" if port in (None, 80, 443, "80", "443") else f":{port}"
        return f"{protocol or 'https'}://{host}{at}{path}"
    raise ValueError("the request has no uri")


def _text(value: Any, what: str) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise ValueError(f"{what} is a text, not {_kind(value)}")
    return value


def _status(response: dict[str, Any]) -> int:
    status = response.get("status", response.get("status_code", response.get("code")))
    if isinstance(status, dict):
        status = status.get("code", status.get("status"))
    if isinstance(status, str) and status[:3].isascii() and status[:3].isdigit():
        status = int(status[:3])
    if status is None and "status" not in response:
        return 200
    if isinstance(status, bool) or not isinstance(status, int):
        raise ValueError(f"the response's status is a number, not {_kind(status)}")
    return status


def _headers(value: Any, what: str) -> Headers:
    """Headers as recorders write them: by name, with one value or several; as pairs; as name and value of HAR."""
    if value is None:
        return []
    pairs: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        for header in value:
            if isinstance(header, dict) and "name" in header:
                pairs.append((header["name"], header.get("value")))
            elif isinstance(header, (list, tuple)) and len(header) == 2:
                pairs.append((header[0], header[1]))
            elif isinstance(header, (str, bytes)):
                name, _, rest = _text(header, what).partition(":")
                pairs.append((name, rest.strip()))
            else:
                raise ValueError(f"{what} are names and values, not {_kind(header)}")
    else:
        raise ValueError(f"{what} are names and values, not {_kind(value)}")
    return [
        (_text(name, what), one.decode("latin-1") if isinstance(one, bytes) else str(one))
        for name, values in pairs
        for one in (values if isinstance(values, list) else [values])
        if one is not None
    ]


def _kind(value: Any) -> str:
    names = {type(None): "nothing", bool: "true or false", int: "a number", float: "a number", str: "a text",
             bytes: "bytes", list: "a list", dict: "an object"}  # fmt: skip
    return names.get(type(value), type(value).__name__)


def is_dump(item: Item) -> bool:
    """Whether a piece of a file is a whole studio, which ``FakeStudio.dump`` wrote and ``load`` reads."""
    return isinstance(item.value, dict) and DUMP in item.value


def is_definition(item: Item) -> bool:
    """Whether a piece of a file is a Flow Definition, or a Flow as twilio-cli prints it: no payload of Studio's."""
    value = item.value
    if isinstance(value, dict) and "friendlyName" in value:
        value = value.get("definition")
    return isinstance(value, dict) and {"states", "initial_state"} <= value.keys()


# -- payloads by themselves -----------------------------------------------------------------------------------


def _payload(payload: Any, item: Item, entry: int) -> Exchange | None:
    """A payload as the answer to the GET that its own url names; by its shape, where it has no url."""
    if not isinstance(payload, dict) or DUMP in payload:
        return None
    if _is_event(payload):
        return Exchange(entry, item.line, "", "", 200, payload, schema=cloudevents.schema_of(payload["type"]))
    meta = payload.get("meta")
    url = payload.get("url")
    if not isinstance(url, str):
        url = meta.get("url") if isinstance(meta, dict) else None
    if isinstance(url, str) and "://" in url:
        plain = plain_url(url)
        if not is_studio_host(split_url(plain)[0]):
            return Exchange(entry, item.line, "GET", url, 200, payload) if split_url(plain)[0] else None
        if match("GET", split_url(plain)[1]) is not None:
            return Exchange(entry, item.line, "GET", url, 200, payload)
    schema = schema_of(payload)
    if schema is None:
        return None
    status = payload.get("status") if schema == "error" else 200
    status = status if isinstance(status, int) and not isinstance(status, bool) else 400
    return Exchange(entry, item.line, "", url if isinstance(url, str) else "", status, payload, schema=schema)


def _is_event(payload: dict[str, Any]) -> bool:
    """Whether this is a CloudEvent that tells of Studio."""
    type_ = payload.get("type")
    return (
        isinstance(type_, str)
        and type_.startswith(cloudevents.PREFIX)
        and bool({"specversion", "data"} & payload.keys())
    )


def plain_url(url: str) -> str:
    """A url with something believable for its placeholders, some of which would be read as ``?`` or ``#``."""
    return stand_in(url) or url


def schema_of(payload: Any) -> str | None:
    """The schema that fits a payload by its shape alone; None if none does."""
    if not isinstance(payload, dict):
        return None
    if payload.keys() == {"valid"}:
        return "v2/flow_validate"
    if {"code", "message"} <= payload.keys() and {"status", "more_info"} & payload.keys() and "sid" not in payload:
        return "error"
    meta = payload.get("meta")
    if isinstance(meta, dict):
        key = meta.get("key") if isinstance(meta.get("key"), str) else None
        key = key or next((name for name in _PAGES if isinstance(payload.get(name), list)), "")
        rows = payload.get(key)
        row = schema_of(rows[0]) if isinstance(rows, list) and rows else None
        name = f"{row}_page" if row else _PAGES.get(key)
        return name if name in schemas.names() else _PAGES.get(key)
    best, fit = None, 0.0
    version = "v1/" if '"https://studio.twilio.com/v1/' in json.dumps(payload.get("links", "")) else "v2/"
    for name, properties in _shapes().items():
        shared = len(properties & payload.keys())
        score = shared / len(properties | payload.keys()) + (0.01 if name.startswith(version) else 0)
        if shared >= 3 and score > fit:
            best, fit = name, score
    return best if fit >= 0.6 else None


#: The list of a page -> the schema of the page, where its rows do not tell.
_PAGES = {
    "flows": "v2/flow_page",
    "executions": "v2/execution_page",
    "engagements": "v1/engagement_page",
    "revisions": "v2/flow_revision_page",
    "steps": "v2/execution_step_page",
}


@cache
def _shapes() -> dict[str, frozenset[str]]:
    """Schema -> its properties, of the resources."""
    return {
        name: frozenset(schemas.load(name)["properties"])
        for name in schemas.names()
        if name.startswith(("v1/", "v2/")) and not name.endswith(("_page", "_validate"))
    }
