"""The forms of recordings, and what is said of files that are none."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest
from recorded import FLOWS, SAMPLES, cassette, entry, flow

from pytest_studio.client_responses import parsed
from pytest_studio.recordings import json_stream, reading
from pytest_studio.recordings.exchange import Exchange, Unreadable


def read(text: str | bytes, name: str = "") -> list[Exchange]:
    """The exchanges of a file with this content."""
    raw = text.encode() if isinstance(text, str) else text
    file = io.BufferedReader(io.BytesIO(raw))  # type: ignore[arg-type]
    return list(reading.exchanges(reading.items_of(file, name)))


def sample(name: str) -> list[Exchange]:
    """The exchanges of a file in the samples."""
    with reading.opened(str(SAMPLES / name)) as file:
        return list(reading.exchanges(reading.items_of(file, name)))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["vcrpy.yaml", "vcrpy.json", "browser.har", "no suffix"])
def test_utf_16_is_read_as_what_it_is(name: str, encoding: str) -> None:
    """As a shell of Windows writes it: with a byte order mark; in pieces, too."""
    text = (SAMPLES / name.replace("no suffix", "vcrpy.json")).read_text(encoding="utf-8")
    text = text.replace("{", "{" + " " * json_stream.CHUNK, 1) if name == "vcrpy.json" else text
    assert read(("\ufeff" + text).encode(encoding), name) == read(text, name)


def test_utf_16_that_is_none_is_said() -> None:
    """By its name, which is not UTF-8."""
    with pytest.raises(Unreadable, match="no UTF-16: truncated"):
        read(b"\xff\xfe" + '{"a": 1}'.encode("utf-16-le")[:-1], "a.json")


@pytest.mark.parametrize(
    ("name", "methods", "statuses"),
    [
        ("vcrpy.yaml", ["GET"] * 4, [200] * 4),
        ("vcrpy.json", ["GET"] * 3, [200] * 3),
        ("ruby_vcr.yml", ["GET"] * 3, [200] * 3),
        ("browser.har", ["GET"] * 2, [200] * 2),
        ("payloads.json", ["GET"] * 3, [200] * 3),
    ],
)
def test_each_form_is_read(name: str, methods: list[str], statuses: list[int]) -> None:
    """Cassettes of Python and Ruby, HAR files, payloads: method, url, status and a body of JSON."""
    found = sample(name)
    assert [exchange.method for exchange in found] == methods
    assert [exchange.status for exchange in found] == statuses
    assert all(exchange.url.startswith("https://") for exchange in found)
    assert all(isinstance(parsed(exchange.body), dict) for exchange in found)
    assert [exchange.entry for exchange in found] == list(range(1, len(found) + 1))


def test_lines_are_those_of_the_file() -> None:
    """An entry's line is the one on which it begins."""
    lines = (SAMPLES / "vcrpy.yaml").read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines, 1) if line.startswith("- request:")]
    assert [exchange.line for exchange in sample("vcrpy.yaml")] == starts
    lines = (SAMPLES / "browser.har").read_text(encoding="utf-8").splitlines()
    starts = [number - 1 for number, line in enumerate(lines, 1) if "startedDateTime" in line]
    assert [exchange.line for exchange in sample("browser.har")] == starts


@pytest.mark.parametrize("chunk", [1, 7, 64, 1 << 18])
def test_json_is_the_same_whatever_is_read_at_a_time(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, escapes and numbers may be cut anywhere."""
    monkeypatch.setattr(json_stream, "CHUNK", chunk)
    value = {"a": [1, -2.5e10, 'é\\n"\u2028😀', None, True], "b": {"c": 12345678}}
    text = json.dumps(value) + "\n" + json.dumps([value, 12345678], ensure_ascii=False)
    found = [item.value for item in json_stream.items(io.BytesIO(text.encode()))]
    assert found == [value, value, 12345678]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"request": {"method": "get", "url": FLOWS}, "response": {"status": 404, "body": {"code": 20404}}}),
        json.dumps({"method": "GET", "url": FLOWS, "status": "404 Not Found", "body": '{"code": 20404}'}),
        json.dumps([{"request": {"protocol": "https", "host": "studio.twilio.com", "port": 443, "path": "/v2/Flows",
                                 "method": "GET", "headers": {}},
                     "response": {"status": {"code": 404}, "body": {"string": '{"code": 20404}'}, "headers": []}}]),
        json.dumps({"http_interactions": [{"request": {"method": "get", "uri": FLOWS},
                                           "response": {"status": {"code": 404}, "body": {"encoding": "UTF-8",
                                                        "base64_string": "eyJjb2RlIjogMjA0MDR9\n"}}}]}),
        json.dumps({"interactions": [{"request": {"method": "GET", "uri": FLOWS},
                                      "response": {"status_code": 404, "content": '{"code": 20404}'}}]}),
        "- request: !ruby/struct:VCR::Request\n    method: :get\n    uri: " + FLOWS
        + '\n  response: !ruby/struct:VCR::Response\n    status: {code: 404}\n    body: "{\\"code\\": 20404}"\n',
    ],
    ids=["wrapper", "flat", "vcrpy 0", "betamax", "vcrpy and httpx", "VCR 1"],
)  # fmt: skip
def test_older_and_simpler_forms_are_read(text: str) -> None:
    """They say the same in other words."""
    (found,) = read(text)
    assert (found.method, found.url, found.status, parsed(found.body)) == ("GET", FLOWS, 404, {"code": 20404})


def test_lines_of_json_are_read() -> None:
    """Each line is a payload."""
    found = read(json.dumps(flow()) + "\n" + json.dumps(flow(revision=2)) + "\n")
    assert [exchange.body["revision"] for exchange in found] == [1, 2]


def deflate(body: bytes) -> bytes:
    """Deflate without the header that the standard wants, as some servers send it."""
    machine = zlib.compressobj(wbits=-15)
    return machine.compress(body) + machine.flush()


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", deflate),
        ("deflate, gzip", lambda body: gzip.compress(zlib.compress(body))),
        ("gzip", bytes),  # unpacked by the recorder, which left the header
        ("br", bytes),
        ("identity", bytes),
    ],
)
def test_packed_bodies_are_unpacked(encoding: str, pack: Any) -> None:
    """By their Content-Encoding, unless the recorder has done it already."""
    yaml = pytest.importorskip("yaml")
    body = pack(json.dumps(flow()).encode())
    text = yaml.dump({"interactions": [entry(body, response_headers={"Content-Encoding": [encoding]})], "version": 1})
    (found,) = read(text)
    assert found.problem is None
    assert found.unchecked is None
    assert parsed(found.body) == flow()


def test_a_packed_body_that_was_taken_for_text_is_unpacked() -> None:
    """Recorders that write JSON have no other way to keep bytes."""
    body = gzip.compress(json.dumps(flow()).encode()).decode("latin-1")
    (found,) = read(cassette(entry(body, response_headers={"content-encoding": "gzip"})))
    assert parsed(found.body) == flow()


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("gzip", gzip.compress(b"x" * 5000)[:-20], "breaks off"),
        ("gzip", b"\x1f\x8b\xff\xff\xff\xff", "cannot be unpacked"),
        ("gzip", gzip.compress(bytes(1 << 26)), "more than 16 MB"),
    ],
    ids=["cut", "broken", "bomb"],
)
def test_a_body_that_cannot_be_unpacked_is_said(encoding: str, body: bytes, words: str) -> None:
    """It is a fault of that exchange, not of the file."""
    yaml = pytest.importorskip("yaml")
    text = yaml.dump({"interactions": [entry(body, response_headers={"Content-Encoding": [encoding]})], "version": 1})
    (found,) = read(text)
    assert words in str(found.problem)


@pytest.mark.parametrize(
    ("encoding", "library", "pack"),
    [
        ("br", "brotli", lambda library, body: library.compress(body, quality=5)),
        ("br", "brotlicffi", lambda library, body: library.compress(body, quality=5)),
        ("zstd", "zstandard", lambda library, body: library.ZstdCompressor().compress(body)),
        ("zstd", "compression.zstd", lambda library, body: library.compress(body)),
    ],
)
def test_a_body_of_gigabytes_is_not_unpacked_whichever_way_it_is_packed(
    encoding: str, library: str, pack: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small one is."""
    from pytest_studio.recordings import bodies

    module = pytest.importorskip(library)
    monkeypatch.setattr(bodies, "_first", lambda *names: module)
    headers = [("Content-Encoding", encoding)]
    assert bodies.unpacked(pack(module, b'{"a": 1}' * 500), headers) == b'{"a": 1}' * 500
    with pytest.raises(bodies.Packed, match="more than 16 MB"):
        bodies.unpacked(pack(module, b" " * (1 << 25)), headers)


def test_a_body_for_which_a_library_is_missing_is_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names what to install."""
    yaml = pytest.importorskip("yaml")
    from pytest_studio.recordings import bodies

    monkeypatch.setattr(bodies, "_first", lambda *names: None)
    for encoding, body, package in (
        ("br", b"\x0b\x02\x80{}\x03", "brotli"),
        ("zstd", b"\x28\xb5\x2f\xfd\x00", "zstandard"),
    ):
        text = yaml.dump({"interactions": [entry(body, response_headers={"Content-Encoding": [encoding]})]})
        (found,) = read(text)
        assert found.problem is None
        assert f"pip install {package}" in str(found.unchecked)


def test_a_body_of_another_charset_is_read() -> None:
    """As its Content-Type says."""
    yaml = pytest.importorskip("yaml")
    body = json.dumps(flow(friendly_name="Zoë"), ensure_ascii=False).encode("latin-1")
    kind = {"Content-Type": ["application/json; charset=ISO-8859-1"]}
    (found,) = read(yaml.dump({"interactions": [entry(body, response_headers=kind)]}))
    assert parsed(found.body)["friendly_name"] == "Zoë"


LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (" \n\n", "empty"),
        ('{"interactions": [{"request": {', "ends in the middle"),
        (cassette(entry(flow()))[:300], "ends in the middle"),
        (cassette(entry(flow()))[:-1], "but it ends"),
        ('{"interactions": [{}, ]}', "line 1"),
        ('{"interactions": []} nonsense', "no JSON"),
        ('[{"a": NaN}]', "Python's"),
        (b'{"a": "\xff"}', "no UTF-8"),
        ("[" * 100_000, "nested too deeply"),
        ("interactions:\n- request: {a: 1\n", "line"),
        ("interactions:\n- a\n - b\n", "request and a response"),
        (b"interactions: \xff\xfe\n", "no YAML"),
        ("interactions:\n- &a [*a]\n", "alias"),
        ("interactions:\n- *nobody\n", "alias"),
        (LAUGHS, "aliases stand for more"),
        ("- " + "[" * 5_000, "nested more than"),
        ("a: !!binary '***'\n", "base64"),
        ("\x00", "no YAML"),
    ],
)
def test_what_cannot_be_read_is_said(text: str | bytes, words: str) -> None:
    """Truncated, hostile, or nothing at all: an error, no hang and no other exception."""
    with pytest.raises(Unreadable, match=words):
        read(text)


@pytest.mark.parametrize(
    "change",
    [
        {"request": 5},
        {"request": {"method": 5, "uri": FLOWS}},
        {"request": {"method": "GET"}},
        {"request": {"method": "GET", "uri": [FLOWS]}},
        {"request": {"method": "GET", "uri": FLOWS, "headers": 5}},
        {"request": {"method": "GET", "uri": FLOWS, "headers": [5]}},
        {"response": None},
        {"response": "200"},
        {"response": {"status": "many", "body": ""}},
        {"response": {"status": {"code": True}, "body": ""}},
        {"response": {"status": 200, "headers": "x", "body": ""}},
        {"response": {"status": 200, "body": {"base64_string": "%"}}},
    ],
)
def test_wrong_types_are_told_with_entry_and_line(change: dict[str, Any]) -> None:
    """Whatever stands where."""
    text = cassette(entry(flow()), {**entry(flow()), **change})
    with pytest.raises(Unreadable, match="entry 2") as caught:
        read(text)
    assert caught.value.line == 1


def test_yaml_makes_no_objects() -> None:
    """A tag of Python's is plain data."""
    text = "interactions:\n- request: !!python/object/apply:os.system ['false']\n  response: {}\n"
    with pytest.raises(Unreadable, match="a request and a response belong here"):
        read(text)


def test_yaml_is_read_without_its_compiled_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML has it in its wheels only."""
    yaml = pytest.importorskip("yaml")
    with_it = sample("vcrpy.yaml")
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert sample("vcrpy.yaml") == with_it
    with pytest.raises(Unreadable, match="line 3"):
        read("a: 1\nb: [1\n")


@pytest.mark.parametrize("payload", [{"name": "x"}, {}, 5, "text", None, [1]])
def test_what_is_no_payload_of_studio_is_passed_over(payload: Any) -> None:
    """A folder may hold other JSON, too."""
    assert read(json.dumps(payload)) == []


@pytest.mark.parametrize(
    ("payload", "schema"),
    [
        ({"valid": True}, "v2/flow_validate"),
        ({"code": 20404, "message": "x", "more_info": "y", "status": 404}, "error"),
        ({name: value for name, value in flow().items() if name not in ("url", "links")}, "v2/flow"),
        ({"meta": {"key": "flows"}, "flows": [flow()]}, "v2/flow_page"),
        ({"meta": {"key": "steps"}, "steps": []}, "v2/execution_step_page"),
        ({**flow(), "url": "<URL>"}, "v2/flow"),
    ],
)
def test_a_payload_without_a_url_is_known_by_its_shape(payload: dict[str, Any], schema: str) -> None:
    """The schema that most of its properties fit."""
    (found,) = read(json.dumps(payload))
    assert found.schema == schema


def test_files_folders_and_globs_are_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In order; hidden folders and other files are left out."""
    for name in ("b.yaml", "a.json", "sub/c.har", ".git/d.json", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    monkeypatch.chdir(tmp_path)
    assert reading.files(["."]) == ["./a.json", "./b.yaml", "./sub/c.har"]
    assert reading.files(["b.yaml", "*.json", "b.yaml", "-"]) == ["b.yaml", "a.json", "-"]
    assert reading.files(["**/*.har", "e.txt"]) == ["sub/c.har", "e.txt"]
    for missing in ("nope", "*.nope"):
        with pytest.raises(ValueError, match="nope"):
            reading.files([missing])


def test_a_pipe_is_a_file_like_others(tmp_path: Path) -> None:
    """As a shell hands one over with ``<(…)``."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no named pipes")
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    assert reading.files([pipe]) == [pipe]


def test_a_file_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """With the system's reason; a folder is none, and standard input may be absent."""
    with pytest.raises(Unreadable, match="it cannot be read: Is a directory"):
        reading.opened(str(tmp_path))
    with pytest.raises(Unreadable, match="there is no standard input"):
        reading.opened(reading.STDIN)


def test_a_file_that_fails_while_it_is_read_is_said() -> None:
    """As of a disk that goes away."""

    class Failing(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            raise OSError(5, "Input/output error")

    with pytest.raises(Unreadable, match="it cannot be read: Input/output error"):
        list(reading.items_of(io.BufferedReader(Failing()), "a.json"))


def test_a_file_that_begins_with_pages_of_nothing_is_said() -> None:
    """What comes after them is not guessed at."""
    with pytest.raises(Unreadable, match="too much white space"):
        read(" " * (1 << 20) + "{}")


def test_records_of_a_json_sequence_are_read() -> None:
    """Each begins with a record separator, as in RFC 7464; lines may end with commas, too."""
    payload = json.dumps(flow())
    assert len(read(f"\x1e{payload}\n\x1e{payload}\n")) == 2
    assert len(read(f"{payload},\n{payload},\n")) == 2


def test_a_har_file_in_yaml_is_read() -> None:
    """Its entries stand under ``log``, beside what is passed over."""
    yaml = pytest.importorskip("yaml")
    har = json.loads((SAMPLES / "browser.har").read_text(encoding="utf-8"))
    assert [found.url for found in read(yaml.safe_dump(har))] == [found.url for found in sample("browser.har")]


def test_a_payload_in_yaml_is_read() -> None:
    """By itself, as in JSON."""
    yaml = pytest.importorskip("yaml")
    (found,) = read(yaml.safe_dump(flow()))
    assert (found.url, found.body) == (flow()["url"], flow())


def test_yaml_of_no_known_encoding_is_said_without_the_compiled_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other parser finds it a step earlier."""
    yaml = pytest.importorskip("yaml")
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    with pytest.raises(Unreadable, match="no YAML"):
        read(b"a: \x01\n")


@pytest.mark.parametrize(
    ("response", "status", "headers"),
    [
        (flow(), 200, []),
        ({"body": json.dumps(flow())}, 200, []),
        ({"status": 201, "headers": [["X-A", "1"], ["X-B", "2"]], "body": "{}"}, 201, [("X-A", "1"), ("X-B", "2")]),
        ({"status": 200, "headers": ["X-A: 1", "X-B:2"], "body": "{}"}, 200, [("X-A", "1"), ("X-B", "2")]),
    ],
    ids=["the payload alone", "no status", "headers in pairs", "headers as lines"],
)
def test_a_response_may_be_told_in_fewer_words(response: Any, status: int, headers: list[tuple[str, str]]) -> None:
    """As people write stubs by hand."""
    (found,) = read(json.dumps({"request": {"method": "GET", "url": flow()["url"]}, "response": response}))
    assert (found.method, found.url, found.status) == ("GET", flow()["url"], status)
    assert list(found.response_headers) == headers


def test_a_request_in_bytes_is_text() -> None:
    """YAML keeps what was no text as ``!!binary``."""
    yaml = pytest.importorskip("yaml")
    recorded = entry(flow())
    recorded["request"]["uri"] = recorded["request"]["uri"].encode()
    (found,) = read(yaml.safe_dump({"interactions": [recorded]}))
    assert found.url == flow()["url"]


def test_a_form_in_a_har_file_may_stand_in_its_parameters_alone() -> None:
    """Some recorders leave the text of it out."""
    post = {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "Status", "value": "draft"}]}
    recorded = {
        "request": {"method": "POST", "url": FLOWS, "postData": post},
        "response": {"status": 201, "content": {"text": json.dumps(flow())}},
    }
    (found,) = read(json.dumps({"log": {"entries": [recorded]}}))
    assert found.sent == "Status=draft"


def test_a_payload_with_a_url_of_no_operation_is_known_by_its_shape() -> None:
    """One of another host is that host's."""
    (found,) = read(json.dumps(flow(url="https://studio.twilio.com/v9/Flows")))
    assert (found.method, found.schema) == ("", "v2/flow")
    (other,) = read(json.dumps(flow(url="https://api.example.com/flows/1")))
    assert (other.method, other.url) == ("GET", "https://api.example.com/flows/1")


@pytest.mark.parametrize(
    "body",
    ['{"name": "✓"}', b'"' + b"x" * 510 + "é".encode() + b'"', b'{"a": 1}'],
    ids=["text beyond one byte", "a character across the end of what is looked at", "bytes of JSON"],
)
def test_a_body_that_is_not_packed_is_left_alone(body: Any) -> None:
    """Whatever its header says."""
    from pytest_studio.recordings import bodies

    assert bodies.unpacked(body, [("Content-Encoding", "gzip")]) == body


def test_a_packed_body_may_begin_as_json_does() -> None:
    """It is no UTF-8; so it is unpacked, or that is said."""
    from pytest_studio.recordings import bodies

    with pytest.raises(bodies.Packed, match=r"packed \(gzip\)"):
        bodies.unpacked(b'{"\xff\xfe', [("Content-Encoding", "gzip")])


@pytest.mark.parametrize("charset", ["klingon", "ascii"])
def test_a_body_of_an_unfit_charset_stays_as_it_is(charset: str) -> None:
    """Whether nobody knows it, or it is another's."""
    from pytest_studio.recordings import bodies

    assert bodies.unpacked(b"\xe9", [("Content-Type", f"text/plain; charset={charset}")]) == b"\xe9"


def test_brotli_and_zstd_are_unpacked_by_what_is_installed() -> None:
    """And what breaks off, or is none, is said."""
    from pytest_studio.recordings import bodies

    brotli, zstandard = pytest.importorskip("brotli"), pytest.importorskip("zstandard")
    body = json.dumps(flow()).encode()
    packed = {"br": brotli.compress(body), "zstd": zstandard.ZstdCompressor().compress(body)}
    for encoding, data in packed.items():
        assert bodies.unpacked(data, [("Content-Encoding", encoding)]) == body
        with pytest.raises(bodies.Packed, match=rf"\({encoding}\).*cannot be unpacked"):
            bodies.unpacked(b"\x28\xb5\x2f\xfd" + b"\xff" * 30, [("Content-Encoding", encoding)])
    with pytest.raises(bodies.Packed, match=r"\(br\) and breaks off"):
        bodies.unpacked(packed["br"][:-3], [("Content-Encoding", "br")])


@pytest.mark.parametrize(("encoding", "package"), [("br", "brotli"), ("zstd", "zstandard")])
def test_a_library_that_is_not_installed_is_named(encoding: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once none of those that would do is there."""
    from pytest_studio.recordings import bodies

    for library in ("brotli", "brotlicffi", "zstandard", "compression.zstd"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(bodies.Packed, match=f"pip install {package}") as caught:
        bodies.unpacked(b"\x28\xb5\x2f\xfd\x00", [("Content-Encoding", encoding)])
    assert caught.value.missing
