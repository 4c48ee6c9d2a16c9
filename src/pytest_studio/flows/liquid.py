"""Liquid as Studio renders it: https://www.twilio.com/docs/studio/user-guide/liquid-template-language.

python-liquid reads and renders the templates. Studio's own: ``to_json``, Pacific time, arithmetic on numeric strings,
loops of 15 rounds and 16 KB of output. No template hangs or fills the memory: a render has a budget of work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_studio.errors import MissingExtra, nearest
from pytest_studio.flows import filters
from pytest_studio.wording import shorten

if TYPE_CHECKING:
    from liquid.ast import Node
    from liquid.expression import Expression

__all__ = ["Blank", "LiquidError", "Reference", "Rendered", "check", "known_filters", "references", "render"]

#: Rounds that Studio gives a ``for`` loop.
ROUNDS = 15
#: Bytes that Studio gives the output of a template.
OUTPUT = 16 * 1024
#: Numbers of a range such as ``(1..9)``.
RANGE = 10_000
#: What one render may do: characters and items that its filters take and give; a round of a loop costs as many as this.
WORK = 16 * 1024 * 1024
ROUND_COST = 4096

#: The filters that Twilio's page lists.
LISTED = frozenset(
    [
        "append",
        "capitalize",
        "ceil",
        "date",
        "default",
        "divided_by",
        "downcase",
        "escape",
        "escape_once",
        "first",
        "floor",
        "join",
        "last",
        "lstrip",
        "map",
        "minus",
        "modulo",
        "newline_to_br",
        "plus",
        "prepend",
        "remove",
        "remove_first",
        "replace",
        "replace_first",
        "reverse",
        "round",
        "rstrip",
        "size",
        "slice",
        "sort",
        "split",
        "strip",
        "strip_html",
        "strip_newlines",
        "times",
        "to_json",
        "truncate",
        "truncatewords",
        "uniq",
        "upcase",
        "url_encode",
    ]
)
#: Filters whose input and arguments are numbers.
ARITHMETIC = frozenset(
    ["abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round", "times"]
)
#: Properties that python-liquid finds in values that have no such key.
_PROPERTIES = frozenset(("first", "last", "size"))
#: python-liquid takes the square of the time for a tag that holds nothing but blanks.
_BLANKS = re.compile(r"\s{1000}")


class LiquidError(ValueError):
    """A template that does not parse, or that fails in rendering; the message says what and where in the template."""


class Blank(NamedTuple):
    """A variable, as written, that was undefined or null and rendered empty; ``defended`` by a ``default`` or not."""

    variable: str
    defended: bool


class Rendered(NamedTuple):
    """What a template rendered, the variables that a reader misses, and the rules of uncertain grade that decided it."""

    text: str
    blanks: tuple[Blank, ...] = ()
    assumed: tuple[str, ...] = ()


class Reference(NamedTuple):
    """A variable that a template reads from the context.

    ``path`` ends before an index that is a variable; ``written`` is the whole; ``filters`` are those it goes through;
    ``output`` says whether it is put out itself, ``defended`` whether a ``default`` stands in for it.
    """

    path: tuple[str | int, ...]
    written: str
    filters: tuple[str, ...]
    output: bool
    defended: bool


class _Variable(NamedTuple):
    """A plain dotted path of a plain template."""

    path: tuple[str, ...]
    written: str


class _Template(NamedTuple):
    """A parsed template: its tree, and its parts if there is nothing in it but text and plain paths."""

    nodes: list[Node]
    plain: tuple[str | _Variable, ...] | None


def render(template: str, context: Mapping[str, Any], now: float) -> Rendered:
    """A template as Studio renders it.

    Args:
        template: text, with Liquid or without.
        context: ``flow``, ``trigger``, ``widgets``, ``contact``: JSON values; it is not copied, and not changed.
        now: what ``"now" | date`` means, in seconds since 1970.

    Raises:
        LiquidError: the template does not parse, or fails in rendering.
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    if "{{" not in template and "{%" not in template:
        return Rendered(template)
    parsed = _parse(template)
    if parsed.plain is not None:
        done = _render_plain(parsed.plain, context)
        if done is not None:
            return done
    return _engine().render(template, parsed.nodes, context, now)


def check(template: str) -> None:
    """Parse a template.

    Raises:
        LiquidError: it does not parse.
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    if "{{" in template or "{%" in template:
        _parse(template)


def known_filters() -> frozenset[str]:
    """The names of the filters that can be rendered.

    Raises:
        MissingExtra: python-liquid is not installed.
    """
    return frozenset(_engine().environment.filters)


def references(template: str) -> tuple[Reference, ...]:
    """Every variable that a template reads from the context, in order: in outputs, tags and the arguments of filters.

    What ``assign``, ``capture``, ``for`` and the like name is no part of the context from there on.

    Raises:
        LiquidError: it does not parse.
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    if "{{" not in template and "{%" not in template:
        return ()
    return tuple(_engine().references(_parse(template).nodes))


def _render_plain(parts: tuple[str | _Variable, ...], context: Mapping[str, Any]) -> Rendered | None:
    """The render of a plain template; None where a value needs the engine: no text, no number, or too much."""
    texts: list[str] = []
    blanks: list[Blank] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        value: Any = context
        try:
            for name in part.path:
                value = value[name]
        except (KeyError, TypeError):
            value = None
        if isinstance(value, str):
            texts.append(value)
        elif value is None:
            blanks.append(Blank(part.written, False))
        else:
            return None
    text = "".join(texts)
    if len(text) * 4 > OUTPUT and len(text.encode("utf-8", "replace")) > OUTPUT:
        return None
    return Rendered(text, tuple(dict.fromkeys(blanks)) if blanks else ())


@lru_cache(maxsize=2048)
def _parse(template: str) -> _Template:
    return _engine().parse(template)


@lru_cache(maxsize=1)
def _engine() -> _Engine:
    return _Engine()


class _Engine:
    """python-liquid, set up once: its environment, and our kinds of a few of its classes."""

    def __init__(self) -> None:
        try:
            import liquid
        except ImportError:
            raise MissingExtra("running Flows", "python-liquid", "flow") from None
        self.environment = liquid.Environment()
        for name, function in (*self.environment.filters.items(), ("to_json", _to_json), ("date", _date)):
            self.environment.add_filter(name, _guarded(name, function))
        for tag in _absent_tags():
            self.environment.add_tag(tag)
        self.kinds = _kinds()
        self.context_class = _context_class()
        #: Stands for the template wherever python-liquid asks for one.
        self.empty = self.environment.from_string("")

    def parse(self, template: str) -> _Template:
        """A template's tree, with our kinds of nodes and expressions in it."""
        if _BLANKS.search(template):
            raise LiquidError(f"too many blanks in a row (1000 or more) in {shorten(template)}")
        try:
            nodes = self.environment.from_string(template).nodes
            for node in self.nodes(nodes):
                self.adapt(node)
                for expression in _within(node.expressions()):
                    self.adapt(expression)
        except Exception as error:
            raise self.problem(error, template) from None
        return _Template(nodes, self.plain(nodes))

    def adapt(self, part: Any) -> None:
        """Make a part of a tree one of our kind: python-liquid makes its own ones itself, and asks nobody."""
        kind = self.kinds.get(type(part))
        if kind is not None:
            part.__class__ = kind

    def nodes(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """Every node of a tree, the outer ones first."""
        for node in nodes:
            yield node
            yield from self.nodes(self.children(node))

    def children(self, node: Node) -> Iterable[Node]:
        """The nodes within a node."""
        return node.children(self.context_class(self.empty), include_partials=False)

    def plain(self, nodes: list[Node]) -> tuple[str | _Variable, ...] | None:
        """The parts of a template of text and plain dotted paths; None for any other."""
        from liquid.builtin.content import ContentNode

        parts: list[str | _Variable] = []
        for node in nodes:
            expression = getattr(node, "expression", None)
            if isinstance(node, ContentNode):
                parts.append(node.text)
            elif not isinstance(node, tuple(self.kinds.values())) or getattr(expression, "filters", True):
                return None
            else:
                path = _path(expression)
                if path is None or not all(isinstance(name, str) and name not in _PROPERTIES for name in path.path):
                    return None
                parts.append(_Variable(tuple(path.path), str(path)))
        return tuple(parts)

    def render(self, template: str, nodes: list[Node], context: Mapping[str, Any], now: float) -> Rendered:
        """What a tree renders."""
        scope = self.context_class(self.empty, globals=context)
        scope.now = now
        buffer = _Output()
        try:
            for node in nodes:
                node.render(scope, buffer)
        except _Full:
            scope.assume("an output of more than 16 KB is taken to be cut there")
        except Exception as error:
            raise self.problem(error, template) from None
        return Rendered(buffer.getvalue(), tuple(dict.fromkeys(scope.blanks)), tuple(dict.fromkeys(scope.assumed)))

    def problem(self, error: Exception, template: str) -> LiquidError:
        """What went wrong, and where in the template."""
        from liquid.exceptions import LiquidError as TheirError
        from liquid.exceptions import UnknownFilterError

        if isinstance(error, LiquidError):
            message, token = str(error), None
        elif isinstance(error, TheirError):
            message, token = str(error.message), error.token
            cause = error.__cause__
            if token is None and cause is not None and not isinstance(cause, TheirError):
                message = f"{message}: {type(cause).__name__}"
        else:
            message, token = f"{type(error).__name__}: {error}", None
        if isinstance(error, UnknownFilterError):
            message += nearest(message.split("'")[1], self.environment.filters)
        if token is None or not 0 <= token.start_index <= len(template):
            return LiquidError(f"{message} in {shorten(template)}")
        before = template[: token.start_index]
        line, column = before.count("\n") + 1, token.start_index - (before.rfind("\n") + 1) + 1
        start = max(before.rfind("{{"), before.rfind("{%"), token.start_index - 60, 0)
        return LiquidError(f"{message} in {shorten(template[start : start + 100])}, line {line}, column {column}")

    def references(self, nodes: Iterable[Node]) -> Iterator[Reference]:
        """The variables of a tree that come from the context, in order."""
        return self.read(nodes, set())

    def read(self, nodes: Iterable[Node], known: set[str]) -> Iterator[Reference]:
        """The same, given the names that are no part of the context any more; those of the tree are added."""
        for node in nodes:
            output = type(node) in self.kinds.values()
            for expression in node.expressions():
                yield from _references(expression, output, known)
            known.update(node.template_scope())
            inner = {str(name) for name in node.block_scope()} - known
            known |= inner
            yield from self.read(self.children(node), known)
            known -= inner


def _within(expressions: Iterable[Expression]) -> Iterator[Expression]:
    """Every expression, and those within it."""
    for expression in expressions:
        yield expression
        yield from _within(expression.children())


def _path(expression: Any) -> Any:
    """The variable that an output begins with; None if it begins with a literal."""
    from liquid.builtin.expressions import Path

    left = getattr(expression, "left", None)
    return left if isinstance(left, Path) else None


def _references(expression: Expression, output: bool, known: set[str]) -> Iterator[Reference]:
    """The variables of one expression that come from the context."""
    from liquid.builtin.expressions import Path

    names = tuple(str(one.name) for one in getattr(expression, "filters", None) or ())
    first = _path(expression) if names or output else None
    for part in _within([expression]):
        if not isinstance(part, Path) or str(part.path[0]) in known:
            continue
        whole = part is first
        path = []
        for segment in part.path:
            if isinstance(segment, Path):
                break
            path.append(segment)
        if path:
            used = names if whole else ()
            yield Reference(tuple(path), str(part), used, output and whole, "default" in used)


class _Full(Exception):
    """The output has reached its limit."""


class _Output(StringIO):
    """The output of a template, up to its limit."""

    def __init__(self) -> None:
        super().__init__()
        self.room = OUTPUT

    def write(self, text: str) -> int:
        """Add text; what is too much is cut off, and ends the render."""
        data = text.encode("utf-8", "replace")
        if len(data) > self.room:
            super().write(data[: self.room].decode("utf-8", "ignore"))
            raise _Full
        self.room -= len(data)
        return super().write(text)


def _context_class() -> Any:
    """The class of what a render knows and notes."""
    from liquid import RenderContext
    from liquid.undefined import is_undefined

    class Context(RenderContext):
        __slots__ = ("assumed", "blanks", "left", "now")

        def __init__(self, template: Any, **settings: Any) -> None:
            super().__init__(template, **settings)
            # Without python-liquid's own variables "now" and "today": they read the clock of the process.
            self.scope = type(self.scope)(self.locals, self.globals, self.counters)
            self.now = 0.0
            self.left = WORK
            self.blanks: list[Blank] = []
            self.assumed: list[str] = []

        def get_buffer(self, buf: Any = None) -> StringIO:
            return _Output()

        def assume(self, rule: str) -> None:
            self.assumed.append(rule)

        def spend(self, work: int) -> None:
            self.left -= work
            if self.left < 0:
                raise LiquidError("too much work for one template")

        def weigh(self, value: Any) -> None:
            """Charge for the size of a filter's input or result."""
            if isinstance(value, (str, list, tuple, range)):
                self.spend(len(value))
            elif isinstance(value, int):
                self.spend(value.bit_length() ** 2 // 64)

        def text(self, value: Any, expression: Any) -> str:
            """A value as an output statement puts it, what is remarkable noted."""
            if isinstance(value, str):
                text = value
            elif value is None or is_undefined(value):
                text = ""
            elif isinstance(value, bool):
                text = str(value).lower()
            elif isinstance(value, (list, tuple)):
                self.assume(f"the list {shorten(str(expression))} without to_json is taken to be its items joined")
                text = "".join(self.text(item, expression) for item in value)
            elif isinstance(value, Mapping):
                self.assume(f"the object {shorten(str(expression))} without to_json is taken to be put as JSON")
                text = filters.as_json(value)
            elif isinstance(value, range):
                text = f"{value.start}..{value.stop - 1}"
            else:
                text = str(value)
            if not text:
                self.blank(expression)
            return text

        def blank(self, expression: Any) -> None:
            """Note an output that rendered empty because its variable is undefined or null."""
            path = _path(expression)
            if path is not None:
                value = path.evaluate(self)
                if value is None or is_undefined(value):
                    defended = any(one.name == "default" for one in expression.filters or ())
                    self.blanks.append(Blank(str(path), defended))

        def rounds(self, items: Iterable[Any]) -> Iterator[Any]:
            """The items that a loop gets to."""
            for count, item in enumerate(items):
                if count == ROUNDS:
                    self.assume(f"a loop is taken to end after {ROUNDS} rounds")
                    return
                self.spend(ROUND_COST)
                yield item

    return Context


def _kinds() -> dict[type, type]:
    """python-liquid's class -> ours, which takes its place in a tree."""
    from liquid.builtin.expressions import LoopExpression
    from liquid.builtin.expressions.primitive import RangeLiteral
    from liquid.builtin.output import OutputNode
    from liquid.builtin.tags.echo_tag import EchoNode

    class Output(OutputNode):
        __slots__ = ()

        def render_to_output(self, context: Any, buffer: Any) -> int:
            return int(buffer.write(context.text(self.expression.evaluate(context), self.expression)))

    class Echo(EchoNode):
        render_to_output = Output.render_to_output

    class Loop(LoopExpression):
        __slots__ = ()

        def evaluate(self, context: Any) -> tuple[Iterator[Any], int]:
            items, length = super().evaluate(context)
            return context.rounds(items), length

    class Range(RangeLiteral):
        __slots__ = ()

        def evaluate(self, context: Any) -> range:
            numbers = super().evaluate(context)
            if numbers.stop - numbers.start > RANGE:
                raise LiquidError(f"the range {numbers.start}..{numbers.stop - 1} has more than {RANGE} numbers")
            return numbers

    return {OutputNode: Output, EchoNode: Echo, LoopExpression: Loop, RangeLiteral: Range}


def _absent_tags() -> list[Any]:
    """Tags that would take in other templates: Studio keeps none."""
    from liquid import Tag
    from liquid.exceptions import LiquidSyntaxError

    class Include(Tag):
        block = False
        name = "include"

        def parse(self, stream: Any) -> Any:
            raise LiquidSyntaxError(f"the tag {self.name!r} has no template to take in", token=stream.current)

    class Render(Include):
        name = "render"

    return [Include, Render]


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that notes what is uncertain about it, and is charged for what it takes and gives."""
    keywords = [word for word in ("context", "environment") if getattr(function, f"with_{word}", False)]

    def guarded(value: Any, *arguments: Any, context: Any, **options: Any) -> Any:
        if name not in LISTED:
            context.assume(f"the filter {name!r} is not among those that Twilio lists")
        if name in ARITHMETIC:
            value, *arguments = (_operand(operand, name, context) for operand in (value, *arguments))
        for given in (value, *arguments, _growth(name, value, arguments)):
            context.weigh(given)
        for word in keywords:
            options[word] = context if word == "context" else context.env
        result = function(value, *arguments, **options)
        context.weigh(result)
        if name in ARITHMETIC and isinstance(result, float):
            context.assume(f"the filter {name!r} is taken to give a number with a point: {result}")
        return result

    guarded.with_context = True  # type: ignore[attr-defined]
    return guarded


def _operand(value: Any, name: str, context: Any) -> Any:
    found = filters.number(value)
    if found is None:
        context.assume(f"for the filter {name!r}, {shorten(value, 40)} is taken to be 0")
    return found or 0


def _growth(name: str, value: Any, arguments: Any) -> Any:
    """A range as long as the result of a filter that multiplies: the length is known before the memory is needed."""
    if name in ("join", "replace") and arguments:
        each = len(str(arguments[-1]))
        if name == "join":
            items = value if isinstance(value, (list, tuple)) else ()
            return range(sum(len(str(item)) + each for item in items))
        return range(each * str(value).count(str(arguments[0])))
    return None


def _to_json(value: Any, *, context: Any) -> str:
    from liquid.undefined import is_undefined

    if is_undefined(value):
        context.assume("to_json of an undefined variable is taken to be null")
        return "null"
    return filters.as_json(value)


def _date(value: Any, pattern: Any = "", *, context: Any) -> Any:
    at = filters.moment(value, context.now)
    if value == "now" and at is not None:
        return filters.formatted(at, str(pattern))
    if at is None:
        if isinstance(value, (str, int, float)):
            context.assume(f"for the filter 'date', {shorten(value, 40)} is taken to be no date, and left as it is")
        return value
    context.assume(
        f"for the filter 'date', {shorten(value, 40)} is taken to be in Pacific time unless it says otherwise"
    )
    return filters.formatted(at, str(pattern)) if pattern else value


_to_json.with_context = _date.with_context = True  # type: ignore[attr-defined]
