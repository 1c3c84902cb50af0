"""Starts and stops an emulator from tests and scripts; a client for its control endpoints; boto3 clients for it."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config

HERE = os.path.dirname(os.path.abspath(__file__))
REGIONS = ("ap-northeast-1", "ap-northeast-2")
# How long an answer may take on a machine that is busy with something else.
PATIENCE_SECONDS = 300
# boto3's session makes clients for one thread at a time.
_making_clients = threading.Lock()


def client_of(endpoint: str, credentials: tuple, service: str, region: str, retries: int = 0):
    """A boto3 client; `credentials`: key, secret, session token or None."""
    key, secret, token = credentials
    config = Config(retries={"max_attempts": retries}, read_timeout=PATIENCE_SECONDS, connect_timeout=PATIENCE_SECONDS)
    with _making_clients:
        return boto3.client(service, region_name=region, endpoint_url=endpoint, aws_access_key_id=key,
                            aws_secret_access_key=secret, aws_session_token=token, config=config)


class Emulator:
    """One running emulator. `key`, `secret`, `token` are what `client` signs with unless told otherwise."""

    def __init__(self, auth: bool = False, verbose: bool = False):
        self.directory = tempfile.mkdtemp(prefix="emulator-run-")
        port_file = os.path.join(self.directory, "port")
        self.log_path = os.path.join(self.directory, "log")
        command = [sys.executable, os.path.join(HERE, "emulator.py"), "--port-file", port_file]
        command += ["--auth"] * auth + ["--verbose"] * verbose
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, "TMPDIR": self.directory})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not os.path.exists(port_file):
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(self.log_path) as log:
                    said = log.read()
                self.stop()
                raise RuntimeError("the emulator did not start: " + said[-2000:])
            time.sleep(0.02)
        with open(port_file) as file:
            self.port = int(file.read())
        self.url = f"http://127.0.0.1:{self.port}"
        self.key, self.secret, self.token = "test", "test", None

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def client(self, service: str, region: str = REGIONS[0], credentials: tuple | None = None, retries: int = 0):
        key, secret, token = (credentials or (self.key, self.secret, self.token)) if not credentials or \
            len(credentials) == 3 else (*credentials, None)
        return client_of(self.url, (key, secret, token), service, region, retries)

    def _request(self, path: str, payload=None, method=None):
        data = json.dumps(payload).encode() if payload is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method or ("POST" if data else "GET"))
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return json.load(answer)

    def reset(self):
        """Empty account, empty log, fair weather."""
        self._request("/_ministack/reset", {})

    def snapshot(self, name: str = "default"):
        return self._request(f"/_weather/snapshot?name={name}", {})

    def restore(self, name: str = "default"):
        """The account as it was at the snapshot; empty log, fair weather."""
        return self._request(f"/_weather/restore?name={name}", {})

    def weather(self, **settings):
        return self._request("/_weather", settings)

    def fair(self):
        return self._request("/_weather/reset", {})

    def status(self):
        return self._request("/_weather")

    def stats(self):
        return self._request("/_weather/stats")

    def clear_log(self):
        return self._request("/_weather/log/clear", {})

    def log(self, full: bool = False, **filters):
        query = urllib.parse.urlencode({**filters, **({"full": 1} if full else {})})
        return self._request(f"/_weather/log?{query}")["calls"]
