"""The image is real: built twice alike, pushed to a real registry, pulled back, unpacked, run."""
import json
import os
import shutil
import subprocess
import tarfile

import pytest

from harness import FAILED, OK, Registry

REPOSITORIES = ("ticket-public", "ticket-confirm", "ticket-worker")


def test_two_builds_have_one_digest(place):
    digests = [place.run("image", "build", "--out", name).expect(OK).stdout.strip() for name in ("one", "two")]
    assert digests[0] == digests[1] and digests[0].startswith("sha256:")
    index = json.loads((place.folder / "one/index.json").read_text())
    assert index["manifests"][0]["digest"] == digests[0]


def push(place, server, **environment):
    return place.run("image", "push", "--tag", "one", TICKCTL_REGISTRY_ENDPOINT=server.url, **environment)


def pulled(server, repository, folder, *flags) -> dict:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["skopeo", "copy", "--src-tls-verify=false", *flags,
                    f"docker://127.0.0.1:{server.port}/{repository}:one", f"oci:{folder}/layout:one"], check=True,
                   capture_output=True)
    return json.loads((folder / "layout/index.json").read_text())


def test_a_pushed_image_is_pulled_back_and_its_program_runs(place, registry, tmp_path):
    digest = push(place, registry).expect(OK).stdout.strip()
    index = pulled(registry, REPOSITORIES[0], tmp_path / "pulled")
    assert index["manifests"][0]["digest"] == digest
    blobs = tmp_path / "pulled/layout/blobs/sha256"
    manifest = json.loads((blobs / digest.split(":")[1]).read_text())
    config = json.loads((blobs / manifest["config"]["digest"].split(":")[1]).read_text())
    assert config["config"]["User"] not in ("", "0", "root", "0:0")
    root = tmp_path / "root"
    for layer in manifest["layers"]:
        with tarfile.open(blobs / layer["digest"].split(":")[1]) as archive:
            archive.extractall(root, filter="tar")
    program = config["config"]["Entrypoint"][0]
    assert (root / program.lstrip("/")).exists()
    assert (root / "etc/ssl/certs/ca-certificates.crt").exists()
    assert (root / "usr/share/zoneinfo/Asia/Tokyo").exists()
    # A container has /proc, where a Swift program finds its arguments; it is mounted in a namespace of the test's own.
    command = ["unshare", "--mount", "--pid", "--fork", "sh", "-c",
               'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"', str(root), program, "--version"]
    if os.getuid() != 0:
        command[1:1] = ["--user", "--map-root-user"]
    version = subprocess.run(command, capture_output=True, text=True)
    assert version.returncode == 0, version.stderr
    assert version.stdout.strip() == place.run("--version").stdout.strip()


def test_three_repositories_hold_one_digest_and_a_second_push_uploads_nothing(place, registry, tmp_path):
    push(place, registry).expect(OK)
    digests = {pulled(registry, name, tmp_path / name)["manifests"][0]["digest"] for name in REPOSITORIES}
    assert len(digests) == 1
    before = uploads(registry)
    assert before
    result = push(place, registry).expect(OK)
    assert uploads(registry) == before
    assert result.stderr.count(" 0 blobs uploaded") == 3, result.stderr


def uploads(server) -> int:
    """Finished blob uploads in the registry's log."""
    log = (server.folder / "server.log").read_text()
    return sum("PUT /v2/" in line and "/blobs/uploads/" in line for line in log.splitlines())


def test_a_guarded_registry_takes_the_password_and_refuses_another(place, guarded_registry, tmp_path):
    environment = {"TICKCTL_REGISTRY_USER": Registry.USER, "TICKCTL_REGISTRY_PASSWORD": Registry.PASSWORD}
    push(place, guarded_registry, **environment).expect(OK)
    pulled(guarded_registry, REPOSITORIES[2], tmp_path / "pulled",
           f"--src-creds={Registry.USER}:{Registry.PASSWORD}")
    wrong = push(place, guarded_registry, **{**environment, "TICKCTL_REGISTRY_PASSWORD": "planted-wrong"})
    assert wrong.code == FAILED and "planted-wrong" not in wrong.text and Registry.USER in wrong.text
    none = push(place, guarded_registry)
    assert none.code == FAILED and "TICKCTL_REGISTRY" in none.text or "password" in none.text


def test_step_01_pushes_to_both_regions_one_digest(place, emulator):
    place.up("--step", "01-ecr").expect(OK)
    digests = set()
    for region in ("ap-northeast-1", "ap-northeast-2"):
        for name in REPOSITORIES:
            images = emulator.client("ecr", region).describe_images(repositoryName=name)["imageDetails"]
            digests |= {i["imageDigest"] for i in images}
    assert digests == {place.run("image", "build").expect(OK).stdout.strip()}
    emulator.clear_log()
    place.up("--step", "01-ecr", "--refresh").expect(OK)
    assert emulator.stats()["registry"] == 0 or not [
        c for c in emulator.log(kind="registry") if c["action"].startswith(("POST", "PUT", "PATCH"))]


def test_a_push_that_loses_connections_ends_with_the_whole_image(place, emulator):
    emulator.weather(rules=[{"effect": "drop_after", "kind": "registry", "every": 7, "count": 6}])
    place.up("--step", "01-ecr", timeout=300).expect(OK)
    emulator.fair()
    for name in REPOSITORIES:
        assert emulator.client("ecr", "ap-northeast-2").describe_images(repositoryName=name)["imageDetails"]


@pytest.fixture(autouse=True)
def tools():
    missing = [t for t in ("skopeo", "docker-registry") if shutil.which(t) is None]
    assert not missing, f"{missing} not installed; `make setup-test` installs them"
