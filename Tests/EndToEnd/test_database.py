"""08-db-init brings a real PostgreSQL to the binary's schema and seeds; twice at once applies once."""
import re

import pytest

from harness import CHANGES, FAILED, OK, free_port


def ledger(postgres):
    """(table of migrations, its rows)"""
    tables = [r[0] for r in postgres.rows("select table_name from information_schema.tables where table_schema not in "
                                          "('pg_catalog', 'information_schema') and table_name like '%migration%'")]
    assert len(tables) == 1, tables
    return tables[0], postgres.rows(f"select * from {tables[0]} order by 1")


def content(postgres):
    """Table -> number of rows."""
    names = [r[0] for r in postgres.rows("select table_schema || '.' || table_name from information_schema.tables where "
                                         "table_type = 'BASE TABLE' and table_schema not in "
                                         "('pg_catalog', 'information_schema') order by 1")]
    return {name: int(postgres.rows(f"select count(*) from {name}")[0][0]) for name in names}


def test_migrate_applies_migrations_and_seeds_once(place, postgres):
    place.run("db", "status", DATABASE_URL=postgres.url).expect(CHANGES)
    place.run("db", "migrate", DATABASE_URL=postgres.url).expect(OK)
    first, rows = content(postgres), ledger(postgres)[1]
    assert rows and sum(first.values()) > len(rows)
    assert any("seat" in name and count > 0 for name, count in first.items()), first
    assert any("event" in name and count > 0 for name, count in first.items()), first
    place.run("db", "migrate", DATABASE_URL=postgres.url).expect(OK)
    assert content(postgres) == first and ledger(postgres)[1] == rows
    place.run("db", "status", DATABASE_URL=postgres.url).expect(OK)


def test_twice_at_once_applies_once(place, postgres):
    runs = [place.start("db", "migrate", DATABASE_URL=postgres.url) for _ in range(4)]
    results = [place.finish(run).expect(OK) for run in runs]
    applied = [r.stdout.count("applied ") for r in results]
    assert content(postgres)
    versions = [row[0] for row in ledger(postgres)[1]]
    assert len(versions) == len(set(versions))
    assert sum(line.startswith("applied ") for r in results for line in r.stdout.splitlines()) == len(versions), applied


def test_a_changed_migration_is_refused(place, postgres):
    place.run("db", "migrate", DATABASE_URL=postgres.url).expect(OK)
    table, _ = ledger(postgres)
    column = next(r[0] for r in postgres.rows("select column_name from information_schema.columns where "
                                              f"table_name = '{table}' and column_name like '%checksum%'"))
    postgres.psql(f"update {table} set {column} = repeat('0', 64)::text::{column_type(postgres, table, column)}")
    result = place.run("db", "migrate", DATABASE_URL=postgres.url).expect(FAILED)
    assert "checksum" in result.text.lower() or "changed" in result.text.lower()


def column_type(postgres, table, column):
    return postgres.rows("select data_type from information_schema.columns where "
                         f"table_name = '{table}' and column_name = '{column}'")[0][0]


def test_up_goes_straight_to_the_database_of_database_url(place, emulator, postgres):
    place.up("--step", "08-db-init", "--with-dependencies", DATABASE_URL=postgres.url).expect(OK)
    assert ledger(postgres)[1]
    assert "ecs:RunTask" not in emulator.stats()["actions"]
    emulator.clear_log()
    place.up(DATABASE_URL=postgres.url)
    assert "ecs:RunTask" not in emulator.stats()["actions"]


def test_a_database_that_is_not_there_is_said_without_the_password(place):
    url = f"postgres://ticket:hunter2planted@127.0.0.1:{free_port()}/ticket?sslmode=disable"
    result = place.run("db", "migrate", DATABASE_URL=url).expect(FAILED)
    assert "127.0.0.1" in result.text and "hunter2planted" not in result.text


def test_inside_the_vpc_a_one_off_task_migrates_and_its_whole_log_is_shown(place, emulator, postgres, binary):
    emulator.weather(tasks={"execute": str(binary), "environment": {"DATABASE_URL": postgres.url}})
    result = place.up().expect(OK)
    versions = [row[0] for row in ledger(postgres)[1]]
    shown = [line.strip() for line in result.stderr.splitlines()]
    assert versions and all(any(line.startswith(f"applied {version} ") for line in shown) for version in versions)
    # Both regions have this one database: one task applies everything, the other finds it done.
    ends = [line for line in shown if re.match(r"\d+ applied, \d+ before; event ", line)]
    assert len(ends) == 2, result.stderr
    assert emulator.stats()["actions"].get("ecs:RunTask", 0) >= 1


@pytest.mark.parametrize("code", [1, 137])
def test_a_one_off_task_that_fails_fails_the_step(place, emulator, code):
    emulator.weather(tasks={"exit_code": code, "log_lines": ["planted failure of the migration"]})
    result = place.up().expect(FAILED)
    assert "planted failure of the migration" in result.text and str(code) in result.text
    assert not any("08-db-init" in name for name in place.stamps())
