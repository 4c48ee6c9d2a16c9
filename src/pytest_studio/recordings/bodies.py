"""Bodies as recorders keep them, and as they were sent: base64, bytes under a charset, packed by an encoding."""

from __future__ import annotations

import base64
import binascii
import importlib
import zlib
from collections.abc import Callable
from typing import Any

from pytest_studio.recordings.exchange import Headers

__all__ = ["Packed", "content_type", "header", "recorded", "unpacked"]

#: Bytes that a packed body may have when it is unpacked: as parsed JSON it takes up to fifty times as many.
MAX_UNPACKED = 1 << 24
#: Bytes that are handed to ``br`` at a time: each may stand for a megabyte, and older releases of it know no limit.
_STEP = 4


class Packed(Exception):
    """A body cannot be unpacked; ``missing`` if that is for want of a library."""

    def __init__(self, why: str, missing: bool = False) -> None:
        super().__init__(why)
        self.missing = missing


def header(headers: Headers, name: str) -> str:
    """The value of a header, whatever the case of its name; ``""`` if it is not there."""
    return next((value for key, value in headers if key.lower() == name), "")


def content_type(headers: Headers) -> str:
    """The media type, without its parameters."""
    return header(headers, "content-type").partition(";")[0].strip().lower()


def recorded(body: Any) -> Any:
    """The bytes, text or JSON that a recorder's own form of a body stands for.

    Known are text, bytes, None, ``{"string": …}`` and ``{"base64_string": …}`` of VCR and betamax, and
    ``{"text": …, "encoding": "base64"}`` of HAR. Anything else is JSON that was parsed already.

    Raises:
        ValueError: what should be base64 is none.
    """
    if body is None:
        return b""
    if isinstance(body, dict):
        if isinstance(body.get("base64_string"), (str, bytes)):
            return _base64(body["base64_string"])
        for key in ("string", "text"):
            if key in body and body.keys() <= _FORMS:
                inner = body[key]
                if str(body.get("encoding", "")).lower() == "base64":
                    return _base64(inner)
                return recorded(inner) if isinstance(inner, (str, bytes, dict)) or inner is None else inner
        if body.keys() <= _FORMS and body.keys() & {"encoding", "mimeType", "size"}:
            return b""  # HAR without a text: there was none, or the recorder left it out
    return body


_FORMS = frozenset(
    {"string", "text", "encoding", "mimeType", "size", "compression", "comment", "params", "base64_string"}
)


def _base64(text: Any) -> bytes:
    try:
        raw = text if isinstance(text, bytes) else text.encode("ascii")
        return base64.b64decode(b"".join(raw.split()), validate=True)
    except (binascii.Error, ValueError, AttributeError):
        raise ValueError("the body is said to be base64, and is not") from None


def unpacked(body: Any, headers: Headers) -> Any:
    """A body without its ``Content-Encoding``, and as UTF-8 if its charset is another.

    Recorders differ in whether they unpack a body and leave the header: what is not packed stays as it is.

    Raises:
        Packed: it is packed, and cannot be unpacked.
    """
    if isinstance(body, str) and header(headers, "content-encoding"):
        # Written by a recorder that took the packed bytes for text of one byte a character.
        try:
            narrow = body.encode("latin-1")
        except UnicodeEncodeError:
            return body
        body = narrow if _looks_packed(narrow) else body
    if isinstance(body, (bytes, bytearray)):
        for encoding in reversed(header(headers, "content-encoding").lower().replace(" ", "").split(",")):
            unpack = _UNPACK.get(encoding)
            if unpack is not None and not _is_text(bytes(body)):
                body = unpack(bytes(body))
        body = _recoded(bytes(body), header(headers, "content-type"))
    return body


def _looks_packed(body: bytes) -> bool:
    return body[:2] == b"\x1f\x8b" or body[:4] == b"\x28\xb5\x2f\xfd" or (not _is_text(body) and bool(body))


def _is_text(body: bytes) -> bool:
    """Whether this is JSON, or nothing: packed bytes neither begin as JSON does nor are they UTF-8."""
    start = body[:64].lstrip()[:1]
    if start and start not in b'{["<tfn-0123456789':
        return False
    try:
        body[:512].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > 500
    return True


def _recoded(body: bytes, media_type: str) -> bytes:
    _, _, charset = media_type.lower().partition("charset=")
    charset = charset.partition(";")[0].strip(" \"'")
    if charset in ("", "utf-8", "utf8", "us-ascii"):
        return body
    try:
        return body.decode(charset).encode("utf-8")
    except (LookupError, UnicodeError):
        return body


def _inflate(windows: tuple[int, ...], name: str) -> Callable[[bytes], bytes]:
    def unpack(body: bytes) -> bytes:
        for window in windows:
            machine = zlib.decompressobj(window)
            try:
                text = machine.decompress(body, MAX_UNPACKED)
            except zlib.error:
                continue
            if machine.unconsumed_tail:
                raise _too_large(name)
            if not machine.eof:
                raise _cut(name)
            return text
        raise Packed(f"the body is said to be packed ({name}), and cannot be unpacked")

    return unpack


def _too_large(name: str) -> Packed:
    return Packed(f"the body is packed ({name}) and has more than {MAX_UNPACKED >> 20} MB unpacked")


def _cut(name: str) -> Packed:
    return Packed(f"the body is packed ({name}) and breaks off")


def _brotli(body: bytes) -> bytes:
    library = _first("brotli", "brotlicffi")
    if library is None:
        raise Packed("the body is packed with br, which takes `pip install brotli` to unpack", True)

    def unpack(body: bytes) -> bytes:
        machine = library.Decompressor()
        text = bytearray()
        for at in range(0, len(body), _STEP):
            text += machine.process(body[at : at + _STEP])
            if len(text) > MAX_UNPACKED:
                raise _too_large("br")
        if not machine.is_finished():
            raise _cut("br")
        return bytes(text)

    return _with(unpack, body, "br")


def _zstd(body: bytes) -> bytes:
    library = _first("compression.zstd", "zstandard")  # the first is Python's own, since 3.14
    if library is None:
        raise Packed("the body is packed with zstd, which takes `pip install zstandard` to unpack", True)

    def unpack(body: bytes) -> bytes:
        machine = library.ZstdDecompressor()
        if library.__name__ == "zstandard":
            text: bytes = machine.stream_reader(body).read(MAX_UNPACKED + 1)
        else:
            text = machine.decompress(body, MAX_UNPACKED + 1)
        if len(text) > MAX_UNPACKED:
            raise _too_large("zstd")
        return text

    return _with(unpack, body, "zstd")


def _first(*names: str) -> Any:
    """The first of these modules that is installed; None if none is."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


def _with(unpack: Callable[[bytes], bytes], body: bytes, name: str) -> bytes:
    try:
        return unpack(body)
    except Packed:
        raise
    except Exception as error:  # each library has an exception of its own
        raise Packed(f"the body is said to be packed ({name}), and cannot be unpacked: {error!s:.100}") from None


_gzip = _inflate((47, -15), "gzip")
_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _inflate((15, -15), "deflate"),
    "br": _brotli,
    "zstd": _zstd,
}
