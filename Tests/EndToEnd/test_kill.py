"""kill -9 after the k-th call, and answers that are lost: the next `up` ends in the census of one clean run."""
import os
import queue
import random
import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from census import differences
from harness import OK, Emulator, Workplace, census

SEED = int(os.environ.get("KILL_SEED", "20261121"))
SAMPLE = 24
WORKERS = 2


@pytest.fixture(scope="module")
def emulators():
    pool: "queue.Queue[Emulator]" = queue.Queue()
    running = [Emulator() for _ in range(WORKERS)]
    for emulator in running:
        pool.put(emulator)
    yield pool
    for emulator in running:
        emulator.stop()


def writes_of(standing) -> int:
    return sum(call["kind"] in ("write", "lock") for call in standing.calls)


def chosen(standing) -> list[tuple[int, str]]:
    """(k, when): all of them with KILL_ALL=1, else a seeded sample that always holds the first and the last call."""
    total = writes_of(standing)
    every = [(k, when) for k in range(1, total + 1) for when in ("before", "after")]
    if os.environ.get("KILL_ALL"):
        return every
    middle = random.Random(SEED).sample(every[2:-2], SAMPLE - 4)
    return sorted(every[:2] + middle + every[-2:])


def killed_and_finished(emulators, image, folder: Path, clean: dict, k: int, when: str) -> str:
    """"" when the second run ends in the clean census, else what is wrong."""
    emulator = emulators.get()
    try:
        emulator.reset()
        place = Workplace(folder, emulator.url, image)
        process = place.start("up", "--yes")
        emulator.weather(kill={"pid": process.pid, "after": k, "when": when, "scope": "mutating"})
        first = place.finish(process, timeout=300)
        hit = emulator.status()["kill"]["done"]
        if first.code != -signal.SIGKILL:
            return "" if hit is None and first.code == OK else f"first run: exit code {first.code}\n{first.stderr[-800:]}"
        emulator.fair()
        second = place.up(timeout=300)
        if second.code != OK:
            return f"killed {when} {hit}; next run: exit code {second.code}\n{second.stderr[-1500:]}"
        lines = differences(clean, census(emulator), ("clean run", "after the kill"))
        if lines:
            return f"killed {when} {hit}:\n" + "\n".join(lines[:20])
        emulator.clear_log()
        third = place.up()
        calls = emulator.stats()["total"]
        return "" if (third.code, calls) == (OK, 0) else f"killed {when} {hit}: a third run made {calls} calls"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        emulators.put(emulator)


def test_kill_after_any_call_is_healed_by_the_next_run(standing, emulators, image, tmp_path):
    cases = chosen(standing)
    assert len(cases) >= 20
    with ThreadPoolExecutor(WORKERS) as pool:
        outcomes = list(pool.map(lambda case: killed_and_finished(
            emulators, image, tmp_path / f"{case[0]}-{case[1]}", standing.census, *case), cases))
    wrong = [f"k={k} {when}: {outcome}" for (k, when), outcome in zip(cases, outcomes) if outcome]
    assert not wrong, f"seed {SEED}, {len(wrong)} of {len(cases)}:\n" + "\n\n".join(wrong)


@pytest.mark.parametrize("effect", ["drop_after", "truncate"])
def test_kill_no_process_but_lose_answers(standing, place, emulator, effect):
    """The call happened, the connection died: the same run looks it up and makes no second one."""
    emulator.weather(rules=[{"effect": effect, "kind": "write", "every": 9}])
    place.up(timeout=300).expect(OK)
    assert emulator.status()["rules"][0]["hits"] > 20
    emulator.fair()
    assert differences(standing.census, census(emulator), ("clean run", "lost answers")) == []


def test_kill_twice_in_a_row(standing, place, emulator):
    for k in (40, 60):
        process = place.start("up", "--yes")
        emulator.weather(kill={"pid": process.pid, "after": k, "when": "after"})
        assert place.finish(process, timeout=300).code == -signal.SIGKILL
        emulator.fair()
    place.up(timeout=300).expect(OK)
    assert differences(standing.census, census(emulator), ("clean run", "killed twice")) == []


def test_kill_of_a_down_is_healed_by_the_next_down(made, standing):
    process = made.start("down", "--yes")
    made.emulator.weather(kill={"pid": process.pid, "after": 25, "when": "after"})
    assert made.finish(process, timeout=300).code == -signal.SIGKILL
    made.emulator.fair()
    made.run("down", "--yes", timeout=300).expect(OK)
    made.up(timeout=300).expect(OK)
    assert differences(standing.census, census(made.emulator), ("clean run", "down and up")) == []
