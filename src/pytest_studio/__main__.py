"""``python -m pytest_studio``."""

import sys

from pytest_studio.cli import main

if __name__ == "__main__":
    sys.exit(main())
