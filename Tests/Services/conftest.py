import os
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from services import BINARY, Embedded, Real, Stores  # noqa: E402  (this folder is on the path only now)


@pytest.fixture(scope="session")
def binary():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is missing: `make build-tests` makes it (or name another by TICKCTL)", returncode=2)
    return BINARY


@pytest.fixture(scope="session")
def stores(binary):
    # Not in pytest's own folder: its next session would close it to the user that the servers run as.
    with tempfile.TemporaryDirectory(prefix="services-", ignore_cleanup_errors=True) as folder:
        stores = Stores(Path(folder))
        yield stores
        stores.stop()


def platform_of(name, folder, request, **settings):
    if name == "embedded":
        return Embedded(folder, **settings)
    return Real(folder, request.getfixturevalue("stores"), cluster=name == "cluster", **settings)


@pytest.fixture(scope="module", params=["embedded", "real", "cluster"])
def platform(request, binary, tmp_path_factory):
    """A running platform on each kind of stores, shared by a file's tests: each uses seats and users of its own."""
    platform = platform_of(request.param, tmp_path_factory.mktemp(request.param), request)
    platform.name = request.param
    yield platform.start()
    platform.stop()


@pytest.fixture
def make(request, binary, tmp_path):
    """make(name, **settings): a platform of a test's own, started (start=False: by the test)."""
    made = []

    def begin(name, start=True, **settings):
        platform = platform_of(name, tmp_path / f"{name}{len(made)}", request, **settings)
        made.append(platform)
        return platform.start() if start else platform
    yield begin
    for platform in made:
        platform.stop()
