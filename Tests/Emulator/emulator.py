#!/usr/bin/env python3
"""The AWS emulator of the tests: ministack in this process, with weather (faults, delay, recording) around it.

A success is always ministack's answer; only the weather is ours. Binds 127.0.0.1 and nothing else.
    python emulator.py --port 0 --port-file F [--auth] [--outlive-parent]
Control: see README.md ("/_weather").
"""
import argparse
import asyncio
import ctypes
import logging
import os
import signal
import socket
import sys
import tempfile

ACCOUNT = "123456789012"
REGION = "ap-northeast-1"
# With --auth this key and secret are the account's root; every other key must have been made through IAM.
ROOT_KEY, ROOT_SECRET = "test", "test"
PR_SET_PDEATHSIG = 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", help="the port is written here when ready")
    parser.add_argument("--auth", action="store_true", help="check signatures and IAM policies")
    parser.add_argument("--outlive-parent", action="store_true", help="keep running when the parent dies")
    parser.add_argument("--verbose", action="store_true", help="ministack's own log on stderr")
    return parser.parse_args()


def configure_ministack(port: int, auth: bool) -> None:
    """Overrides every default that binds, connects or writes elsewhere; before ministack is imported."""
    for name in [n for n in os.environ if n.startswith(("AWS_", "MINISTACK_"))]:
        del os.environ[name]
    scratch = tempfile.mkdtemp(prefix="emulator-")
    os.environ.update({
        "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "DOCKER_HOST": "unix:///nonexistent.sock",
        "REDIS_HOST": "127.0.0.1", "MINISTACK_ACCOUNT_ID": ACCOUNT, "MINISTACK_REGION": REGION,
        "AUTH": "true" if auth else "false", "LOG_LEVEL": "WARNING", "PERSIST_STATE": "0",
        "STATE_DIR": scratch, "S3_DATA_DIR": scratch, "MINISTACK_WORKER_THREADS": "8",
        "AWS_ACCESS_KEY_ID": ROOT_KEY, "AWS_SECRET_ACCESS_KEY": ROOT_SECRET,
    })


def die_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)


async def serve(listener: socket.socket, app) -> None:
    from hypercorn.asyncio import serve as hypercorn_serve
    from hypercorn.config import Config
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.keep_alive_max_requests = 1_000_000
    config.graceful_timeout = 0.2
    config.include_date_header = False  # the weather sets it
    config.errorlog = None
    config.accesslog = None
    config.max_app_queue_size = 64
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await hypercorn_serve(app, config, shutdown_trigger=stop.wait)


def main() -> None:
    options = arguments()
    if not options.outlive_parent:
        die_with_parent()
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", options.port))
    listener.listen(256)
    port = listener.getsockname()[1]
    configure_ministack(port, options.auth)
    logging.basicConfig(level=logging.WARNING if options.verbose else logging.CRITICAL, stream=sys.stderr)

    import ministack.app
    import autoscaling
    import connections
    import corrections
    import quotas
    from weather import Weather
    logging.disable(logging.NOTSET if options.verbose else logging.CRITICAL)
    connections.install()
    autoscaling.install()
    quotas.install()
    corrections.install(auth=options.auth)

    def ready():
        if options.port_file:
            temporary = options.port_file + ".part"
            with open(temporary, "w") as file:
                file.write(f"{port}\n")
            os.replace(temporary, options.port_file)
        print(f"emulator ready on http://127.0.0.1:{port}{' with authorisation' if options.auth else ''}", flush=True)

    asyncio.run(serve(listener, Weather(ministack.app.app, ready)))
    os._exit(0)  # ministack's worker threads would hold the exit back


if __name__ == "__main__":
    main()
