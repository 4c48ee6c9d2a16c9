"""A field that Twilio adds is written down once, in its schema, and everything follows; a parameter once, in its row.

Both are done here to a copy of the package, which a fresh process then uses.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_studio import operations, schema_files

CONTRIBUTING = Path(__file__).parent.parent / "CONTRIBUTING.md"

#: Resource -> the new field, as its schema describes it.
FIELDS: dict[str, dict[str, Any]] = {
    "v2/execution": {
        "priority": {
            "type": "integer",
            "default": 3,
            "description": "How urgent the Execution is.",
            "x-since": "2026-11",
            "x-pii": {"handling": "none"},
        },
        "note": {"type": ["string", "null"], "default": None, "x-pii": {"handling": "standard", "mtl_days": 30}},
        "due": {"$ref": "urn:pytest-studio:common#/$defs/date_time_or_null", "default": None},
        "mood": {"type": "string", "enum": ["good", "bad"], "default": "good"},
    },
    "v2/execution_step": {"attempts": {"type": "array", "items": {"type": "integer"}, "default": []}},
    "v2/flow": {"language": {"type": ["string", "null"], "default": None}},
    "v2/flow_revision": {"language": {"type": ["string", "null"], "default": None}},
}
#: Row in the table -> the same with a parameter more.
ROWS = {
    'TRIGGER_V2 = (*TRIGGER, Param("ExternalId", since="2024-12"))': (
        'TRIGGER_V2 = (*TRIGGER, Param("ExternalId", since="2024-12"), Param("Priority", "integer"), Param("Mood"))'
    ),
    '_REVISION = (Param("CommitMessage"),': '_REVISION = (Param("Language"), Param("CommitMessage"),',
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package, in which the fields and parameters have been written down."""
    folder = tmp_path_factory.mktemp("newer")
    package = Path(operations.__file__).parent
    shutil.copytree(package, folder / "pytest_studio", ignore=shutil.ignore_patterns("__pycache__", "json_schemas"))
    files = folder / "pytest_studio" / "json_schemas"
    shutil.copytree(schema_files.folder(), files)
    for name, fields in FIELDS.items():
        path = files / f"{name}.json"
        schema = json.loads(path.read_text(encoding="utf-8"))
        schema["properties"].update(fields)
        path.write_text(json.dumps(schema), encoding="utf-8")
    table = folder / "pytest_studio" / "operations.py"
    text = table.read_text(encoding="utf-8")
    for row, newer in ROWS.items():
        assert text.count(row) == 1
        text = text.replace(row, newer)
    table.write_text(text, encoding="utf-8")
    return folder


def run(place: Path, code: str) -> Any:
    """What a fresh process with that copy prints, as JSON; the code has a ``studio`` and a v2 Flow's ``url``."""
    start = (
        "import json\nfrom pytest_studio import FakeStudio, Request, factories, schemas\n"
        "studio = FakeStudio(seed=1)\nflow = studio.add_flow()\n"
        "url = f'https://studio.twilio.com/v2/Flows/{flow.sid}'\n"
        "import base64\nkey = base64.b64encode(f'{studio.account_sid}:{studio.auth_token}'.encode()).decode()\n"
        "headers = {'Authorization': f'Basic {key}', 'Content-Type': 'application/x-www-form-urlencoded'}\n"
        "def ask(method, url, body=b''):\n"
        "    answer = studio.handle(Request(method, url, headers, body))\n"
        "    assert answer.status < 300, answer.body\n"
        "    return json.loads(answer.body)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", start + code], env=environ, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_api_shows_it(place: Path) -> None:
    """By its default where a record was given none: fetched, listed, and as the schema wants it."""
    code = (
        "run = studio.add_execution(flow, priority=5, due='2026-11-20T10:00:00+01:00')\n"
        "step = studio.add_step(run, attempts=[1])\nstudio.add_step(run)\n"
        "fetched = ask('GET', f'{url}/Executions/{run.sid}')\n"
        "listed = ask('GET', f'{url}/Executions')['executions'][0]\n"
        "steps = ask('GET', f'{url}/Executions/{run.sid}/Steps')\n"
        "schemas.validate(fetched, 'v2/execution'); schemas.validate(steps, 'v2/execution_step_page')\n"
        "assert fetched == listed == run.payload()\n"
        "assert steps['steps'][1] == ask('GET', f'{url}/Executions/{run.sid}/Steps/{step.sid}')\n"
        "assert 'priority' not in run.payload('v1')\n"
        "print(json.dumps([fetched, [row['attempts'] for row in steps['steps']]]))"
    )
    fetched, attempts = run(place, code)
    assert [fetched[name] for name in FIELDS["v2/execution"]] == [5, None, "2026-11-20T09:00:00Z", "good"]
    assert attempts == [[], [1]]


def test_records_have_it(place: Path) -> None:
    """As an attribute, in ``update``, and through a dump and a recording."""
    code = (
        "run = studio.add_execution(flow, mood='bad')\n"
        "run.update(priority=9, due='2026-11-20T09:00:00Z')\n"
        "assert type(run).priority.__doc__ == 'How urgent the Execution is.'\n"
        "flow.update(language='en')\nassert flow.revisions[0].language == 'en'\n"
        "import tempfile, pathlib\npath = pathlib.Path(tempfile.mkdtemp(), 'dump.json')\nstudio.dump(path)\n"
        "other = FakeStudio(account_sid=studio.account_sid)\nother.load(path)\n"
        "third = FakeStudio(account_sid=studio.account_sid)\nthird.load(run.payload())\n"
        "again = [s.executions[run.sid].payload() for s in (studio, other, third)]\n"
        "assert again[0] == again[1]\nlanguage = other.flows[flow.sid].language\n"
        "print(json.dumps([run.priority, str(run.due), run.mood, again[2]['priority'], language]))"
    )
    assert run(place, code) == [9, "2026-11-20 09:00:00+00:00", "bad", 9, "en"]


def test_wrong_values_are_refused(place: Path) -> None:
    """With the words that other fields have."""
    code = (
        "said = []\n"
        "for values in ({'priority': 'high'}, {'mood': 'fair'}, {'due': 'soon'}, {'priorty': 1}):\n"
        "    try:\n        studio.add_execution(flow, **values)\n"
        "    except (TypeError, ValueError) as error:\n        said.append(str(error))\n"
        "print(json.dumps(said))"
    )
    number, choice, date, unknown = run(place, code)
    assert number == "Execution.priority is a whole number, not str: 'high'"
    assert choice == "Execution.mood is 'good' or 'bad', not 'fair'"
    assert date.startswith("Execution.due")
    assert "did you mean 'priority'?" in unknown


def test_the_factories_make_it(place: Path) -> None:
    """Overridden values are checked against the schema."""
    code = (
        "made = [factories.execution(priority=4), factories.step(attempts=[2]), factories.page('execution', 2)]\n"
        "try:\n    factories.execution(mood='fair')\n"
        "except AssertionError as error:\n    print(json.dumps([made, str(error)]))"
    )
    (execution, step, page), refused = run(place, code)
    assert (execution["priority"], execution["mood"], step["attempts"]) == (4, "good", [2])
    assert page["executions"][0]["priority"] == 3
    assert "/mood" in refused


def test_a_default_is_nobodys_own(place: Path) -> None:
    """Whoever changes a payload or a record changes no other."""
    code = (
        "factories.step()['attempts'].append(1)\nrun = studio.add_execution(flow)\n"
        "studio.add_step(run).payload()['attempts'].append(2)\n"
        "print(json.dumps([factories.step()['attempts'], studio.add_step(run).attempts]))"
    )
    assert run(place, code) == [[], []]


def test_a_vintage_before_it_has_it_not(place: Path) -> None:
    """By ``x-since``, in answers and records."""
    code = (
        "studio = FakeStudio(vintage='2025')\nbefore = studio.add_execution().payload()\n"
        "print(json.dumps([sorted(before), sorted(FakeStudio().add_execution().payload())]))"
    )
    before, now = run(place, code)
    assert "priority" not in before
    assert "mood" in before
    assert "priority" in now


def test_it_is_personal_if_its_schema_says_so(place: Path) -> None:
    """``assert_no_pii`` finds it, also after it was changed."""
    code = (
        "run = studio.add_execution(flow, note='Ada Lovelace')\nrun.update(note='Grace Hopper')\nfound = []\n"
        "for text in ('Ada Lovelace', 'Grace Hopper', 'Nobody Else'):\n"
        "    try:\n        studio.assert_no_pii(text)\n"
        "    except AssertionError:\n        found.append(text)\n"
        "print(json.dumps(found))"
    )
    assert run(place, code) == ["Ada Lovelace", "Grace Hopper"]


def test_a_parameter_of_its_name_sets_it(place: Path) -> None:
    """One row in the table: it is declared, read, checked, and stored; a new revision goes on with it."""
    code = (
        "run = ask('POST', f'{url}/Executions', b'To=%2B15550100001&From=%2B15550100002&Priority=7')\n"
        "made = ask('POST', url.rpartition('/')[0], b'FriendlyName=A&Status=draft&Language=fr&Definition='\n"
        "           + json.dumps(flow.definition).encode())\n"
        "updated = ask('POST', made['url'], b'Status=published')\n"
        "studio.assert_called('v2.CreateExecution', Priority=7)\n"
        "assert not [call for call in studio.calls if call.remarks]\n"
        "wrong = studio.handle(Request('POST', f'{url}/Executions', headers,\n"
        "                      b'To=%2B15550100003&From=%2B15550100002&Priority=high'))\n"
        "print(json.dumps([run['priority'], made['language'], updated['language'], wrong.status]))"
    )
    assert run(place, code) == [7, "fr", "fr", 400]


def test_a_value_that_the_field_cannot_hold_is_refused(place: Path) -> None:
    """Also where the parameter takes any text."""
    code = (
        "wrong = studio.handle(Request('POST', f'{url}/Executions', headers,\n"
        "                      b'To=%2B15550100003&From=%2B15550100002&Mood=fair'))\n"
        "print(json.dumps([wrong.status, wrong.json()['message'], len(studio.executions)]))"
    )
    assert run(place, code) == [400, "Invalid value 'fair' for parameter Mood: expected one of good, bad", 0]


def test_a_dump_of_before_has_the_default(place: Path) -> None:
    """Into an empty studio, and over records that are there; what never could be missing is still asked for."""
    code = (
        "step = studio.add_step(studio.add_execution(flow, priority=9), attempts=[4])\nflow.update(language='en')\n"
        "import pathlib, tempfile\npath = pathlib.Path(tempfile.mkdtemp(), 'dump.json')\nstudio.dump(path)\n"
        "data = json.loads(path.read_text())\nrun = data['flows'][0]['executions'][0]\n"
        "del run['priority'], run['steps'][0]['attempts'], data['flows'][0]['revisions'][0]['language']\n"
        "path.write_text(json.dumps(data))\nother = FakeStudio(account_sid=studio.account_sid)\nfound = []\n"
        "for where in (studio, other):\n"
        "    where.load(path)\n"
        "    known = where.steps[step.sid]\n"
        "    found.append([known.execution.priority, known.attempts, where.flows[flow.sid].language])\n"
        "del run['steps'][0]['name']\npath.write_text(json.dumps(data))\n"
        "try:\n    FakeStudio().load(path)\n"
        "except ValueError as error:\n    print(json.dumps([found, str(error)]))"
    )
    found, missing = run(place, code)
    assert found == [[3, [], None], [3, [], None]]
    assert missing.endswith("/flows/0/executions/0/steps/0/name is missing")


def test_strategies_draw_it(place: Path) -> None:
    """As the schema has it, on its own, in a page and in a history; a value of one's own is drawn, or refused."""
    pytest.importorskip("hypothesis")
    code = (
        "from hypothesis import given, settings, strategies as st\nfrom pytest_studio import strategies\n"
        "names = ['v2/execution', 'v2/execution_step', 'v2/execution_page', 'v2/flow', 'v2/flow_revision']\n"
        "payloads = {name: strategies.payloads(name) for name in names}\n"
        "seen = set()\n"
        "@settings(max_examples=60, database=None, deadline=None)\n"
        "@given(st.fixed_dictionaries(payloads), strategies.histories(1, 2), strategies.executions(priority=5))\n"
        "def check(drawn, history, urgent):\n"
        "    for name, payload in drawn.items():\n        schemas.validate(payload, name)\n"
        "        seen.update(payload)\n"
        "    for step in history.steps:\n        assert isinstance(step['attempts'], list)\n"
        "    history.add_to(FakeStudio())\n    assert urgent['priority'] == 5\n"
        "check()\n"
        "try:\n    strategies.executions(priority='high')\n"
        "except AssertionError as error:\n    print(json.dumps([sorted(seen), str(error)]))"
    )
    seen, refused = run(place, code)
    assert {field for fields in FIELDS.values() for field in fields} <= set(seen)
    assert "priority: found 'high'" in refused


def test_assert_conforms_knows_it(place: Path) -> None:
    """An answer may have it, or not have it yet; what the schema does not let pass is told."""
    code = (
        "import warnings\nwarnings.simplefilter('error')\n"
        "from pytest_studio import assert_conforms\n"
        "said = []\nmade = ask('GET', f'{url}/Executions/{studio.add_execution(flow).sid}')\n"
        "older = {name: value for name, value in made.items() if name != 'priority'}\n"
        "for payload in (made, older, {**made, 'priority': 'high'}, {**made, 'mood': 'fair'}):\n"
        "    try:\n        assert_conforms('GET', made['url'], 200, payload)\n        said.append('')\n"
        "    except AssertionError as error:\n        said.append(str(error))\n"
        "print(json.dumps(said))"
    )
    now, before, number, choice = run(place, code)
    assert (now, before) == ("", "")
    assert "/priority" in number
    assert "/mood" in choice


@pytest.mark.skipif(not CONTRIBUTING.exists(), reason="the tests run away from their repository")
def test_contributing_shows_the_field_that_is_tried_here() -> None:
    """Whoever follows it gets what is tested."""
    section = CONTRIBUTING.read_text(encoding="utf-8").partition("## A new field")[2].partition("\n## ")[0]
    [block] = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    assert json.loads(block) == {"priority": FIELDS["v2/execution"]["priority"]}


def test_views_of_one_record_agree_on_its_kind() -> None:
    """A field that stands in several schemas of one resource means the same in all of them."""
    for views in schema_files.VIEWS.values():
        kinds: dict[str, set[str]] = {}
        for name in views:
            for field, rule in schema_files.kept(name).items():
                kinds.setdefault(field, set()).add(rule.kind)
        assert all(len(found) == 1 for found in kinds.values())
