"""One command makes the whole stack; running it again, or without its stamps, changes nothing."""
import re

from census import differences
from expected import ACCOUNT, Table, render
from harness import CHANGES, OK, PROJECT, STEPS, census
from validate_requests import violations


def test_a_clean_run_makes_every_resource_of_the_stack(standing):
    cells = Table(standing.census, standing.calls).check()
    wrong = [c for c in cells if not c.right]
    assert not wrong, render(cells, False)
    assert len(cells) > 1000


def test_every_request_of_a_clean_run_is_what_aws_takes(standing):
    assert [str(v) for v in violations(standing.calls)] == []
    assert len(standing.calls) > 250


def test_a_clean_run_is_refused_nothing(standing):
    refused = {f"{c['service']}:{c['action']}: {c['error']}" for c in standing.calls
               if c["error"] and c["kind"] in ("write", "lock")}
    # Only the lock is looked for before its table is made.
    assert refused == {f"dynamodb:{action}: ResourceNotFoundException" for action in ("GetItem", "UpdateItem")}


def test_a_clean_run_stays_within_its_calls(standing):
    assert standing.stats["api"] <= 500, standing.stats["actions"]


def test_a_second_up_makes_no_call(made):
    made.up().expect(OK)
    assert made.emulator.stats()["total"] == 0, made.emulator.stats()["actions"]


def test_a_second_up_with_refresh_changes_nothing(made):
    made.up("--refresh").expect(OK)
    stats = made.emulator.stats()
    assert stats["write"] == 0, stats["actions"]
    assert stats["total"] <= 180, stats["actions"]


def test_without_stamps_the_plan_is_empty_and_up_changes_nothing(made):
    made.forget_stamps()
    made.run("plan").expect(OK)
    made.up().expect(OK)
    assert made.emulator.stats()["write"] == 0, made.emulator.stats()["actions"]
    assert made.stamps()


def test_rebuilt_stamps_equal_those_of_the_run_but_for_the_time(made):
    before = made.stamps()
    assert {name.split("/")[-1].removesuffix(".stamp") for name in before} == set(STEPS)
    made.forget_stamps()
    made.run("stamps", "rebuild").expect(OK)
    after = made.stamps()
    assert [{k: v for k, v in s.items() if k != "time"} for s in after.values()] == \
           [{k: v for k, v in s.items() if k != "time"} for s in before.values()]
    assert list(after) == list(before)


def test_cleared_stamps_are_gone_and_listed_ones_are_there(made):
    listed = made.run("stamps", "list").expect(OK)
    assert len(listed.stdout.splitlines()) == len(made.stamps())
    made.run("stamps", "clear", "--step", "05-services").expect(OK)
    assert not any("05-services" in name for name in made.stamps())
    made.up().expect(OK)
    assert any("05-services" in name for name in made.stamps())


def test_an_empty_account_plans_everything_and_changes_nothing(place, emulator):
    result = place.run("plan").expect(CHANGES)
    assert emulator.stats()["write"] == 0
    assert "vpc" in result.stdout and ACCOUNT in result.text or "vpc" in result.stdout


def test_a_saved_plan_is_run_as_it_is(place, emulator, standing):
    place.run("plan", "--out", "plan.json").expect(CHANGES)
    place.run("up", "--plan", "plan.json").expect(OK)
    assert differences(standing.census, census(emulator), ("clean run", "saved plan")) == []


def test_up_through_pages_of_one_item_makes_the_same(place, emulator, standing):
    emulator.weather(page_size=1)
    place.up().expect(OK)
    emulator.fair()
    assert differences(standing.census, census(emulator), ("clean run", "paged run")) == []
    emulator.weather(page_size=2)
    emulator.clear_log()
    place.up("--refresh").expect(OK)
    assert emulator.stats()["write"] == 0, emulator.stats()["actions"]


def test_no_wait_leaves_what_nothing_waits_for_and_the_next_up_sees_it_ready(place, emulator, standing):
    emulator.weather(slow_states={"looks": {"cloudfront": 5}})
    result = place.up("--no-wait").expect(OK)
    assert "accepted but not ready yet" in result.stderr, result.stderr
    assert not (place.folder / ".stamps/ticket/global/07-cloudfront.stamp").exists()
    place.up().expect(OK)
    assert (place.folder / ".stamps/ticket/global/07-cloudfront.stamp").exists()
    emulator.fair()
    assert differences(standing.census, census(emulator), ("clean run", "accepted, then awaited")) == []


def test_json_events_are_as_documented(place, emulator):
    result = place.up("--step", "01-ecr", "--json").expect(OK)
    names = [e["event"] for e in result.events]
    assert names[0] == "planned" and names[-1] == "ended"
    page = (PROJECT / "docs" / "events.md").read_text()
    documented = set(re.findall(r"`(\w+)`", page))
    assert {"planned", "started", "finished", "stamped", "ended"} <= set(names) <= documented
    assert set().union(*(e.keys() for e in result.events)) <= documented
    assert all("time" in e for e in result.events)


def test_outputs_status_and_doctor_tell_what_stands(made):
    outputs = made.run("outputs", "--json").expect(OK)
    assert "ap-northeast-1" in outputs.stdout and made.emulator.stats()["total"] == 0
    shell = made.run("outputs", "--env").expect(OK).stdout
    assert shell and all(re.fullmatch(r"export [A-Z0-9_]+='.*'", line) for line in shell.splitlines())
    status = made.run("status").expect(OK)
    assert all(step in status.stdout for step in STEPS)
    made.run("doctor").expect(OK)
    assert made.emulator.stats()["write"] == 0
