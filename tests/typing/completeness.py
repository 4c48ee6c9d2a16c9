"""How much of the package's interface has a type that every checker reads alike, as pyright counts it.

``nox -s types`` runs this; it fails on a symbol whose type is unknown, or has to be inferred.
"""

from __future__ import annotations

import json
import subprocess
import sys

#: Names that stand for methods or functions which have their types where they are defined; checkers agree on them.
ALIASES = ("pytest_studio.factories.", "pytest_studio.schemas.SchemaRegistry", "pytest_studio.SchemaRegistry")
#: Made of the SDK's classes, whose package has no types.
UNTYPED = ("pytest_studio.transports.twilio.StudioHttpClient", "pytest_studio.transports.twilio.AsyncStudioHttpClient")


def main() -> int:
    """Print the score, and each symbol that falls short of it."""
    command = ["pyright", "--verifytypes", "pytest_studio", "--ignoreexternal", "--outputjson"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = json.loads(told)["typeCompleteness"]
    exported = [symbol for symbol in found["symbols"] if symbol["isExported"]]
    vague = [symbol for symbol in exported if not symbol["isTypeKnown"]]
    missing = [symbol for symbol in vague if not symbol["name"].startswith(ALIASES + UNTYPED)]
    for symbol in missing:
        why = " ".join(each["message"].split("\n")[0] for each in symbol["diagnostics"] if each["severity"] == "error")
        print(f"{symbol['name']}: {why}")
    print(
        f"{len(exported)} symbols, {len(exported) - len(vague)} with a known type "
        f"({found['completenessScore']:.2%}), {len(vague) - len(missing)} aliases or of the SDK, {len(missing)} without"
    )
    return 1 if missing or not exported else 0


if __name__ == "__main__":
    sys.exit(main())
