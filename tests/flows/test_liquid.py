"""Liquid as Studio renders it."""

from __future__ import annotations

import builtins
import sys
import time
from types import MappingProxyType
from typing import Any

import pytest

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_studio.errors import MissingExtra
from pytest_studio.flows import liquid
from pytest_studio.flows.liquid import Blank, LiquidError, check, references, render

pytest.importorskip("liquid")

#: A Tuesday, 14:13:20 in Pacific time.
NOW = 1_700_000_000.25


def text(template: str, **context: Any) -> str:
    """What a template renders."""
    return render(template, context, NOW).text


def blanks(template: str, **context: Any) -> tuple[Blank, ...]:
    """The variables that a reader misses."""
    return render(template, context, NOW).blanks


def assumed(template: str, **context: Any) -> str:
    """The rules of uncertain grade, in one text."""
    return "; ".join(render(template, context, NOW).assumed)


WIDGETS = {"ask-name": {"inbound": {"Body": "Ada"}}, "get": {"parsed": {"list": [{"n": 1}, {"n": 2}], "count": 2}}}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no Liquid }} at all", "no Liquid }} at all"),
        ("Hi {{widgets.ask-name.inbound.Body}}!", "Hi Ada!"),
        ("{{ widgets. \n ask-name .inbound.Body }}", "Ada"),
        ("{{ widgets['ask-name'].inbound.Body }}", "Ada"),
        ("{{ widgets.get.parsed.list[1].n }}", "2"),
        ("{{ widgets.get.parsed.list[i].n }}", "2"),
        ("{{ widgets.get.parsed.list.first.n }}", "1"),
        ("{{ widgets.get.parsed.list.size }}", "2"),
        ("{{ widgets.get.parsed.count}}", "2"),
        ("{{call.SipHeader_X-Id | split: ':' | last }}", "b"),
        ("{{true}}", "true"),
        ("{{ yes }}", "true"),
        ("{{ nothing }}", ""),
        ("{{ none.of.this }}", ""),
        ("{{ number.of.this }}", ""),
        ("{{number| plus: 1}}", "42"),
        ("{{ number | plus: '1' }}", "42"),
        ("{{ padded | plus: 0 }}", "7"),
        ("{{ number | minus: 1 | times: 2 | divided_by: 3 | modulo: 4 }}", "2"),
        ("{{ number | plus: 0.5 }}", "41.5"),
        ("{%if yes%}a{%else%}b{%endif%}", "a"),
        ("{% if none %}a{% elsif number == '41' %}b{% endif %}", "b"),
        ("{% if n %} {{n | plus: 1}} {% else %} 1 {% endif %}", " 1 "),
        ("{% case number %}{% when '1' or '41' %}x{% else %}y{% endcase %}", "x"),
        ("{% assign x = number | plus: 1 %}{{x}}", "42"),
        ("{% capture x %}<{{number}}>{% endcapture %}{{x}}", "<41>"),
        ("a {%- if yes -%} b {%- endif -%} c", "abc"),
        ("{% for item in widgets.get.parsed.list %}{{forloop.index0}}:{{item.n}} {% endfor %}", "0:1 1:2 "),
        ("{% comment %}x{% endcomment %}{% raw %}{{y}}{% endraw %}", "{{y}}"),
        ("{{ '<b>hi</b>' | strip_html | upcase }}", "HI"),
        ("{{ none | default: 'you' }}", "you"),
        ("{% echo number %}", "41"),
        ("{{ now }}{{ today }}", ""),
        ("{{ number }}" + " " * 2_000, "41" + " " * 2_000),
    ],
)
def test_a_template_renders(template: str, expected: str) -> None:
    """With the syntax that is seen in real Flows, odd or not."""
    context = {"call": {"SipHeader_X-Id": "a:b"}, "nothing": None, "number": "41", "padded": " 7 ", "yes": True, "i": 1}
    assert text(template, widgets=WIDGETS, **context) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ x | to_json }}", '{"a":[1,true,null],"b":"é"}'),
        ("{{ x.b | to_json }}", '"é"'),
        ("{{ 'say \"hi\"' | to_json }}", '"say \\"hi\\""'),
        ("{{ x.a | to_json }}", "[1,true,null]"),
        ("{{ nil | to_json }}", "null"),
        ("{{ missing | to_json }}", "null"),
    ],
)
def test_to_json_gives_compact_json(template: str, expected: str) -> None:
    """Of objects, lists and texts, which get their quotation marks."""
    assert text(template, x=MappingProxyType({"a": [1, True, None], "b": "é"})) == expected


def test_objects_without_to_json_are_json_and_assumed() -> None:
    """Nothing says what Studio puts there."""
    done = render("{{ flow.data }}", {"flow": {"data": {"a": True}}}, NOW)
    assert done.text == '{"a":true}'
    assert "the object {{ flow.data }} without to_json" in done.assumed[0]


def test_lists_without_to_json_are_joined_and_assumed() -> None:
    """As in every Liquid."""
    done = render("{{ 'a,b' | split: ',' }}", {}, NOW)
    assert done.text == "ab"
    assert "items joined" in done.assumed[0]


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hi {{ flow.data.name }}", (Blank("flow.data.name", False),)),
        ("Hi {{flow.data.\n name}}", (Blank("flow.data.name", False),)),
        ("{{ a.b }} {{a.b}} {{ c }}", (Blank("a.b", False), Blank("c", False))),
        ("{{ null }}", ()),
        ("{{ nothing }}", (Blank("nothing", False),)),
        ("{{ empty_text }}", ()),
        ("{{ name | upcase }}", (Blank("name", False),)),
        ("{{ name | default: 'you' }}", ()),
        ("{{ name | default: '' }}", (Blank("name", True),)),
        ("{{ name | date: '%H' }}", (Blank("name", False),)),
        ("{{ name | plus: 1 }}", ()),
        ("{% if name %}{{ name }}{% endif %}", ()),
        ("{% if name %}{% else %}{{ name }}{% endif %}", (Blank("name", False),)),
        ("{% assign n = name %}{{ n }}", (Blank("n", False),)),
        ("{% for i in some %}{{ i.x }}{% endfor %}", (Blank("i.x", False),)),
        ("{% for i in none %}{{ i.x }}{% endfor %}", ()),
        ("{% echo name %}", (Blank("name", False),)),
    ],
)
def test_a_missing_variable_that_renders_empty_is_a_blank(template: str, expected: tuple[Blank, ...]) -> None:
    """Undefined or null, in an output that a person would see."""
    assert blanks(template, nothing=None, empty_text="", some=[{}]) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ 'now' | date: '%Y-%m-%d %H:%M:%S %Z %z' }}", "2023-11-14 14:13:20 PST -0800"),
        ('{{"today" | date: "%A, %-d %B %Y, %-I:%M %p"}}', "Tuesday, 14 November 2023, 2:13 PM"),
        ("{{ 'now' | date: '%a %b %e %l %k %P %j %y %C %s %L %N' }}",
         "Tue Nov 14  2 14 pm 318 23 20 1700000000 250 250000000"),
        ("{{ 'now' | date: '%D %F %T %R %r %c %x %X' }}",
         "11/14/23 2023-11-14 14:13:20 14:13 02:13:20 PM Tue Nov 14 14:13:20 2023 11/14/23 14:13:20"),
        ("{{ 'now' | date: '%u %w %U %W %V %G %^a %_m %-m %h%n%t%% %E' }}", "2 2 46 46 46 2023 TUE 11 11 Nov\n\t% %E"),
        ("{{ 1700000000 | date: '%H' }}", "14"),
        ("{{ '1700000000' | date: '%H' }}", "14"),
        ("{{ 1720000000 | date: '%H %Z' }}", "02 PDT"),
        ("{{ '2024-02-03' | date: '%b %-d, %Y %H:%M' }}", "Feb 3, 2024 00:00"),
        ("{{ '10:30' | date: '%F %H:%M' }}", "2023-11-14 10:30"),
        ("{{ '2024-02-03T04:05:06Z' | date: '%H:%M' }}", "04:05"),
        ("{{ 'no date' | date: '%H' }}", "no date"),
        ("{{ 99999999999999999999 | date: '%H' }}", "99999999999999999999"),
        ("{{ 'now' | date }}", "now"),
    ],
)  # fmt: skip
def test_dates_are_in_pacific_time_on_the_clock_that_is_passed_in(template: str, expected: str) -> None:
    """Neither the time zone nor the clock nor the locale of the machine matters."""
    assert text(template) == expected


def test_pacific_time_needs_no_time_zones_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of python-dateutil are taken where there are none."""
    import zoneinfo

    from pytest_studio.flows.liquid import filters

    def absent(name: str) -> zoneinfo.ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zoneinfo, "ZoneInfo", absent)
    zone = filters.pacific.__wrapped__()
    moment = filters.moment(NOW, 0)
    assert moment is not None
    assert moment.astimezone(zone).strftime("%H:%M %Z") == "14:13 PST"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% for i in (1..16) %}{{i}}{% endfor %}", "a loop is taken to end after 15 rounds"),
        ("{{ big }}", "more than 16 KB is taken to be cut"),
        ("{{ 1 | plus: 0.5 }}", "'plus' is taken to give a number with a point: 1.5"),
        ("{{ missing | plus: 1 }}", "'plus', an undefined variable is taken to be 0"),
        ("{{ 'many' | times: 2 }}", "'times', 'many' is taken to be 0"),
        ("{{ missing | to_json }}", "to_json of an undefined variable is taken to be null"),
        ("{{ 'a' | base64_encode }}", "'base64_encode', which Twilio does not list"),
        ("{{ 'soon' | date: '%H' }}", "'soon' is taken to be no date"),
        ("{{ 0 | date: '%H' }}", "0 is taken to be 1969-12-31T16:00:00-08:00"),
        ("{{ 'today' | date: '%H' }}", "'today' is taken to be 2023-11-14T14:13:20"),
        ("{{ '2024-02-03T04:05:06Z' | date: '%H' }}", "is taken to be 2024-02-03T04:05:06+00:00"),
    ],
)
def test_a_rule_of_uncertain_grade_is_told(template: str, words: str) -> None:
    """It stands in the chat's ``assumed``, and is shown where a test fails."""
    assert words in assumed(template, big="x" * 20_000)


@pytest.mark.parametrize(
    "template",
    [
        "{{ x.a }}",
        "{{ x.a | plus: 1 }}",
        "{{ 'now' | date: '%H' }}",
        "{{ '2024-02-03' | date: '%b' }}",
        "{{ x | to_json }}",
        "{% for i in (1..15) %}{{i}}{% endfor %}",
        "{% for i in (1..99) %}{{i}}{% if i == 15 %}{% break %}{% endif %}{% endfor %}",
    ],
)
def test_a_documented_rule_is_no_assumption(template: str) -> None:
    """Else nobody reads them."""
    assert assumed(template, x={"a": "1"}) == ""


def test_a_loop_ends_after_fifteen_rounds() -> None:
    """Each loop of its own, and it still knows its length."""
    assert text("{% for i in (1..99) %}{{i}} {% endfor %}") == " ".join(map(str, range(1, 16))) + " "
    assert text("{% for i in (1..99) %}{{forloop.length}} {% endfor %}").split() == ["99"] * 15
    nested = "{% for i in (1..2) %}{% for j in (1..99) %}x{% endfor %}{% endfor %}"
    assert text(nested) == "x" * 30


@pytest.mark.parametrize("template", ["{{ x }}", "{{ x }}{% if true %}{% endif %}", "{{ x | append: '' }}"])
def test_output_is_cut_at_sixteen_kilobytes(template: str) -> None:
    """Bytes, not characters; no character is torn."""
    assert text(template, x="a" * 16_384) == "a" * 16_384
    assert text(template, x="a" + "é" * 9_000) == "a" + "é" * 8_191
    assert text(template, x="\ud800" * 9_000) == "\ud800" * 9_000


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("Hi {{ name", r"expected '}}', found end of file in '\{\{ name', line 1, column 4"),
        ("{% if x %}a", "expected tag endif"),
        ("{{ }}", "expected a primitive expression"),
        ("a\nb {{ x == 1 }}", r"found '==' in '\{\{ x == 1 \}\}', line 2, column 8"),
        ("{% frob %}", "unexpected tag 'frob'"),
        ("{% include 'other' %}", "'include' has nothing to bring: Studio keeps no templates"),
        ("{% render 'other' %}", "'render' has nothing to bring: Studio keeps no templates"),
        ("{{" + " " * 2_000 + "}}", "200 blanks or more in a tag"),
        ("{% else" + " " * 2_000 + "%}", "200 blanks or more in a tag"),
        ("{" * 60_000, "'{{' without '}}'"),
        ("{{ x }}" + "{%" * 60_000, "'{%' without '%}'"),
        ("{{ " + "x[" * 5_000 + "}}", "too many things within each other"),
        ("{% if " + "a and " * 5_000 + "b %}x{% endif %}", "too many things within each other"),
    ],
)
def test_a_template_that_does_not_parse_is_an_error(template: str, words: str) -> None:
    """It says what and where, whether it is checked, rendered or searched."""
    for use in (check, references, lambda given: render(given, {}, NOW)):
        with pytest.raises(LiquidError, match=words):
            use(template)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{ x | downcas }}", r"unknown filter 'downcas' \(did you mean 'downcase'\?\) in '.*', line 1, column 8"),
        ("{{ 1 | divided_by: 0 }}", "can't divide by 0"),
        ("{% if '5' > 1 %}{% endif %}", "not supported between 'int' and 'str'"),
        ("{{ x | sort }}", "can't sort"),
        ("{{ 'a' | replace }}", "in \"{{ 'a' | replace }}\""),
        ("{% break %}", "'break' outside of a loop"),
        ("{% for i in (1..3000000000) %}{% endfor %}", "more than 10000 numbers"),
        ("{% for i in (1..n) offset: 99999999 reversed %}{% endfor %}", "more than 10000 numbers"),
        ("{% if (1..99999999) contains 'a' %}{% endif %}", "more than 10000 numbers"),
        ("{% case x %}{% when (1..99999999) %}{% endcase %}", "more than 10000 numbers"),
        ("{% tablerow i in (1..99999999) %}{% endtablerow %}", "more than 10000 numbers"),
        ("{{ (1..99999999) | join: '' }}", "more than 10000 numbers"),
        ("{% for a in (1..15) %}" * 9 + "x" + "{% endfor %}" * 9, "too much work"),
        ("{{ long | replace: '', long }}", "too much work"),
        ("{{ long | replace: 'a', long }}", "too much work"),
        ("{{ long | split: '' | join: long }}", "too much work"),
        ("{{ long | split: '' | uniq | size }}", "too much work"),
        (
            "{% assign a = 'x' %}{% for i in (1..15) %}{% for j in (1..15) %}"
            "{% assign a = a | append: a %}{% endfor %}{% endfor %}",
            "too much work",
        ),
        (
            "{% assign a = 9 %}{% for i in (1..15) %}{% for j in (1..15) %}"
            "{% assign a = a | times: a %}{% endfor %}{% endfor %}",
            "too much work",
        ),
        (
            "{% assign a = 'x' | split: '' %}{% for i in (1..15) %}{% for j in (1..15) %}"
            "{% assign a = a | concat: a %}{% endfor %}{% endfor %}",
            "too much work",
        ),
    ],
)
def test_a_template_that_fails_is_an_error_in_bounded_time(template: str, words: str) -> None:
    """It neither hangs nor fills the memory, and it still parses."""
    check(template)
    began = time.thread_time()  # the time of this work alone: others may keep the machine busy
    with pytest.raises(LiquidError, match=words):
        text(template, x=[1, "a"], n=3_000_000_000, long="a" * 60_000)
    assert time.thread_time() - began < 10


def test_a_long_capture_ends_the_render() -> None:
    """What was put out before stays."""
    done = render("a{% capture x %}{{ long }}{% endcapture %}b", {"long": "x" * 20_000}, NOW)
    assert done.text == "a"
    assert "16 KB" in done.assumed[0]


@pytest.mark.parametrize(
    ("template", "paths"),
    [
        ("no Liquid", []),
        ("{{ widgets.ask-name.inbound.Body }}", ["widgets/ask-name/inbound/Body"]),
        ("{{ a[0]['x y'].b }}", ["a/0/x y/b"]),
        ("{{ a[b.c].d }}", ["a", "b/c"]),
        ("{{ 'x' | append: a.b }}{{ c | default: d.e }}", ["a/b", "c", "d/e"]),
        ("{% if a contains b and c == 1 %}{% elsif d %}{% endif %}{% unless e %}{% endunless %}", list("abcde")),
        ("{% case a.b %}{% when c, 'x' %}{{d}}{% else %}{{e}}{% endcase %}", ["a/b", "c", "d", "e"]),
        ("{% assign a = b.c | append: d %}{{ a }}{{ a.x }}", ["b/c", "d"]),
        ("{{ a }}{% assign a = 1 %}{{ a }}", ["a"]),
        ("{% capture a %}{{ b }}{% endcapture %}{{ a }}", ["b"]),
        ("{% for i in a.b limit: c %}{{ i.x }}{{ forloop.index }}{% else %}{{ d }}{% endfor %}{{ i }}",
         ["a/b", "c", "d", "i"]),
        ("{% for i in (1..a.b) %}{% endfor %}", ["a/b"]),
        ("{% cycle a, b %}{% increment c %}{% tablerow d in e %}{{ d }}{% endtablerow %}", ["a", "b", "e"]),
        ("{% liquid\nassign a = b\necho a\necho c %}", ["b", "c"]),
        ("{% raw %}{{ a }}{% endraw %}{% comment %}{{ b }}{% endcomment %}", []),
    ],
)  # fmt: skip
def test_references_are_what_a_template_reads_from_the_context(template: str, paths: list[str]) -> None:
    """Wherever it reads it, and not what it names itself."""
    assert ["/".join(map(str, found.path)) for found in references(template)] == paths


def test_a_reference_says_how_it_is_read() -> None:
    """Whether it is put out, through which filters, and with a default or without."""
    first, second, third = references("{{ flow. data.x | default: y | upcase }}{% if a[b.c] %}{% endif %}")[:3]
    assert first == (("flow", "data", "x"), "flow.data.x", ("default", "upcase"), True, True)
    assert second == (("y",), "y", (), False, False)
    assert third == (("a",), "a[b.c]", (), False, False)
    (assigned,) = references("{% assign n = flow.data | to_json %}")
    assert (assigned.output, assigned.filters) == (False, ("to_json",))
    (whole,) = references("{{flow.data}}")
    assert whole == (("flow", "data"), "flow.data", (), True, False)


def test_known_filters_are_those_that_render() -> None:
    """For whoever wants to say so before a Flow runs."""
    assert liquid.known_filters() >= {"to_json", "date", "downcase", "strip_html"}
    assert "downcas" not in liquid.known_filters()


def test_the_context_is_neither_copied_nor_changed() -> None:
    """Assignments are the template's own."""
    context = MappingProxyType({"flow": MappingProxyType({"x": "1"})})
    assert render("{% assign flow = 2 %}{% increment n %}{{ flow }}", context, NOW).text == "02"
    assert render("{{ flow.x }}{{ flow.x | upcase }}", context, NOW).text == "11"


def test_plain_templates_render_as_through_the_engine() -> None:
    """The short cut for text and plain paths makes no difference."""
    context = {"a": {"b": "x", "n": 1, "f": 1.5, "t": True, "z": None, "l": ["y"], "o": {"k": 1}, "size": 3}}
    for path in ("a.b", "a.n", "a.f", "a.t", "a.z", "a.l", "a.o", "a", "a.size", "a.l.first", "a.b.size", "q", "a.b.c"):
        plain = render(f"<{{{{ {path} }}}}>", context, NOW)
        assert plain == render(f"<{{{{ {path} }}}}>{{% if true %}}{{% endif %}}", context, NOW)


def test_text_without_liquid_needs_no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest names the extra that brings it."""
    real = builtins.__import__

    def without(name: str, *args: Any, **options: Any) -> Any:
        if name.partition(".")[0] == "liquid":
            raise ModuleNotFoundError("No module named 'liquid'", name="liquid")
        return real(name, *args, **options)

    liquid._engine.cache_clear()
    monkeypatch.delitem(sys.modules, "pytest_studio.flows.liquid.engine", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    assert render("plain", {}, NOW).text == "plain"
    assert references("plain") == ()
    with pytest.raises(MissingExtra, match=r"running Flows needs python-liquid.*pip install 'pytest-studio\[flow\]'"):
        check("{{ never_parsed_before }}")


@settings(deadline=None)
@given(st.text("{}%-| .:'\"[]()a1x\n", max_size=40), st.dictionaries(st.text(max_size=3), st.text(max_size=5)))
def test_any_template_renders_or_is_a_liquid_error(template: str, context: dict[str, str]) -> None:
    """Nothing else gets out."""
    try:
        done = render(template, context, NOW)
    except LiquidError:
        return
    assert isinstance(done.text, str)
    references(template)


NAMES = sorted(liquid.known_filters() - {"safe"})
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(NAMES), max_size=3), values, values)
def test_any_filter_takes_any_value_or_is_a_liquid_error(names: list[str], x: Any, y: Any) -> None:
    """Whatever a reply, a webhook or a Function brings."""
    for arguments in ("", ": y", ": y, y"):
        template = "{{ x" + "".join(f" | {name}{arguments}" for name in names) + " }}"
        try:
            done = render(template, {"x": x, "y": y}, NOW)
        except LiquidError:
            continue
        assert isinstance(done.text, str)
