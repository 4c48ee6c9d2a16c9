"""The house rule: layers, one door for each third-party library, no crowded rooms."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import pytest_studio

ROOT = Path(pytest_studio.__file__).parent

#: From the bottom up; a module imports only from lower layers, or from its own package.
LAYERS = [
    ["errors", "files", "running", "schema_files", "snapshots", "widgets", "wording"],
    ["wire", "sids", "clock"],
    ["seeds", "operations", "fields", "paths", "payloads", "cloudevents", "webhooks"],
    ["vintages", "sample_context", "credentials", "violations", "validation", "resources", "flows"],
    ["client_responses"],
    ["schemas", "account", "paging"],
    ["recordings", "flow_checks"],
    ["factories", "strategies", "arrange", "api", "journal", "events", "privacy", "transports"],
    ["runs", "faults", "switchboard", "decorating", "serving", "chats"],
    ["fake"],
    ["settings", "cli", "collecting", "covering", "live"],
    ["plugin", "__main__"],
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}

#: Third-party library -> the only places that import it.
DOORS = {
    "pytest": {"plugin", "settings", "collecting", "covering", "live.collecting"},
    "requests": {"transports.requests", "transports.sending", "live.asking"},
    "responses": {"transports.responses"},
    "httpx": {"transports.httpx"},
    "httpcore": {"transports.httpx"},
    "aiohttp": {"transports.aiohttp"},
    "h11": {"transports.http11"},
    "trustme": {"serving.proxy"},
    "yaml": {"recordings.yaml_stream"},
    "twilio": {"transports.twilio"},
    "faker": {"seeds"},
    "jsonschema": {"validation"},
    "jsonschema_rs": {"validation"},
    "liquid": {"flows.liquid.engine"},
    "dateutil": {"flows.liquid.filters"},
    "hypothesis": {"strategies.basis"},
    "argcomplete": {"cli"},
}
#: Only these may be imported when a module is imported; the rest inside of functions.
AT_IMPORT = {"pytest", "requests", "responses", "twilio", "httpx", "httpcore", "aiohttp", "h11", "liquid", "hypothesis"}

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if path != ROOT / "__init__.py"
}


def imports(path: Path) -> list[tuple[str, bool]]:
    """``(module, at import)`` of every import that runs, those for type checkers left out."""
    found: list[tuple[str, bool]] = []

    def visit(node: ast.AST, top: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                for other in child.orelse:
                    visit(other, top)
            elif isinstance(child, ast.Import):
                found.extend((alias.name, top) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: relative import"
                if child.module == "pytest_studio":
                    found.extend((f"pytest_studio.{alias.name}", top) for alias in child.names)
                else:
                    found.append((child.module or "", top))
            else:
                visit(child, top and not isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)))

    visit(ast.parse(path.read_text(encoding="utf-8")), True)
    return found


each_module = pytest.mark.parametrize("name", MODULES)


def test_every_module_has_a_layer() -> None:
    """A new room is put on a floor."""
    assert {name.partition(".")[0] for name in MODULES} == set(LEVEL)


def test_the_documented_table_is_this_one() -> None:
    """Row by row, from the bottom up."""
    document = ROOT.parent.parent / "ARCHITECTURE.md"
    if not document.exists():
        pytest.skip("the tests run away from their repository")
    table = document.read_text(encoding="utf-8").partition("## Layers")[2].partition("## ")[0]
    rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert [[name.strip("`/") for name in row.split()] for row in rows] == LAYERS


@each_module
def test_a_module_imports_only_from_lower_layers(name: str) -> None:
    """Or from its own package."""
    room = name.partition(".")[0]
    for imported, _ in imports(MODULES[name]):
        if imported.startswith("pytest_studio."):
            other = imported.split(".")[1]
            assert other == room or LEVEL[other] < LEVEL[room], f"{name} imports {imported}"


@each_module
def test_a_third_party_library_is_imported_in_one_place(name: str) -> None:
    """And heavy ones only when they are needed."""
    for imported, at_import in imports(MODULES[name]):
        library = imported.partition(".")[0]
        if library in DOORS:
            assert name in DOORS[library], f"{name} imports {library}"
            assert library in AT_IMPORT or not at_import, f"{name} imports {library} when it is imported"


@each_module
def test_no_module_is_over_450_lines(name: str) -> None:
    """A crowded room is divided."""
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= 450


def test_the_plugin_imports_only_pytest_when_it_is_loaded() -> None:
    """It is paid for on every run of every suite."""
    assert {name for name, at_import in imports(MODULES["plugin"]) if at_import} <= {
        "__future__",
        "collections.abc",
        "importlib.machinery",
        "sys",
        "typing",
        "pytest",
        "pytest_studio.running",
    }
