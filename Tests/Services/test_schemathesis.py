"""schemathesis against all roles with the contract: every check, seeded; no failure, no 500."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from contract import PATH

HERE = Path(__file__).resolve().parent
IS_LONG = os.environ.get("LONG") == "1"
SEED = int(os.environ.get("SEED", "1"))
EXAMPLES, SECONDS = (500, 1_800) if IS_LONG else (12, 90)


@pytest.mark.parametrize("name", ["embedded"])
def test_no_request_is_answered_otherwise_than_the_contract_says(make, tmp_path, name):
    platform = make(name)
    buyer = platform.buyer("schemathesis").arrive()
    service = platform.of("public")[0]
    result = subprocess.run(
        [str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run",
         str(PATH), "--url", f"http://127.0.0.1:{service.port}", "--checks", "all", "--seed", str(SEED),
         "--max-examples", str(EXAMPLES), "--max-time", str(SECONDS), "--continue-on-failure", "--no-color",
         "--request-timeout", "30", "--generation-database", "none"],
        cwd=tmp_path, capture_output=True, text=True, timeout=3 * SECONDS + 120,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(HERE),
             "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "SERVICES_TOKEN": buyer.token, "SERVICES_USER": buyer.user,
             "SERVICES_SEED": str(SEED)})
    assert result.returncode == 0, f"seed {SEED}\n{result.stdout[-12_000:]}\n{result.stderr[-3_000:]}"
    assert service.is_running
    errors = [line for line in service.log().splitlines() if line.startswith("{")
              and json.loads(line)["level"] in ("error", "critical")]
    assert not errors, errors[:5]
