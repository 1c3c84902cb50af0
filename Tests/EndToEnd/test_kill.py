"""kill -9 after the k-th call, and answers that are lost: the next run ends in the census of one clean run.

The sample of `make test` is seeded (KILL_SEED); KILL_ALL=1 kills before and after every single call. That takes hours:
KILL_LOG=FILE gets a line for each kill, and kills that the file says are healed are not repeated.
"""
import os
import queue
import random
import re
import shutil
import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from census import differences
from harness import OK, Emulator, Workplace, census, lines_changed

SEED = int(os.environ.get("KILL_SEED", "20261121"))
ALL = bool(os.environ.get("KILL_ALL"))
LOG = Path(os.environ["KILL_LOG"]) if "KILL_LOG" in os.environ else None
WORKERS = 2

# Kills after which something stands half made: its first such call has happened, the calls that follow have not.
HALF_MADE = [("dynamodb", "CreateTable"), ("ec2", "CreateVpc"), ("ec2", "CreateSubnet"), ("ec2", "CreateInternetGateway"),
             ("ec2", "CreateSecurityGroup"), ("ec2", "CreateRouteTable"), ("ec2", "AllocateAddress"),
             ("ec2", "CreateNatGateway"), ("ec2", "CreateVpcEndpoint"), ("ecs", "RegisterTaskDefinition"),
             ("ecs", "RunTask"), ("elbv2", "CreateTargetGroup"), ("cloudfront", "CreateDistributionWithTags"),
             ("rds", "CreateDBCluster"), ("s3", "CreateBucket")]
# A second one of these is not refused by AWS: whoever repeats the call makes a duplicate.
UNREFUSED = {"CreateVpc", "CreateSubnet", "CreateInternetGateway", "CreateRouteTable", "AllocateAddress",
             "CreateNatGateway", "CreateVpcEndpoint", "RegisterTaskDefinition", "RunTask"}


@dataclass(frozen=True)
class Kill:
    """Before or after the `after`-th call of a kind."""
    after: int
    when: str
    scope: str = "mutating"
    service: str = "*"
    action: str = "*"

    def __str__(self):
        return f"{self.when} {self.scope} call {self.after} of {self.service}:{self.action}"

    def start(self, place, emulator, *arguments: str):
        """The run that it ends."""
        return place.start_to_be_killed(emulator, *arguments, after=self.after, when=self.when, scope=self.scope,
                                        service=self.service, action=self.action)


def both_sides(total: int) -> list[Kill]:
    return [Kill(k, when) for k in range(1, total + 1) for when in ("before", "after")]


def sample(kills: list[Kill], size: int) -> list[Kill]:
    """Seeded; the first and the last call are always in it."""
    if ALL:
        return sorted(kills, key=lambda kill: kill.when)
    if len(kills) <= size:
        return kills
    middle = random.Random(SEED).sample(kills[2:-2], size - 4)
    return kills[:2] + sorted(middle, key=lambda kill: kill.after) + kills[-2:]


def healed(test: str, kill: Kill) -> bool:
    """Whether an earlier run noted so."""
    return LOG is not None and LOG.exists() and f"{test}: {kill}: healed" in LOG.read_text().splitlines()


def noted(test: str, kill: Kill, outcome: str) -> str:
    """The outcome, "" or what is wrong, once it is in the log."""
    if LOG is not None:
        with LOG.open("a") as log:
            log.write(f"{test}: {kill}: {outcome.replace(chr(10), ' | ') or 'healed'}\n")
    return outcome


def writes(calls) -> int:
    return sum(call["kind"] in ("write", "lock") for call in calls)


@pytest.fixture(scope="module")
def emulators():
    pool: "queue.Queue[Emulator]" = queue.Queue()
    running = [Emulator() for _ in range(WORKERS)]
    for emulator in running:
        pool.put(emulator)
    yield pool
    for emulator in running:
        emulator.stop()


def killed_and_finished(emulators, image, folder: Path, clean: dict, kill: Kill) -> str:
    """"" when the second run ends in the clean census, else what is wrong."""
    if healed("up", kill):
        return ""
    emulator = emulators.get()
    try:
        return noted("up", kill, outcome_of(kill, Workplace(folder, emulator.url, image), emulator, clean))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        emulators.put(emulator)


def outcome_of(kill: Kill, place: Workplace, emulator, clean: dict) -> str:
    emulator.reset()
    first = place.finish(kill.start(place, emulator, "up", "--yes"))
    hit = emulator.status()["kill"]["done"]
    if first.code != -signal.SIGKILL:
        # Reads and writes interleave: the very last call of one run may not come in another.
        return "" if hit is None and first.code == OK else f"first run: exit code {first.code}\n{first.stderr[-800:]}"
    emulator.fair()
    second = place.up()
    if second.code != OK:
        return f"killed at {hit}; next run: exit code {second.code}\n{second.stderr[-1500:]}"
    lines = differences(clean, census(emulator), ("clean run", "after the kill"))
    if lines:
        return f"killed at {hit}:\n" + "\n".join(lines[:20])
    emulator.clear_log()
    third = place.up()
    calls = emulator.stats()["total"]
    return "" if (third.code, calls) == (OK, 0) else f"killed at {hit}: a third run made {calls} calls"


def test_kill_after_any_call_is_healed_by_the_next_run(standing, emulators, image, tmp_path):
    kills = [Kill(1, "after", service=service, action=action) for service, action in HALF_MADE]
    kills += [Kill(k, "after", scope="registry") for k in (30, 60)]
    kills += sample(both_sides(writes(standing.calls)), 10)
    assert len(kills) >= 20
    with ThreadPoolExecutor(WORKERS) as pool:
        outcomes = list(pool.map(lambda pair: killed_and_finished(
            emulators, image, tmp_path / str(pair[0]), standing.census, pair[1]), enumerate(kills)))
    wrong = [f"{kill}: {outcome}" for kill, outcome in zip(kills, outcomes) if outcome]
    assert not wrong, f"seed {SEED}, {len(wrong)} of {len(kills)}:\n" + "\n\n".join(wrong)


def test_kill_again_and_again_while_lists_lag_behind(standing, place, emulator):
    """What a killed run made is not listed yet when the next run looks: it waits, and makes no second one."""
    # Addresses, which nothing waits for, are under way with the VPC and lag with it.
    for action in ("CreateVpc", "CreateSubnet", "CreateNatGateway", "CreateVpcEndpoint"):
        emulator.weather(stale={"services": ["ec2"], "seconds": 2.5})
        process = Kill(1, "after", service="ec2", action=action).start(place, emulator, "up", "--yes")
        assert place.finish(process).code == -signal.SIGKILL
    place.up().expect(OK)
    emulator.fair()
    assert differences(standing.census, census(emulator), ("clean run", "killed four times")) == []


@pytest.mark.parametrize("effect, stale", [
    ({"effect": "drop_after"}, None), ({"effect": "truncate"}, None), ({"effect": "server_error", "execute": True}, None),
    ({"effect": "drop_after"}, {"services": ["ec2"], "seconds": 1.5}),
], ids=["dropped", "truncated", "error 500", "dropped while lists lag"])
def test_lost_answers_are_looked_up(standing, place, emulator, effect, stale):
    """The first answer of every mutating action is lost, though the call happened: nothing is made twice."""
    actions = sorted({(c["service"], c["action"]) for c in standing.calls if c["kind"] in ("write", "lock")})
    assert len(actions) > 50
    emulator.weather(stale=stale, rules=[
        {**effect, "service": service, "action": action, "kind": "write,lock", "nth": 1} for service, action in actions])
    place.up().expect(OK)
    # The bucket that is found after its creation's answer was lost is closed already, as every new one.
    assert [rule["action"] for rule in emulator.status()["rules"] if rule["hits"] != 1] == ["PutPublicAccessBlock"]
    calls = Counter(call["action"] for call in emulator.log(kind="write"))
    expected = Counter(call["action"] for call in standing.calls)
    assert {a: calls[a] for a in UNREFUSED} == {a: expected[a] for a in UNREFUSED}
    emulator.fair()
    assert differences(standing.census, census(emulator), ("clean run", "lost answers")) == []


def change_values(place):
    """Other values in every step: new rules, new revisions, services and policies that follow."""
    lines_changed(place.stack_file(), {
        "nat: per-zone": "nat: single", "logRetentionDays: 30": "logRetentionDays: 14",
        "visibilityTimeoutSeconds: 60": "visibilityTimeoutSeconds: 90", "albIngress: anywhere": "albIngress: cloudfront",
        "keepTagged: 50": "keepTagged: 20", "cpu: 1024": "cpu: 2048", "memoryMiB: 2048": "memoryMiB: 4096"})


@pytest.fixture(scope="module")
def changed(standing, running, tmp_path_factory):
    """The census and the calls of one clean `up` that brings a standing stack to other values."""
    running.restore("standing")
    place = Workplace.copied(standing.kept, tmp_path_factory.mktemp("changed") / "work", running.url)
    change_values(place)
    running.clear_log()
    place.up().expect(OK)
    return running.log(), census(running)


def test_kill_of_an_up_that_changes_a_standing_stack(standing, changed, running, tmp_path):
    calls, wanted = changed
    assert writes(calls) > 25 and differences(standing.census, wanted) != []
    wrong = []
    for number, kill in enumerate(sample(both_sides(writes(calls)), 8)):
        if healed("change", kill):
            continue
        running.restore("standing")
        place = Workplace.copied(standing.kept, tmp_path / str(number), running.url)
        change_values(place)
        first = place.finish(kill.start(place, running, "up", "--yes"))
        running.fair()
        second = place.up()
        lines = differences(wanted, census(running), ("clean change", "after the kill"))
        outcome = ""
        if second.code != OK or lines:
            outcome = f"{first.code}, then {second.code}\n{second.stderr[-1000:]}\n" + "\n".join(lines[:20])
        if noted("change", kill, outcome):
            wrong.append(f"{kill}: {outcome}")
    assert not wrong, f"seed {SEED}, {len(wrong)}:\n" + "\n\n".join(wrong)


def without_run_names(found: dict) -> dict:
    """Every run takes its own final snapshot, whatever an earlier one took: the name says which run it was."""
    return {re.sub(r"(aurora-snapshot/[a-z-]+-final)-.*", r"\1", name): settings for name, settings in found.items()}


@pytest.mark.parametrize("arguments", [(), ("--destroy-data", "--confirm", "ticket")], ids=["keeping data", "everything"])
def test_kill_of_a_down_is_healed_by_the_next_down(standing, running, tmp_path, arguments):
    running.restore("standing")
    place = Workplace.copied(standing.kept, tmp_path / "clean", running.url)
    place.run("down", "--yes", *arguments).expect(OK)
    calls, left = running.log(), without_run_names(census(running))
    assert writes(calls) > 100
    wrong = []
    kind = " ".join(["down", *arguments])
    for number, kill in enumerate(sample(both_sides(writes(calls)), 7)):
        if healed(kind, kill):
            continue
        running.restore("standing")
        place = Workplace.copied(standing.kept, tmp_path / str(number), running.url)
        first = place.finish(kill.start(place, running, "down", "--yes", *arguments))
        running.fair()
        second = place.run("down", "--yes", *arguments)
        lines = differences(left, without_run_names(census(running)), ("clean down", "after the kill"))
        outcome = ""
        if second.code != OK or lines:
            outcome = f"{first.code}, then {second.code}\n{second.stderr[-1000:]}\n" + "\n".join(lines[:20])
        if noted(kind, kill, outcome):
            wrong.append(f"{kill}: {outcome}")
    assert not wrong, f"seed {SEED}, {len(wrong)}:\n" + "\n\n".join(wrong)
    place.up().expect(OK)
    expected = standing.census if arguments == () else None
    assert expected is None or differences(expected, census(running), ("clean run", "down and up")) == []
