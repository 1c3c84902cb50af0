import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "EndToEnd"), str(HERE.parent / "Services")]

from harness import BINARY  # noqa: E402  (the folders are on the path only now)


@pytest.fixture(scope="session", autouse=True)
def binary():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is missing: `make build-tests` makes it (or name another by TICKCTL)", returncode=2)
    return BINARY
