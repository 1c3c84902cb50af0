#!/usr/bin/env python3
"""Compares an account with expected.yaml, cell by cell: resource, setting, expected, actual.

    python expected.py ENDPOINT [--all] [--app NAME] [--no-requests]
Prints the cells that are wrong (with --all every cell) and a count; exit code 1 when any is.
"""
import argparse
import fnmatch
import json
import os
import re
import sys
import urllib.request
from dataclasses import dataclass

import yaml

from census import REGIONS, Census

HERE = os.path.dirname(os.path.abspath(__file__))
ACCOUNT = "123456789012"
OCTETS = {"ap-northeast-1": "11", "ap-northeast-2": "12"}
PLACES = {"zones": "zone", "services": "service", "roles": "role"}
ABSENT = "(absent)"


@dataclass(frozen=True)
class Cell:
    resource: str
    setting: str
    expected: object
    actual: object
    right: bool
    verified: str = "read back"


class Table:
    def __init__(self, census: dict, calls: list, app: str = "ticket", regions=REGIONS):
        self.census, self.calls, self.app, self.regions = census, calls, app, regions
        with open(os.path.join(HERE, "expected.yaml")) as file:
            self.table = yaml.safe_load(file)
        self.cells: list[Cell] = []
        self.covered: set[str] = set()

    def check(self, requests: bool = True) -> list[Cell]:
        for region in self.regions:
            for pattern, row in self.table["regions"].items():
                if row.get("only", region) == region:
                    self.resource(region, pattern, row)
            for row in self.table["alarms"]:
                self.alarm(region, row)
        for pattern, row in self.table["global"].items():
            self.resource("global", pattern, row)
        for row in self.table["requests"] if requests else []:
            self.request(row)
        for key in self.census:
            if key not in self.covered and " alarm/" not in key and " aurora-snapshot/" not in key:
                self.cells.append(Cell(key, "(exists)", "nothing: the table has no such resource", "exists", False))
        self.images()
        return self.cells

    def fill(self, value, **names):
        names = {"app": self.app, "account": ACCOUNT, **names}
        if isinstance(value, str):
            for name, text in names.items():
                value = value.replace("{" + name + "}", text)
            return value
        if isinstance(value, dict):
            return {k: self.fill(v, **names) for k, v in value.items()}
        return [self.fill(v, **names) for v in value] if isinstance(value, list) else value

    def resource(self, region, pattern, row):
        plural = next((p for p in PLACES if p in row), None)
        for item in row[plural] if plural else [None]:
            names = {"region": region, "octet": OCTETS.get(region, "")}
            if plural:
                names[PLACES[plural]] = item
            name = self.fill(pattern.split("#")[0], **names)
            wanted = f"{region} {name}"
            if row.get("exact") or "*" not in name:
                found = [k for k in self.census if k == wanted or k.startswith(wanted + "#")]
            else:
                found = [k for k in self.census if fnmatch.fnmatchcase(k, wanted)]
            times = row.get("times", 1)
            enough = len(found) >= times if row.get("or_more") else len(found) == times
            self.cells.append(Cell(wanted, "(count)", times, len(found), enough, row.get("verified", "read back")))
            for key in found:
                self.covered.add(key)
                self.settings(key, row, names)

    def settings(self, key, row, names):
        actual = self.census[key]
        if row.get("step"):
            tags = actual.get("tags") or {}
            for tag, value in (("tickctl:stack", self.app), ("tickctl:step", row["step"])):
                self.cells.append(Cell(key, f"tag {tag}", value, tags.get(tag, ABSENT), tags.get(tag) == value))
            self.cells.append(Cell(key, "tag tickctl:id", "(any)", tags.get("tickctl:id", ABSENT),
                                   bool(tags.get("tickctl:id"))))
        for path, wanted in (row.get("settings") or {}).items():
            wanted = self.fill(wanted, **names)
            if isinstance(wanted, dict) and "by_role" in wanted:
                wanted = wanted["by_role"][names["role"]]
            value = look_up(actual, path)
            self.cells.append(Cell(key, path.replace("\\", ""), wanted, value, holds(wanted, value),
                                   row.get("verified", "read back")))

    def alarm(self, region, row):
        texts = self.fill(row["text"], region=region)
        found = []
        for key, alarm in self.census.items():
            if not key.startswith(f"{region} alarm/"):
                continue
            text = json.dumps(alarm, sort_keys=True)
            if all(t in text for t in texts):
                found.append((key, alarm))
        self.cells.append(Cell(f"{region} alarm", row["what"], " + ".join(texts), [k for k, _ in found] or ABSENT,
                               bool(found)))
        if not found:
            return
        for path, wanted in (row.get("settings") or {}).items():
            values = [look_up(alarm, path) for _, alarm in found]
            self.cells.append(Cell(found[0][0], path, wanted, values, any(holds(wanted, v) for v in values)))
        for key, alarm in found:
            tags = alarm.get("tags") or {}
            self.cells.append(Cell(key, "tag tickctl:stack", self.app, tags.get("tickctl:stack", ABSENT),
                                   tags.get("tickctl:stack") == self.app))
            self.cells.append(Cell(key, "actions", "(some)", alarm.get("AlarmActions"), bool(alarm.get("AlarmActions"))))

    def request(self, row):
        calls = [c for c in self.calls if c["service"] == row["service"] and c["action"] == row["action"]
                 and c["status"] and c["status"] < 400]
        what = f"{row['service']}:{row['action']}"
        right = len(calls) >= row["times"]
        self.cells.append(Cell(what, "(count)", row["times"], len(calls), right, "recorded request"))
        for call in calls:
            value = look_up(call["input"], row["member"])
            self.cells.append(Cell(f"{what} #{call['seq']}", row["member"], row["value"],
                                   "(set)" if value != ABSENT and "Token" in row["member"] else value,
                                   holds(row["value"], value), "recorded request"))

    def images(self):
        """One digest in all repositories, and every task definition names it."""
        digests = {k: [i[0] for i in v["images"]] for k, v in self.census.items() if " repository/" in k}
        named = {re.search(r"@(sha256:[0-9a-f]{64})", d["containerDefinitions"][0]["image"]).group(1)
                 for k, d in self.census.items() if " taskdef/" in k}
        for key, found in digests.items():
            self.cells.append(Cell(key, "images hold the digest of the task definitions", sorted(named), found,
                                   len(named) == 1 and named <= set(found)))


def look_up(value, path):
    """A dotted path with [n]; a backslash keeps a dot in a name."""
    for segment in re.split(r"(?<!\\)\.", path):
        name, *positions = re.split(r"\[(\d+)\]", segment.replace("\\", ""))
        if not isinstance(value, dict) or name not in value:
            return ABSENT
        value = value[name]
        for position in [p for p in positions if p]:
            if not isinstance(value, list) or int(position) >= len(value):
                return ABSENT
            value = value[int(position)]
    return value


def holds(wanted, value) -> bool:
    if isinstance(wanted, dict):
        text = json.dumps(value, sort_keys=True)
        tests = {
            "matches": lambda w: isinstance(value, str) and re.fullmatch(w, value) is not None,
            "any_of": lambda w: value in w, "contains": lambda w: isinstance(value, list) and set(w) <= set(value),
            "at_least": lambda w: isinstance(value, (int, float)) and value >= w,
            "present": lambda w: value not in (ABSENT, None, "", [], {}), "absent": lambda w: value == ABSENT,
            "json_contains": lambda w: value != ABSENT and all(t in text for t in w),
            "lacks": lambda w: value != ABSENT and not any(t in text for t in w),
            "count": lambda w: isinstance(value, (list, dict)) and len(value) == w, "value": lambda w: value == w,
            "sources": lambda w: isinstance(value, list) and sorted(map(str, (v[:4] for v in value))) ==
            sorted(map(str, w)),
            "same_digest_everywhere": lambda w: True,  # checked over all repositories by Table.images
        }
        return all(tests[name](argument) for name, argument in wanted.items())
    if isinstance(wanted, bool) or isinstance(value, bool):
        return wanted is value
    return wanted == value


def render(cells, everything: bool) -> str:
    rows = [c for c in cells if everything or not c.right]
    lines = [f"{'ok   ' if c.right else 'WRONG'} {c.resource} | {c.setting} | expected {c.expected!r} | actual "
             f"{str(c.actual)[:200]!r} | {c.verified}" for c in rows]
    wrong = sum(not c.right for c in cells)
    return "\n".join(lines + [f"{len(cells)} cells of {len({c.resource for c in cells})} rows compared, {wrong} wrong"])


def compare(endpoint: str, app: str = "ticket", requests: bool = True, credentials=("test", "test", None)) -> list[Cell]:
    """The cells of a running emulator's account; the log is read first, so that the census is not in it."""
    with urllib.request.urlopen(endpoint + "/_weather/log?kind=write") as answer:
        calls = json.load(answer)["calls"]
    return Table(Census(endpoint, credentials).collect(), calls, app).check(requests)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("endpoint")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--app", default="ticket")
    parser.add_argument("--no-requests", action="store_true")
    options = parser.parse_args()
    cells = compare(options.endpoint, options.app, not options.no_requests)
    print(render(cells, options.all))
    return 1 if any(not c.right for c in cells) else 0


if __name__ == "__main__":
    sys.exit(main())
