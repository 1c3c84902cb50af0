"""The stores under the services, as servers of their own that can be hurt: stopped, killed, paused, emptied."""
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "EndToEnd"), str(HERE.parent / "Emulator")]

from harness import Emulator, Postgres, Server, as_somebody, free_port  # noqa: E402  (its folder is on the path now)

REGION = "ap-northeast-1"
TABLE = "ticket-seat-lock"
# As stacks/ticket.yaml has it.
MAX_RECEIVES = 5


class Database(Postgres):
    """A PostgreSQL that comes back on its port with what was committed."""

    def __init__(self, folder: Path, durable: bool = False):
        self.folder = folder
        super().__init__(folder, durable)
        self.command = self.server.process.args

    def crash(self):
        """`stop -m immediate`: what was not committed is lost."""
        self.server.process.send_signal(signal.SIGQUIT)
        self.server.process.wait(120)

    def start(self):
        environment = {"HOME": str(self.folder)} if self.prefix else {}
        deadline = time.monotonic() + 120
        while True:
            try:
                self.server = Server(self.command, self.folder, environment).wait_for_port(self.port)
                break
            except RuntimeError:
                if time.monotonic() > deadline:
                    raise
        while self.psql("select 1", check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL takes no commands: " + self.server.log_path.read_text()[-2000:])
            time.sleep(0.05)

    def restart(self):
        self.crash()
        self.start()

    def terminate_backends(self):
        return self.psql("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'ticket' "
                         "and pid <> pg_backend_pid()", "postgres", check=False)

    def read_only(self, is_on: bool):
        """Every session begins anew, and may only read."""
        # From another database: this one takes no change then.
        setting = "set default_transaction_read_only = on" if is_on else "reset default_transaction_read_only"
        self.psql(f"alter database ticket {setting}", "postgres")
        self.terminate_backends()

    def occupy(self) -> list[socket.socket]:
        """Every session that the server gives, the services' too; closing them gives them back."""
        taken: list[socket.socket] = []

        def take_the_rest():
            words = b"user\0ticket\0database\0postgres\0application_name\0occupier\0\0"
            while True:
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=120)
                connection.sendall((len(words) + 8).to_bytes(4, "big") + (196_608).to_bytes(4, "big") + words)
                # "R": signed in; else an error: too many connections.
                if connection.recv(1) != b"R":
                    connection.close()
                    return
                taken.append(connection)
        take_the_rest()
        told = "too many clients"
        while "too many clients" in told:
            # For the command that ends the services' sessions; a service may be faster, then one more.
            taken.pop().close()
            told = self.terminate_backends().stderr
        assert not told, told
        # Again, while sessions that were told to end still do.
        while "too many clients" not in self.psql("select 1", check=False).stderr:
            take_the_rest()
        return taken

    @contextmanager
    def locked(self, table: str):
        """Reads of a table pass meanwhile, writes wait; for less than the services wait for a statement (5 s)."""
        sleeper = threading.Thread(target=self.psql, kwargs={"check": False}, args=(
            f"begin; lock table {table} in share mode; select pg_sleep(600)",))
        sleeper.start()
        try:
            self.wait_for("wait_event = 'PgSleep'", 1)
            yield
        finally:
            self.psql("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
            sleeper.join()

    def wait_for(self, what: str, count: int):
        """Until so many sessions are as a condition on pg_stat_activity says."""
        deadline = time.monotonic() + 120
        while len(found := self.rows(f"select wait_event from pg_stat_activity where {what}")) < count:
            assert time.monotonic() < deadline, f"{found} and not {count} are: {what}"
            time.sleep(0.02)

    def objects(self, query: str) -> list[dict]:
        """The rows of a query, each as JSON."""
        text = self.psql(f"select coalesce(json_agg(row), '[]') from ({query}) row").stdout
        return json.loads(text)


class Cache:
    """A Redis without persistence, on a port that it keeps."""

    def __init__(self, folder: Path, cluster: bool = False):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port, self.is_cluster_node = folder, free_port(), cluster
        self.url = f"redis://127.0.0.1:{self.port}"
        self.server = None
        self.start()

    def start(self):
        prefix, environment = as_somebody(self.folder)
        options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "60000", "--cluster-require-full-coverage",
                   "no", "--cluster-replica-validity-factor", "0", "--cluster-port", str(free_port()),
                   "--repl-diskless-sync-delay", "0"] if self.is_cluster_node else []
        self.server = Server([*prefix, "redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                              "--appendonly", "no", "--enable-debug-command", "yes", "--dir", str(self.folder),
                              *options], self.folder, environment).wait_for_port(self.port)

    def kill(self):
        self.server.process.kill()
        self.server.process.wait(60)

    def restart(self):
        """Comes back empty."""
        self.kill()
        self.start()

    def command(self, *words: str, timeout: float = 120) -> str:
        """One command's reply, as the protocol has it; unread replies of a server that is away are an OSError."""
        parts = b"".join(b"$%d\r\n%s\r\n" % (len(w.encode()), w.encode()) for w in words)
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as connection:
            connection.sendall(b"*%d\r\n" % len(words) + parts)
            return connection.recv(65_536).decode()

    def flush(self):
        self.command("FLUSHALL")

    def sleep(self, seconds: float):
        """Answers nobody for so long."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as connection:
            text = f"{seconds}".encode()
            connection.sendall(b"*3\r\n$5\r\nDEBUG\r\n$5\r\nSLEEP\r\n$%d\r\n%s\r\n" % (len(text), text))

    def read_only(self, is_on: bool):
        """A replica of nobody: it answers reads with what it has, and writes with READONLY."""
        self.command("REPLICAOF", *(("127.0.0.1", "1") if is_on else ("NO", "ONE")))
        reply = self.command("SET", "written", "1")
        assert reply.startswith("-READONLY" if is_on else "+OK"), reply

    def pause(self):
        os.kill(self.server.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.server.process.pid, signal.SIGCONT)

    def stop(self):
        if self.server.process.poll() is None:
            self.resume()
        self.server.stop()


class CacheCluster:
    """Three primaries and a replica of each."""

    def __init__(self, folder: Path):
        self.nodes = [Cache(folder / f"node{n}", cluster=True) for n in range(6)]
        subprocess.run(["redis-cli", "--cluster", "create", *(f"127.0.0.1:{n.port}" for n in self.nodes),
                        "--cluster-replicas", "1", "--cluster-yes"], check=True, stdout=subprocess.DEVNULL, timeout=300)
        self.url = f"redis://127.0.0.1:{self.nodes[0].port}?cluster=true"
        self.agree()

    def agree(self):
        """Until all six know the same three primaries, each with a replica that has what it has."""
        deadline = time.monotonic() + 120
        while not all("cluster_state:ok" in n.command("CLUSTER", "INFO") and
                      n.command("CLUSTER", "NODES").count("slave ") == 3 and self._in_step(n) for n in self.nodes):
            if time.monotonic() > deadline:
                raise RuntimeError("the six Redis nodes do not agree")
            time.sleep(0.1)

    @staticmethod
    def _in_step(node: Cache) -> bool:
        text = node.command("INFO", "replication")
        return "role:master" in text or "master_link_status:up" in text

    @contextmanager
    def hasty(self):
        """A primary that is away for a second is replaced. At other times it would be though only the machine stood still."""
        for node in self.nodes:
            node.command("CONFIG", "SET", "cluster-node-timeout", "1000")
        try:
            yield
        finally:
            for node in self.nodes:
                node.command("CONFIG", "SET", "cluster-node-timeout", "60000")
            self.agree()

    def owner(self, key: str) -> Cache:
        """The primary of the key's slot."""
        return next(node for node in self.primaries() if not node.command("GET", key).startswith("-MOVED"))

    def primaries(self) -> list[Cache]:
        return [n for n in self.nodes if n.server.process.poll() is None and "role:master" in n.command("INFO",
                                                                                                      "replication")]

    def flush(self):
        for node in self.primaries():
            node.flush()

    def move_slot(self, key: str):
        """Gives the key's slot, and all that is in it, to the next primary, while clients use it."""
        primaries = self.primaries()
        ids = [node.command("CLUSTER", "MYID").split()[1] for node in primaries]
        slot = primaries[0].command("CLUSTER", "KEYSLOT", key).strip().lstrip(":")
        owner = next(n for n, node in enumerate(primaries) if not node.command("GET", key).startswith("-MOVED"))
        heir = (owner + 1) % len(primaries)
        replies = [primaries[heir].command("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[owner]),
                   primaries[owner].command("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[heir])]
        while keys := primaries[owner].command("CLUSTER", "GETKEYSINSLOT", slot, "100").split("\r\n")[2::2]:
            replies.append(primaries[owner].command(
                "MIGRATE", "127.0.0.1", str(primaries[heir].port), "", "0", "60000", "KEYS", *keys))
        replies += [primaries[n].command("CLUSTER", "SETSLOT", slot, "NODE", ids[heir])
                    for n in (heir, owner, *(n for n in range(len(primaries)) if n not in (heir, owner)))]
        assert all(reply.startswith("+") for reply in replies), replies
        assert primaries[owner].command("GET", key).startswith("-MOVED")

    def stop(self):
        for node in self.nodes:
            node.stop()


class Cloud:
    """The emulator with step 03's table and queues."""

    def __init__(self):
        self.emulator = Emulator()
        self.url = self.emulator.url
        self.table_client = self.emulator.client("dynamodb", REGION, retries=5)
        self.queue_client = self.emulator.client("sqs", REGION, retries=5)
        self.queue_url = self.dead_letter_url = None

    def recreate(self, visibility: int, receives: int = MAX_RECEIVES):
        """An empty account with the two of them; calls are not recorded, since there are many."""
        self.emulator.reset()
        self.table_client.create_table(
            TableName=TABLE, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"},
                                  {"AttributeName": "sk", "AttributeType": "S"},
                                  {"AttributeName": "unsent", "AttributeType": "S"},
                                  {"AttributeName": "createdAt", "AttributeType": "N"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[{
                "IndexName": "unsent", "Projection": {"ProjectionType": "KEYS_ONLY"},
                "KeySchema": [{"AttributeName": "unsent", "KeyType": "HASH"},
                              {"AttributeName": "createdAt", "KeyType": "RANGE"}]}])
        self.table_client.update_time_to_live(
            TableName=TABLE, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "false", "DeduplicationScope": "messageGroup",
                "FifoThroughputLimit": "perMessageGroupId", "VisibilityTimeout": str(visibility)}
        self.dead_letter_url = self.queue_client.create_queue(QueueName="ticket-deadletter.fifo",
                                                              Attributes=fifo)["QueueUrl"]
        arn = self.queue_client.get_queue_attributes(QueueUrl=self.dead_letter_url, AttributeNames=["QueueArn"])
        redrive = json.dumps({"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": receives})
        self.queue_url = self.queue_client.create_queue(
            QueueName="ticket-confirm.fifo", Attributes={**fifo, "RedrivePolicy": redrive})["QueueUrl"]
        self.emulator.weather(record=False)

    def weather(self, **settings):
        self.emulator.weather(**settings)

    def fair(self):
        """Fair weather again; still nothing is recorded."""
        self.emulator.fair()
        self.emulator.weather(record=False)

    def items(self) -> list[dict]:
        """Every item of the table, its values plain."""
        found, start = [], {}
        while True:
            page = self.table_client.scan(TableName=TABLE, ConsistentRead=True, **start)
            found += [{name: plain(value) for name, value in item.items()} for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return found
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def depth(self, url: str) -> int:
        """Messages in a queue, those in flight too."""
        attributes = self.queue_client.get_queue_attributes(
            QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages",
                                          "ApproximateNumberOfMessagesNotVisible"])["Attributes"]
        return sum(int(value) for value in attributes.values())

    def pause(self):
        os.kill(self.emulator.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.emulator.process.pid, signal.SIGCONT)

    def stop(self):
        if self.emulator.process.poll() is None:
            self.resume()
        self.emulator.stop()


def plain(value: dict):
    kind, content = next(iter(value.items()))
    return {"N": lambda: int(content), "M": lambda: {k: plain(v) for k, v in content.items()},
            "L": lambda: [plain(v) for v in content]}.get(kind, lambda: content)()
