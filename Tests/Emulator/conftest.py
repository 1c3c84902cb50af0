import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))


@pytest.fixture(scope="session")
def running():
    from launcher import Emulator
    emulator = Emulator()
    yield emulator
    emulator.stop()


@pytest.fixture
def emulator(running):
    running.reset()
    return running
