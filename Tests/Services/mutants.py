"""Each rule that keeps an invariant, broken on purpose: the test named must turn red.

`python mutants.py [NAME ...]` copies the tree, breaks one rule at a time, builds the copy, runs the test against it and
puts the rule back. Prints a line a mutant; exit 1 if any survives. Expensive: a build each.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
HOLDS = "Sources/TicketStores/DynamoDB/"


@dataclass(frozen=True)
class Mutant:
    name: str
    file: str
    search: str
    replace: str
    # A pytest node below Tests/Services; `red` is what its failure must say.
    test: str
    red: str


MUTANTS = [
    Mutant("drop-expiry-condition", HOLDS + "DynamoDBCalls.swift",
           '"attribute_not_exists(pk) OR (#state = :held AND expiresAt <= :now)"',
           '"attribute_not_exists(pk) OR (#state = :held AND expiresAt >= :now) OR (#state = :held AND '
           'expiresAt < :now)"',
           "test_invariants.py::test_one_seat_from_fifty_users_at_once", "assert"),
    Mutant("drop-owner-check", HOLDS + "DynamoDBHoldStore.swift",
           "if case .held(let held) = self { held.userID.isSameText(as: userID) } else { false }",
           "if case .held = self { true } else { false }",
           "test_contract.py::test_what_no_intent_is_made_of[real]", "201"),
    Mutant("delete-before-commit", "Sources/ServiceRoles/Worker/WorkerLoop.swift",
           "            let orders = try await decide(commits)\n",
           "            try await context.backends.queue.delete(commits.map(\\.received.receipt))\n"
           "            let orders = try await decide(commits)\n",
           "test_invariants.py::test_a_worker_killed_between_its_calls_decides_once[after-sqs-DeleteMessageBatch]",
           "is not decided"),
    Mutant("skip-the-fingerprint", "Sources/ServiceRoles/Endpoints/CommitPurchase.swift",
           "guard first.fingerprint == fingerprint else { throw APIError.idempotencyKeyReused }",
           "_ = fingerprint",
           "test_contract.py::test_a_purchase_from_hold_to_tickets[embedded]", "202"),
    Mutant("trust-ttl-as-the-clock", "Sources/Ticketing/Holds/SeatState.swift",
           "if case .held(let held) = self { now < held.expiresAt } else { true }",
           "true",
           "test_invariants.py::test_a_seat_is_free_at_its_end_and_not_by_the_deletion_of_its_item", "409"),
    Mutant("take-redis-word", "Sources/ServiceRoles/Endpoints/HoldSeats.swift",
           "        case .taken(let taken):\n",
           "        case .taken(let taken):\n"
           "            let view = try await context.reads.section(\n"
           "                eventID: body.eventID, sectionID: seats[0].sectionID, of: index)\n"
           "            let free = Set(zip(index.section(seats[0].sectionID)?.seats ?? [], view.states.letters)\n"
           "                .filter { $0.1 == UInt8(ascii: \"a\") }.map(\\.0.id))\n"
           "            if free.isSuperset(of: body.seatIDs) {\n"
           "                return .json(status: 200, headers: noStore, Answer(\n"
           "                    holdId: \"hold_cached\", expiresAt: now.iso8601, seatIds: body.seatIDs))\n"
           "            }\n",
           "test_invariants.py::test_one_seat_from_fifty_users_at_once", "assert"),
    Mutant("drop-the-unique-index", "Sources/TicketStores/Migrations/Migration0003Orders.swift",
           "CREATE UNIQUE INDEX tickets_live_seat ON tickets",
           "CREATE INDEX tickets_live_seat ON tickets",
           "test_invariants.py::test_the_index_of_live_tickets_has_the_last_word", "CONFIRMED"),
    Mutant("forget-the-pin", HOLDS + "DynamoDBHoldStore.swift",
           "let state = SeatState.pinned(userID: userID, idem: commit.idem)",
           "let state = SeatState.held(.init(holdID: commit.idem, userID: userID, expiresAt: now))",
           "test_invariants.py::test_a_promise_outlasts_the_hold_with_the_worker_stopped", "assert"),
    Mutant("no-repair-loop", "Sources/ServiceRoles/RepairLoop.swift",
           "for record in records {", "for record in records where record.idem.isEmpty {",
           "test_invariants.py::test_a_commit_whose_sender_died_is_sent_by_the_repair_loop", "is not decided"),
]


def build(tree: Path) -> Path | None:
    """The binary of a tree; None, with the errors told, if it does not build."""
    result = subprocess.run(["swift", "build", "--product", "tickctl"], cwd=tree, capture_output=True, text=True)
    if result.returncode != 0:
        print("\n".join(line for line in result.stdout.splitlines() if "error:" in line)[:2_000])
        return None
    return tree / ".build/debug/tickctl"


def is_red(tree: Path, binary: Path, mutant: Mutant) -> bool:
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "--tb=short", "-p", "no:cacheprovider",
         f"Tests/Services/{mutant.test}"], cwd=tree, capture_output=True, text=True, timeout=900,
        env={**os.environ, "TICKCTL": str(binary)})
    # 1: tests ran and failed; anything else is no verdict.
    return result.returncode == 1 and mutant.red in result.stdout


def outdated(mutant: Mutant) -> str | None:
    """Why a mutant no longer fits the tree."""
    count = (PROJECT / mutant.file).read_text().count(mutant.search)
    if count != 1:
        return f"{mutant.name}: the rule is {count} times in {mutant.file}; bring the mutant up to date"
    file, name = mutant.test.split("[")[0].split("::")
    if f"def {name}(" not in (PROJECT / "Tests/Services" / file).read_text():
        return f"{mutant.name}: there is no test {mutant.test}"
    return None


def main(names: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    if complaints := [complaint for mutant in chosen if (complaint := outdated(mutant))]:
        print("\n".join(complaints))
        return 1
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(os.environ.get("MUTANTS_TREE", Path(folder) / "tree"))
        if not tree.exists():
            shutil.copytree(PROJECT, tree, symlinks=True, ignore=shutil.ignore_patterns(
                ".git", ".venv", ".build", "__pycache__"))
        for mutant in chosen:
            file = tree / mutant.file
            text = file.read_text()
            file.write_text(text.replace(mutant.search, mutant.replace))
            try:
                binary = build(tree)
                verdict = "does not build" if binary is None else (
                    "red" if is_red(tree, binary, mutant) else "SURVIVED")
            finally:
                file.write_text(text)
            print(f"{mutant.name}: {verdict} ({mutant.test})", flush=True)
            if verdict != "red":
                survivors.append(mutant.name)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
