"""Each rule that keeps an invariant, broken on purpose: the test named must turn red.

`python mutants.py [NAME ...]` copies the tree, puts every mutant into the copy behind a switch (`TICKCTL_MUTANT` in the
environment of the process), builds the copy once, sees each test green without a mutant, and then red with its own.
`MUTANTS_TREE` names a clone with a warm build folder instead of the copy: it is changed for the time of the build only.
Prints a line a mutant; exit 1 if any survives.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
TESTS = "Tests/Services/"
INVARIANTS = [f"I{n}" for n in range(1, 17)]
# The longest test with its stores.
MOST_SECONDS = 600

STORES, ROLES = "Sources/TicketStores/", "Sources/ServiceRoles/"
DYNAMODB, SQLITE, POSTGRES = STORES + "DynamoDB/", STORES + "Embedded/", STORES + "Postgres/"
TICKETING = "Sources/Ticketing/"


@dataclass(frozen=True)
class Patch:
    """Text that is in a file once, and what stands in its place; MUTANT there: whether the mutant is switched on."""
    file: str
    search: str
    replace: str


@dataclass(frozen=True)
class Mutant:
    name: str
    invariant: str
    # A pytest node, seen from Tests/Services; `red` is what its failure must say.
    test: str
    red: str
    patches: tuple[Patch, ...]


def mutant(name: str, invariant: str, test: str, red: str, *patches: tuple[str, str, str]) -> Mutant:
    return Mutant(name, invariant, test, red, tuple(Patch(*patch) for patch in patches))


FIFTY_USERS = "test_invariants.py::test_one_seat_from_fifty_users_at_once"
LAST_WORD = "test_invariants.py::test_the_index_of_live_tickets_has_the_last_word"
PURCHASE = "test_contract.py::test_a_purchase_from_hold_to_tickets[embedded]"
SUMMARY = "test_contract.py::test_a_summary_counts_what_is_free[embedded]"
POISON = "test_invariants.py::test_a_poison_message_delays_no_other_group"
WAY_DOWN = "test_shutdown.py::test_what_reaches_a_worker_on_its_way_down_is_given_back"

MUTANTS = [
    mutant("drop-expiry-condition", "I1", FIFTY_USERS, "[200, 200", (
        DYNAMODB + "DynamoDBCalls.swift",
        'conditionExpression: "attribute_not_exists(pk) OR (#state = :held AND expiresAt <= :now)"',
        'conditionExpression: "attribute_not_exists(pk) OR (#state = :held AND expiresAt <= :now)"\n'
        '+ (MUTANT ? " OR (#state = :held AND expiresAt > :now)" : "")')),
    mutant("drop-the-unique-index", "I1", LAST_WORD, "['CONFIRMED', 'CONFIRMED'] == ['CONFIRMED', 'REJECTED']", (
        STORES + "Migrations/Migration0003Orders.swift",
        "CREATE UNIQUE INDEX tickets_live_seat",
        'CREATE \\(MUTANT ? "" : "UNIQUE ")INDEX tickets_live_seat')),

    mutant("sell-what-is-sold", "I1", "../Load/test_verdict.py::test_more_buyers_than_seats", "sold twice", (
        SQLITE + "SeatStateRows.swift",
        "guard let self, self.isTaken(at: now) else { return false }",
        "guard !MUTANT, let self, self.isTaken(at: now) else { return false }"), (
        TICKETING + "Purchases/Decision.swift",
        "guard facts.takenSeats.isDisjoint(with: order.seatIds) else",
        "guard MUTANT || facts.takenSeats.isDisjoint(with: order.seatIds) else"), (
        SQLITE + "EmbeddedSchema.swift",
        "CREATE UNIQUE INDEX tickets_live_seat",
        'CREATE \\(MUTANT ? "" : "UNIQUE ")INDEX tickets_live_seat')),

    mutant("decide-again", "I2", "test_invariants.py::test_a_redriven_message_changes_nothing",
           "'status': 'REJECTED'", (
        POSTGRES + "OrderDecider.swift",
        "for item in items where orders[item.request.idem] == nil {",
        "for item in items where MUTANT || orders[item.request.idem] == nil {"), (
        POSTGRES + "OrderDecider.swift",
        'ORDER BY idem COLLATE "C"',
        'ORDER BY idem COLLATE "C" '
        '\\(MUTANT ? "ON CONFLICT (idempotency_key) DO UPDATE SET status = excluded.status, '
        'reason = excluded.reason" : "")'), (
        STORES + "Migrations/Migration0003Orders.swift",
        "(OLD.status <> 'PROCESSING' AND NEW IS DISTINCT FROM OLD)",
        "(\\(MUTANT ? \"FALSE\" : \"OLD.status <> 'PROCESSING'\") AND NEW IS DISTINCT FROM OLD)")),
    mutant("another-order-while-processing", "I2",
           "test_contract.py::test_an_order_is_processing_until_a_worker_decides[real]",
           'assert buyer.decided(key)["orderId"] ==', (
        ROLES + "Endpoints/OrderStatus.swift",
        "orderID: orderID(idem: idem), idem: idem,",
        "orderID: orderID(idem: MUTANT ? record.order.intentId : idem), idem: idem,")),
    mutant("only-the-promise-while-the-ledger-is-away", "I2",
           "test_outages.py::test_without_postgresql_seats_are_held_and_nothing_is_quoted",
           '"status":"PROCESSING"', (
        ROLES + "Endpoints/OrderStatus.swift",
        "if let found = try await context.backends.ledger.order(idem: idem) { return (found.order, found.payment) }",
        "do {\nif let found = try await context.backends.ledger.order(idem: idem) {"
        "return (found.order, found.payment) }\n} catch where MUTANT {}"), (
        ROLES + "Endpoints/OrderStatus.swift",
        "let found = try await context.backends.ledger.intent(record.order.intentId)",
        "let found = try await MUTANT ? nil : context.backends.ledger.intent(record.order.intentId)")),

    mutant("delete-before-commit", "I3",
           "test_invariants.py::test_a_worker_killed_between_its_calls_decides_once[after-sqs-DeleteMessageBatch]",
           "is not decided", (
        ROLES + "Worker/WorkerLoop.swift",
        "            let orders = try await decide(commits)\n",
        "            if MUTANT { try await context.backends.queue.delete(commits.map(\\.received.receipt)) }\n"
        "            let orders = try await decide(commits)\n")),
    mutant("no-repair-loop", "I3",
           "test_invariants.py::test_a_commit_whose_sender_died_is_sent_by_the_repair_loop", "is not decided", (
        ROLES + "RepairLoop.swift", "for record in records {", "for record in records where !MUTANT {")),

    mutant("forget-a-ticket", "I4", PURCHASE, 'assert sorted(t["seatId"] for t in order["tickets"])', (
        TICKETING + "Purchases/Decision.swift",
        "zip(intent.seatIDs, intent.pricesMinor).map",
        "zip(intent.seatIDs, intent.pricesMinor).dropLast(MUTANT ? 1 : 0).map")),
    mutant("another-total", "I4", PURCHASE, 'order["total"] == sum(map(price, seats))', (
        TICKETING + "Purchases/Decision.swift",
        "order.totalMinor = intent.amountMinor",
        "order.totalMinor = intent.amountMinor + (MUTANT ? 1 : 0)")),

    mutant("hold-what-is-free", "I5", "test_contract.py::test_a_hold_is_all_or_nothing[embedded]",
           "Answer(status=409", (
        SQLITE + "SQLiteHoldStore.swift",
        "let taken = zip(request.seats, states).filter { $1.isTaken(forUser: request.userID, at: now) }\n",
        "let taken = zip(request.seats, states).filter { $1.isTaken(forUser: request.userID, at: now) }\n"
        "if MUTANT, !taken.isEmpty {\n"
        "    for (seat, state) in zip(request.seats, states) where !state.isTaken(forUser: request.userID, at: now) {\n"
        "        try db.put(\n"
        "            .held(.init(holdID: request.holdID, userID: request.userID, expiresAt: request.expiresAt)),\n"
        "            seat: seat)\n"
        "    }\n"
        "}\n")),
    mutant("write-seat-by-seat", "I5",
           "test_invariants.py::test_sets_that_overlap_are_held_whole_or_not_at_all[real]",
           "is held by one who was refused", (
        DYNAMODB + "DynamoDBCalls.swift",
        "    func transact(_ writes: [DynamoDB.TransactWriteItem]) async throws {\n",
        "    func transact(_ writes: [DynamoDB.TransactWriteItem]) async throws {\n"
        "        if MUTANT, writes.count > 1 {\n"
        "            for write in writes { try await transact([write]) }\n"
        "            return\n"
        "        }\n")),

    mutant("drop-owner-check", "I6", "test_contract.py::test_what_no_intent_is_made_of[real]",
           "/confirm/payment-intent'), 201", (
        DYNAMODB + "DynamoDBHoldStore.swift",
        "if case .held(let held) = self { held.userID.isSameText(as: userID) } else { false }",
        "if case .held(let held) = self { MUTANT || held.userID.isSameText(as: userID) } else { false }")),
    mutant("release-anybodys", "I6", "test_contract.py::test_only_the_holder_frees_a_seat[embedded]",
           "{'released': True} == {'released': False}", (
        SQLITE + "SQLiteHoldStore.swift",
        "AND state = 'held' AND user_id = ? AND expires_at > ?",
        "AND state = 'held' AND (user_id = ? OR \\(MUTANT)) AND expires_at > ?")),
    mutant("commit-anybodys-intent", "I6", "test_contract.py::test_what_cannot_be_committed[embedded]",
           '"error":"seat_not_held"', (
        ROLES + "Endpoints/CommitPurchase.swift",
        "guard intent.userID.isSameText(as: order.userId),",
        "guard MUTANT || intent.userID.isSameText(as: order.userId),")),

    mutant("trust-ttl-as-the-clock", "I7",
           "test_invariants.py::test_a_seat_is_free_at_its_end_and_not_by_the_deletion_of_its_item",
           "assert answer.status == 409 and time.monotonic() < deadline", (
        TICKETING + "Holds/SeatState.swift",
        "if case .held(let held) = self { now < held.expiresAt } else { true }",
        "if case .held(let held) = self { MUTANT || now < held.expiresAt } else { true }")),

    mutant("forget-the-pin", "I8", "test_invariants.py::test_a_promise_outlasts_the_hold_with_the_worker_stopped",
           "Answer(status=200", (
        DYNAMODB + "DynamoDBHoldStore.swift",
        "let state = SeatState.pinned(userID: userID, idem: commit.idem)",
        "let state =\n"
        "    MUTANT\n"
        "    ? SeatState.held(.init(holdID: commit.idem, userID: userID, expiresAt: now))\n"
        "    : SeatState.pinned(userID: userID, idem: commit.idem)")),

    mutant("take-redis-word", "I9", FIFTY_USERS, "[200, 200", (
        ROLES + "Endpoints/HoldSeats.swift",
        "        case .taken(let taken):\n",
        "        case .taken(let taken):\n"
        "            if MUTANT {\n"
        "                let view = try await context.reads.section(\n"
        "                    eventID: body.eventID, sectionID: seats[0].sectionID, of: index)\n"
        "                let free = Set(zip(index.section(seats[0].sectionID)?.seats ?? [], view.states.letters)\n"
        "                    .filter { $0.1 == UInt8(ascii: \"a\") }.map(\\.0.id))\n"
        "                if free.isSuperset(of: body.seatIDs) {\n"
        "                    return .json(status: 200, headers: noStore, Answer(\n"
        "                        holdId: \"hold_cached\", expiresAt: now.iso8601, seatIds: body.seatIDs))\n"
        "                }\n"
        "            }\n")),
    mutant("the-same-epoch-after-a-loss", "I9",
           "test_invariants.py::test_a_room_that_lost_its_counters_gives_no_place_twice", "places were given twice", (
        ROLES + "Caching/Rooms.swift",
        "epoch: instant.milliseconds, updatedAt",
        "epoch: MUTANT ? 1 : instant.milliseconds, updatedAt")),

    mutant("admit-thrice-the-rate", "I10", "test_invariants.py::test_admissions_never_pass_the_rate", "I10:", (
        TICKETING + "Room/RoomState+Admission.swift",
        "max(0, settings.ratePerSecond * throttle * seconds)",
        "max(0, settings.ratePerSecond * throttle * seconds * (MUTANT ? 3 : 1))")),
    mutant("a-token-for-any-event", "I10", "test_contract.py::test_a_token_that_is_not_ours[embedded]",
           '"error":"event_not_found"', (
        ROLES + "Admission.swift",
        "guard token.eventID.isSameText(as: eventID) else",
        "guard MUTANT || token.eventID.isSameText(as: eventID) else")),
    mutant("a-token-for-any-user", "I10", "test_contract.py::test_what_no_intent_is_made_of[embedded]",
           "/confirm/payment-intent'), 201", (
        ROLES + "Endpoints/CreatePaymentIntent.swift",
        "guard token.userID.isSameText(as: body.userID),",
        "guard MUTANT || token.userID.isSameText(as: body.userID),")),

    mutant("skip-the-fingerprint", "I11", PURCHASE, "/confirm/commit'), 202", (
        ROLES + "Endpoints/CommitPurchase.swift",
        "guard first.fingerprint == fingerprint else",
        "guard MUTANT || first.fingerprint == fingerprint else")),
    mutant("the-last-answer-wins", "I11", "test_invariants.py::test_one_key_from_fifty_sockets_of_two_processes",
           "assert counts.get(201) == 1", (
        POSTGRES + "IntentWriter.swift",
        "ON CONFLICT DO NOTHING\n",
        "ON CONFLICT \\(MUTANT ? \"(route, user_id, idempotency_key) DO UPDATE SET answer_body = excluded.answer_body\""
        " : \"DO NOTHING\")\n")),
    mutant("everybody-is-first", "I11", "test_invariants.py::test_one_key_many_times_in_one_statement",
           "assert statuses == [200] * 19 + [201]", (
        POSTGRES + "IntentWriter.swift",
        "if won.contains(scope), first[scope] == index {",
        "if won.contains(scope), MUTANT || first[scope] == index {")),

    mutant("count-the-held-as-free", "I12", SUMMARY, "assert now[", (
        ROLES + "Caching/SectionStates.swift",
        "case .some(.held(let held)) where readAt < held.expiresAt:",
        "case .some(.held(let held)) where !MUTANT && readAt < held.expiresAt:")),
    mutant("a-summary-for-ever", "I12", SUMMARY, "assert instant(found", (
        ROLES + "Caching/CachedReads.swift",
        "static let localLifetime: Duration = .seconds(1)",
        "static let localLifetime: Duration = .seconds(MUTANT ? 3_600 : 1)")),
    mutant("never-mark-as-sold", "I12", POISON, "I12:", (
        DYNAMODB + "DynamoDBHoldStore.swift",
        "for seat in settlement.seats { try await self.calls.markSold",
        "for seat in settlement.seats where !MUTANT { try await self.calls.markSold")),

    mutant("poison-spoils-its-batch", "I13", POISON, "is not decided", (
        ROLES + "Worker/WorkerLoop.swift",
        "        guard !commits.isEmpty else { return }\n",
        "        guard !commits.isEmpty, !MUTANT || unusable.isEmpty else { return }\n")),

    mutant("allow-for-skew-the-wrong-way", "I14",
           "test_invariants.py::test_five_seconds_of_skew_shift_an_end_and_sell_nothing_twice",
           "the seat was given away too early", (
        DYNAMODB + "DynamoDBHoldStore.swift",
        "public func hold(_ request: HoldRequest, now: Timestamp) async throws -> HoldOutcome {\n"
        "        try await retrying {\n",
        "public func hold(_ request: HoldRequest, now read: Timestamp) async throws -> HoldOutcome {\n"
        "        let now = MUTANT ? read + .seconds(3) : read\n"
        "        return try await retrying {\n")),

    mutant("keep-what-arrives-on-the-way-down", "I15", WAY_DOWN, "is not decided", (
        ROLES + "Worker/WorkerLoop.swift",
        "guard !rest.isEmpty else { return }",
        "guard !rest.isEmpty, !MUTANT else { return }")),
    mutant("give-back-to-a-loop-beside", "I15", WAY_DOWN, "is not decided", (
        ROLES + "Worker/WorkerLoop.swift",
        "if Task.isCancelled { return batch.map(\\.receipt) }",
        "if Task.isCancelled {\n"
        "    guard MUTANT else { return batch.map(\\.receipt) }\n"
        "    let queue = context.backends.queue\n"
        "    try await Task { try await queue.extend(batch.map(\\.receipt), visibility: .zero) }.value\n"
        "    return []\n"
        "}")),
    mutant("cut-what-was-accepted", "I15", "test_shutdown.py::test_readiness_says_no_while_it_drains",
           "assert slow and slow[0].status == 201", (
        "Sources/tickctl/Wiring/Serving.swift",
        "await server.shutdown(grace: grace)",
        "await server.shutdown(grace: MUTANT ? .zero : grace)")),

    mutant("capture-for-a-rejected-order", "I16", LAST_WORD, 'if p["status"] == "CAPTURED"]) == 1', (
        TICKETING + "Purchases/Decision.swift",
        "case .failure(let rejection): rejected(request, rejection.reason, currency: facts.intent?.currency)",
        "case .failure(let rejection):\n"
        "    Decision(\n"
        "        order: rejected(request, rejection.reason, currency: facts.intent?.currency).order,\n"
        "        payment: !MUTANT ? nil : facts.intent.map {\n"
        "            Payment(\n"
        "                intentID: $0.intentID, status: .captured, providerRef: \"none-\" + $0.intentID,\n"
        "                amountMinor: $0.amountMinor, currency: $0.currency)\n"
        "        })")),
    mutant("reopen-a-captured-payment", "I16", "test_payments.py::test_a_repeated_report_changes_nothing[embedded]",
           # The table refuses it in turn.
           "assert buyer.pay(intent, kind).status == 200", (
        TICKETING + "Purchases/Payment+Transition.swift",
        "case (.declined, .approved), (.declined, .cancelled),",
        "case (.captured, _) where MUTANT: true\n"
        "        case (.declined, .approved), (.declined, .cancelled),")),
]

SWITCH = """\
internal import Foundation

func isMutant(_ name: String) -> Bool { mutant == name }

private let mutant = ProcessInfo.processInfo.environment["TICKCTL_MUTANT"]
"""


def patched(text: str, patch: Patch, name: str) -> str:
    if (count := text.count(patch.search)) != 1:
        raise ValueError(f"{name}: the rule is {count} times in {patch.file}; bring the mutant up to date")
    return text.replace(patch.search, patch.replace.replace("MUTANT", f'isMutant("{name}")'))


@contextmanager
def mutated(tree: Path):
    """All mutants in a tree, each behind its switch; afterwards it is as it was."""
    before, switches = {}, set()
    try:
        for mutant in MUTANTS:
            for patch in mutant.patches:
                file = tree / patch.file
                before.setdefault(file, file.read_bytes())
                file.write_text(patched(file.read_text(), patch, mutant.name))
                switches.add(tree.joinpath(*Path(patch.file).parts[:2], "Mutants.swift"))
        for switch in switches:
            switch.write_text(SWITCH)
        yield
    finally:
        for file, content in before.items():
            file.write_bytes(content)
        for switch in switches:
            switch.unlink(missing_ok=True)


def build(tree: Path, folder: Path) -> Path | None:
    """A binary with all mutants, in `folder`; None, with the errors told, if the tree does not build."""
    with mutated(tree):
        result = subprocess.run(["swift", "build", "--product", "tickctl"], cwd=tree, capture_output=True, text=True)
        if result.returncode != 0:
            told = (result.stdout + result.stderr).splitlines()
            print("\n".join(dict.fromkeys(line for line in told if ": error:" in line)) or "\n".join(told[-50:]))
            return None
        return shutil.copy(tree / ".build/debug/tickctl", folder / "tickctl-of-mutants")


def run(binary: Path, name: str, *tests: str) -> tuple[int | None, str]:
    """pytest's exit code (None: it did not end in time) and its output; `name`: of a mutant, or empty."""
    # The services' processes have environments of their own.
    start = binary.with_name("tickctl")
    start.write_text(f"#!/bin/sh\nTICKCTL_MUTANT='{name}' exec '{binary}' \"$@\"\n")
    start.chmod(0o755)
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *(TESTS + t for t in tests)],
        cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, "TICKCTL": str(start)})
    try:
        output, _ = process.communicate(timeout=MOST_SECONDS * len(tests))
        return process.returncode, output
    except subprocess.TimeoutExpired:
        return None, ""
    finally:
        if process.poll() is None:
            # It stops its servers.
            process.send_signal(signal.SIGINT)
            process.wait(60)


def is_red(binary: Path, mutant: Mutant) -> bool:
    code, output = run(binary, mutant.name, mutant.test)
    # 1: tests ran and failed; anything else is no verdict.
    if code == 1 and mutant.red in output:
        return True
    print(output[-3_000:] or f"no verdict within {MOST_SECONDS} s")
    return False


def outdated(mutant: Mutant) -> str | None:
    """Why a mutant no longer fits the tree."""
    file, name = mutant.test.split("[")[0].split("::")
    if f"def {name}(" not in (PROJECT / TESTS / file).read_text():
        return f"{mutant.name}: there is no test {mutant.test}"
    for patch in mutant.patches:
        try:
            patched((PROJECT / patch.file).read_text(), patch, mutant.name)
        except ValueError as error:
            return str(error)
    return None


def unguarded(mutants: list[Mutant]) -> list[str]:
    """The invariants that no mutant is of."""
    return [name for name in INVARIANTS if name not in {mutant.invariant for mutant in mutants}]


def complaints() -> list[str]:
    found = [complaint for mutant in MUTANTS if (complaint := outdated(mutant))]
    return found + [f"no mutant is of {name}" for name in unguarded(MUTANTS)]


def main(names: list[str]) -> int:
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    wrong = complaints() + [f"no mutant is called {name}" for name in set(names) - {m.name for m in MUTANTS}]
    if wrong:
        print("\n".join(wrong))
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = Path(os.environ.get("MUTANTS_TREE", f"{folder}/tree"))
        if "MUTANTS_TREE" not in os.environ:
            shutil.copytree(PROJECT, tree, symlinks=True, ignore=shutil.ignore_patterns(
                ".git", ".venv", ".build", "__pycache__", "test-output"))
        binary = build(tree, Path(folder))
        return 1 if binary is None else judge(binary, chosen)


def judge(binary: Path, chosen: list[Mutant]) -> int:
    code, output = run(binary, "", *dict.fromkeys(mutant.test for mutant in chosen))
    print(output.splitlines()[-1] if code == 0 else output[-6_000:], "without a mutant", flush=True)
    if code != 0:
        return 1
    survivors = []
    for mutant in chosen:
        started = time.monotonic()
        verdict = "red" if is_red(binary, mutant) else "SURVIVED"
        print(f"{mutant.invariant:4}{mutant.name:44}{verdict:9}{time.monotonic() - started:5.0f} s  {mutant.test}",
              flush=True)
        survivors += [mutant.name] if verdict != "red" else []
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} mutants are red, of "
          f"{len({mutant.invariant for mutant in chosen})} invariants")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
