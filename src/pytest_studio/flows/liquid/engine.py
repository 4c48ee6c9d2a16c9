"""python-liquid with what is Studio's own: the filters, the limits, the values; and what a render has to tell.

No template hangs or fills the memory: every filter and every round of a loop is charged for its work, and what a render
may do is limited.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from io import StringIO
from typing import Any

from pytest_studio.errors import MissingExtra, cause_of, nearest
from pytest_studio.flows.liquid import OUTPUT, Blank, LiquidError, Parsed, Reference, Rendered, Variable, filters
from pytest_studio.wording import shorten

try:
    from liquid import BoundTemplate, Environment, Expression, Node, RenderContext, Tag, TokenStream
    from liquid.builtin.content import ContentNode
    from liquid.builtin.expressions import LoopExpression, Path
    from liquid.builtin.expressions.primitive import RangeLiteral
    from liquid.builtin.output import OutputNode
    from liquid.builtin.tags.echo_tag import EchoNode
    from liquid.exceptions import LiquidError as TheirError
    from liquid.exceptions import LiquidInterrupt, LiquidSyntaxError, UnknownFilterError
    from liquid.undefined import is_undefined
except ImportError as _error:
    raise MissingExtra("running Flows", "python-liquid", "flow") from cause_of(_error, "liquid")

__all__ = ["Engine"]

#: Rounds that Studio gives a loop.
ROUNDS = 15
#: Numbers of a range such as ``(1..9)``.
RANGE = 10_000
#: What one render may do: the characters and items that its filters take and give, and so much for a round of a loop.
WORK, ROUND = 16 * 1024 * 1024, 4096

#: The filters that Twilio's page lists.
LISTED = frozenset(
    ("append", "capitalize", "ceil", "date", "default", "divided_by", "downcase", "escape", "escape_once", "first",
     "floor", "join", "last", "lstrip", "map", "minus", "modulo", "newline_to_br", "plus", "prepend", "remove",
     "remove_first", "replace", "replace_first", "reverse", "round", "rstrip", "size", "slice", "sort", "split",
     "strip", "strip_html", "strip_newlines", "times", "to_json", "truncate", "truncatewords", "uniq", "upcase",
     "url_encode")
)  # fmt: skip
#: Filters whose input and arguments are numbers.
ARITHMETIC = frozenset(
    ("abs", "at_least", "at_most", "ceil", "divided_by", "floor", "minus", "modulo", "plus", "round", "times")
)
#: Properties that python-liquid finds in values that have no such key.
PROPERTIES = frozenset(("first", "last", "size"))
#: python-liquid takes the square of the time for a tag of nothing but blanks, and for tags that are never closed.
_BLANKS, OPEN = re.compile(r"\{[{%]-?\s*\w*\s{200}"), 50


class Engine:
    """python-liquid, set up once."""

    def __init__(self) -> None:
        self.environment: Environment = Environment()
        own = {"to_json": _to_json, "date": _date}
        for name, function in {**self.environment.filters, **own}.items():
            self.environment.add_filter(name, _guarded(name, function))
        self.environment.add_tag(_Include)
        self.environment.add_tag(_Render)
        #: Stands for the template wherever python-liquid asks for one.
        self.empty: BoundTemplate = self.environment.from_string("")

    def parse(self, template: str) -> Parsed:
        """A template's tree, with our kinds of nodes and expressions in it.

        Raises:
            LiquidError: it does not parse.
        """
        if _BLANKS.search(template):
            raise LiquidError(f"200 blanks or more in a tag of {shorten(template)}")
        for opening, closing in (("{{", "}}"), ("{%", "%}")):
            if template.count(opening, template.rfind(closing) + 1) > OPEN:
                raise LiquidError(f"{opening!r} without {closing!r} in {shorten(template)}")
        try:
            nodes = self.environment.from_string(template).nodes
            for node in self.all_nodes(nodes):
                _adapt(node)
                for expression in _all_expressions(node.expressions()):
                    _adapt(expression)
        except Exception as error:
            raise self.problem(error, template) from None
        return Parsed(nodes, _parts(nodes))

    def render(self, template: str, nodes: list[Node], context: Mapping[str, Any], now: float) -> Rendered:
        """What a tree renders: see ``liquid.render``.

        Raises:
            LiquidError: it fails; ``template`` is for the message.
        """
        scope = _Context(self.empty, globals=context)
        scope.now = now
        output = _Text()
        try:
            for node in nodes:
                node.render(scope, output)
        except _Full:
            scope.assume("an output of more than 16 KB is taken to be cut there")
        except Exception as error:
            raise self.problem(error, template) from None
        return Rendered(output.getvalue(), tuple(dict.fromkeys(scope.blanks)), tuple(dict.fromkeys(scope.assumed)))

    def references(self, nodes: Iterable[Node]) -> Iterator[Reference]:
        """The variables of a tree that come from the context, in order."""
        return self._read(nodes, set())

    def _read(self, nodes: Iterable[Node], known: set[str]) -> Iterator[Reference]:
        """The same, without names that are known not to come from the context; those that the tree sets are added."""
        for node in nodes:
            for expression in node.expressions():
                yield from _references(expression, isinstance(node, OutputNode), known)
            known.update(node.template_scope())
            inner = set(node.block_scope()) - known
            known |= inner
            yield from self._read(self._children(node), known)
            known -= inner

    def all_nodes(self, nodes: Iterable[Node]) -> Iterator[Node]:
        """Every node of a tree, the outer ones first."""
        for node in nodes:
            yield node
            yield from self.all_nodes(self._children(node))

    def _children(self, node: Node) -> Iterable[Node]:
        return node.children(_Context(self.empty), include_partials=False)

    def problem(self, error: Exception, template: str) -> LiquidError:
        """What went wrong, and where in the template."""
        # Their str() looks for the line of the token, and fails where there is none.
        if isinstance(error, TheirError):
            message, token = str(error.message), error.token
        else:
            message, token = str(error) or type(error).__name__, None
        if isinstance(error, UnknownFilterError):
            message += nearest(message.split("'")[1], self.environment.filters)
        elif isinstance(error, LiquidInterrupt):
            message = f"{message!r} outside of a loop"
        elif isinstance(error, RecursionError) or isinstance(error.__cause__, RecursionError):
            message = "too many things within each other"
        elif not isinstance(error, (LiquidError, TheirError)):
            message = f"{type(error).__name__}: {message}"
        return LiquidError(f"{message} in {_place(template, token.start_index if token else -1)}")


def _place(template: str, index: int) -> str:
    """The piece of a template that an index lies in, with line and column; its beginning and end for no index."""
    if not 0 <= index <= len(template):
        return shorten(template)
    before = template[:index]
    start = max(template.rfind("{{", 0, index + 2), template.rfind("{%", 0, index + 2), index - 60, 0)
    line, column = before.count("\n") + 1, index - before.rfind("\n")
    return f"{shorten(template[start : start + 100])}, line {line}, column {column}"


def _all_expressions(expressions: Iterable[Expression]) -> Iterator[Expression]:
    for expression in expressions:
        yield expression
        yield from _all_expressions(expression.children())


def _variable(expression: Any) -> Path | None:
    """The variable that a filtered expression begins with; None if it begins with a literal, and for others."""
    left = getattr(expression, "left", None)
    return left if isinstance(left, Path) and hasattr(expression, "filters") else None


def _filter_names(expression: Any) -> tuple[str, ...]:
    return tuple(str(one.name) for one in getattr(expression, "filters", None) or ())


def _parts(nodes: list[Node]) -> tuple[str | Variable, ...] | None:
    """The parts of a template of text and plain dotted paths; None for any other."""
    parts: list[str | Variable] = []
    for node in nodes:
        if isinstance(node, ContentNode):
            parts.append(node.text)
            continue
        path = _variable(node.expression) if isinstance(node, OutputNode) else None
        if path is None or _filter_names(node.expression):  # type: ignore[attr-defined]
            return None
        names = tuple(name for name in path.path if isinstance(name, str) and name not in PROPERTIES)
        if len(names) < len(path.path):
            return None
        parts.append(Variable(names, str(path)))
    return tuple(parts)


def _references(expression: Expression, output: bool, known: set[str]) -> Iterator[Reference]:
    """The variables of one expression that come from the context."""
    first, names = _variable(expression), _filter_names(expression)
    for part in _all_expressions([expression]):
        if isinstance(part, Path) and str(part.path[0]) not in known:
            used = names if part is first else ()
            path = _fixed(part)
            if path:
                yield Reference(path, str(part), used, output and part is first, "default" in used)


def _fixed(path: Path) -> tuple[str | int, ...]:
    """The names and numbers of a path, up to the first index that is itself a variable."""
    fixed: list[str | int] = []
    for name in path.path:
        if isinstance(name, Path):
            break
        fixed.append(name)
    return tuple(fixed)


class _Full(Exception):
    """The output has reached its limit."""


class _Text(StringIO):
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


class _Context(RenderContext):
    """What one render knows, and what it has to tell."""

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
        """Where a ``capture`` writes."""
        return _Text()

    def assume(self, rule: str) -> None:
        """Note a rule of uncertain grade."""
        self.assumed.append(rule)

    def spend(self, work: int) -> None:
        """Charge for work.

        Raises:
            LiquidError: it is too much for one template.
        """
        self.left -= work
        if self.left < 0:
            raise LiquidError("too much work for one template")

    def weigh(self, value: Any) -> None:
        """Charge for the size of what a filter takes or gives."""
        if isinstance(value, (str, list, tuple, range)):
            self.spend(len(value))
        elif isinstance(value, int):
            self.spend(value.bit_length() ** 2 // 64)

    def missing(self, path: Path) -> bool:
        """Whether a variable is undefined or null."""
        value = path.evaluate(self)
        return value is None or is_undefined(value)

    def text(self, value: Any, expression: Expression) -> str:
        """A value as an output puts it; what is uncertain about it is noted."""
        if isinstance(value, str):
            return value
        if value is None or is_undefined(value):
            return ""
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (list, tuple)):
            self.assume(f"the list {{{{ {expression} }}}} without to_json is taken to be its items joined")
            return "".join(self.text(item, expression) for item in value)
        if isinstance(value, Mapping):
            self.assume(f"the object {{{{ {expression} }}}} without to_json is taken to be JSON")
            return filters.as_json(value)
        return f"{value.start}..{value.stop - 1}" if isinstance(value, range) else str(value)

    def rounds(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items that a loop gets to."""
        for count, item in enumerate(items):
            if count == ROUNDS:
                self.assume(f"a loop is taken to end after {ROUNDS} rounds")
                return
            self.spend(ROUND)
            yield item


class _Output(OutputNode):
    """``{{ … }}``, which notes a variable that renders empty because it is missing."""

    __slots__ = ()

    def render_to_output(self, context: Any, buffer: Any) -> int:
        """Write the value."""
        text = context.text(self.expression.evaluate(context), self.expression)
        path = None if text else _variable(self.expression)
        if path is not None and context.missing(path):
            context.blanks.append(Blank(str(path), "default" in _filter_names(self.expression)))
        return int(buffer.write(text))


class _Echo(EchoNode):
    """``{% echo … %}``, which is the same."""

    render_to_output = _Output.render_to_output


class _Loop(LoopExpression):
    """What a loop goes through: as many rounds as Studio gives it."""

    __slots__ = ()

    def evaluate(self, context: Any) -> tuple[Iterator[Any], int]:
        """The items, and how many there would be."""
        items, length = super().evaluate(context)
        return context.rounds(items), length


class _Range(RangeLiteral):
    """A range of a bearable length."""

    __slots__ = ()

    def evaluate(self, context: RenderContext) -> range:
        """The numbers."""
        numbers = super().evaluate(context)
        if numbers.stop - numbers.start > RANGE:
            raise LiquidError(f"the range {self} has more than {RANGE} numbers")
        return numbers


#: python-liquid's class -> ours, which takes its place.
_KINDS: dict[type, type] = {OutputNode: _Output, EchoNode: _Echo, LoopExpression: _Loop, RangeLiteral: _Range}


def _adapt(part: Any) -> None:
    """Make a part of a tree one of our kind: python-liquid asks nobody which class to make it of."""
    part.__class__ = _KINDS.get(type(part), type(part))


class _Include(Tag):
    """A tag that brings another template, of which Studio keeps none."""

    block = False
    name = "include"

    def parse(self, stream: TokenStream) -> Node:
        """Refuse it."""
        raise LiquidSyntaxError(f"{self.name!r} has nothing to bring: Studio keeps no templates", token=stream.current)


class _Render(_Include):
    """The newer tag that does."""

    name = "render"


def _guarded(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that notes what is uncertain about it, and that is charged for what it takes and gives."""
    wants = [word for word in ("context", "environment") if getattr(function, f"with_{word}", False)]

    def guarded(value: Any, *arguments: Any, context: _Context, **options: Any) -> Any:
        if name not in LISTED:
            context.assume(f"the filter {name!r}, which Twilio does not list, is taken to exist")
        if name in ARITHMETIC:
            value, *arguments = [_operand(one, name, context) for one in (value, *arguments)]  # type: ignore[assignment]
        for given in (value, *arguments, _growth(name, value, *arguments)):
            context.weigh(given)
        for word in wants:
            options[word] = context if word == "context" else context.env
        result = function(value, *arguments, **options)
        context.weigh(result)
        if name in ARITHMETIC and isinstance(result, float):
            context.assume(f"the filter {name!r} is taken to give a number with a point: {result}")
        return result

    guarded.with_context = True  # type: ignore[attr-defined]
    return guarded


def _operand(value: Any, name: str, context: _Context) -> int | float:
    found = filters.number(value)
    if found is None:
        what = "an undefined variable" if is_undefined(value) else shorten(value, 40)
        context.assume(f"for the filter {name!r}, {what} is taken to be 0")
    return found or 0


def _growth(name: str, value: Any, *arguments: Any) -> range | None:
    """As many numbers as a filter that multiplies adds characters: charged before they take their memory."""
    if name == "uniq" and isinstance(value, (list, tuple)):
        return range(len(value) ** 2 // 8)
    if name == "join" and isinstance(value, (list, tuple)):
        each = len(str(arguments[0])) if arguments else 1
        return range(sum(len(str(item)) + each for item in value))
    if name == "replace" and len(arguments) == 2:
        return range(str(value).count(str(arguments[0])) * len(str(arguments[1])))
    return None


def _to_json(value: Any, *, context: _Context) -> str:
    if is_undefined(value):
        context.assume("to_json of an undefined variable is taken to be null")
        return "null"
    return filters.as_json(value)


def _date(value: Any, pattern: Any = "", *, context: _Context) -> Any:
    at = filters.moment(value, context.now)
    if at is None:
        if isinstance(value, (str, int, float)):
            context.assume(f"for the filter 'date', {shorten(value, 40)} is taken to be no date, and left as it is")
        return value
    seconds = not isinstance(value, str) or value.strip().isdigit()
    if seconds or value == "today" or at.tzinfo is not filters.pacific():
        context.assume(f"for the filter 'date', {shorten(value, 40)} is taken to be {at.isoformat()}")
    return filters.formatted(at, str(pattern)) if pattern else value


_to_json.with_context = _date.with_context = True  # type: ignore[attr-defined]
