import os
import subprocess

import pytest

from harness import BINARY, Emulator, Postgres, Registry, Workplace, census, copy_folder


def pytest_collection_modifyitems(items):
    """The kill tests run last: everything cheaper fails first."""
    items.sort(key=lambda item: "test_kill.py" in item.nodeid)


@pytest.fixture(scope="session")
def binary():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is missing: `make build-tests` makes it (or name another by TICKCTL)", returncode=2)
    return BINARY


@pytest.fixture(scope="session")
def image(binary, tmp_path_factory):
    """The image of the binary, built once; every workplace links to its files."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run([str(binary), "image", "build", "--out", str(folder / "layout")], check=True, capture_output=True,
                   cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder), "SOURCE_DATE_EPOCH": "0"})
    return folder / "layout"


@pytest.fixture(scope="session")
def running():
    emulator = Emulator()
    yield emulator
    emulator.stop()


@pytest.fixture
def emulator(running):
    """An empty account, fair weather."""
    running.reset()
    return running


@pytest.fixture
def place(tmp_path, binary, image, emulator):
    """A folder to run tickctl in, against the emulator's empty account."""
    place = Workplace(tmp_path / "work", emulator.url, image)
    yield place
    place.stop()


class Standing:
    """A stack that was made once, by one clean `up`; tests start from copies of it."""

    def __init__(self, folder, emulator, image):
        emulator.reset()
        self.place = Workplace(folder / "work", emulator.url, image)
        self.result = self.place.up().expect(0)
        self.calls = emulator.log(full=True)
        self.stats = emulator.stats()
        self.census = census(emulator)
        emulator.snapshot("standing")
        self.kept = folder / "kept"
        copy_folder(self.place.folder, self.kept)


@pytest.fixture(scope="session")
def standing(running, binary, image, tmp_path_factory):
    return Standing(tmp_path_factory.mktemp("standing"), running, image)


@pytest.fixture
def made(standing, running, tmp_path):
    """A workplace with its stamps, and an account in which the whole stack stands."""
    running.restore("standing")
    place = Workplace.copied(standing.kept, tmp_path / "work", running.url)
    place.emulator = running
    yield place
    place.stop()


@pytest.fixture(scope="session")
def running_postgres(tmp_path_factory):
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    yield server
    server.stop()


@pytest.fixture
def postgres(running_postgres):
    """An empty database."""
    running_postgres.recreate()
    return running_postgres


@pytest.fixture
def registry(tmp_path_factory):
    server = Registry(tmp_path_factory.mktemp("registry"))
    yield server
    server.stop()


@pytest.fixture
def guarded_registry(tmp_path_factory):
    server = Registry(tmp_path_factory.mktemp("registry"), guarded=True)
    yield server
    server.stop()
