"""One-off ECS tasks (RunTask) that end: after a while, with an exit code, their output in their log stream.

With `execute` the task's command really runs here, as that program with the command's arguments; StopTask ends it as ECS
does: SIGTERM, SIGKILL after the container's stop timeout.
"""
import asyncio
import json
import os
import time

DEFAULTS = {"seconds": 0.2, "exit_code": 0, "log_lines": [], "execute": None, "environment": {}}
_settings = dict(DEFAULTS)
_running: set = set()


def configure(value) -> None:
    global _settings
    unknown = set(value or {}) - set(DEFAULTS)
    if unknown:
        raise ValueError(f"unknown task settings: {sorted(unknown)}")
    _settings = {**DEFAULTS, **(value or {})}


def stop_all() -> None:
    for task in _running:
        task.cancel()
    _running.clear()


def begin(call, answer: dict, account: str) -> None:
    for shown in answer.get("tasks", []):
        job = asyncio.get_running_loop().create_task(live(shown, dict(_settings), account, call.region))
        _running.add(job)
        job.add_done_callback(_running.discard)


async def live(shown: dict, settings: dict, account: str, region: str) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import ecs
    with request_scope(account, region):
        definition = next((d for d in ecs._task_defs.values()
                           if d["taskDefinitionArn"] == shown["taskDefinitionArn"]), {})
    container = (definition.get("containerDefinitions") or [{}])[0]
    override = next((o for o in shown.get("overrides", {}).get("containerOverrides", [])
                     if o.get("name") == container.get("name")), {})
    lines, code = list(settings["log_lines"]), settings["exit_code"]

    def is_stopped() -> bool:
        with request_scope(account, region):
            task = ecs._tasks.get(shown["taskArn"])
            return task is None or task["lastStatus"] == "STOPPED"
    if settings["execute"]:
        lines, code = await execute(settings, container, override, is_stopped)
    else:
        await asyncio.sleep(settings["seconds"])
    with request_scope(account, region):
        write_log(container, shown["taskArn"].rsplit("/", 1)[-1], lines)
        task = ecs._tasks.get(shown["taskArn"])
        if task is None or task["lastStatus"] == "STOPPED":
            return
        now = ecs._iso()
        task.update(lastStatus="STOPPED", desiredStatus="STOPPED", stoppedAt=now, stoppingAt=now, executionStoppedAt=now,
                    stopCode="EssentialContainerExited", stoppedReason="Essential container in task exited")
        for one in task["containers"]:
            one.update(lastStatus="STOPPED", exitCode=code)


async def execute(settings, container, override, is_stopped):
    command = [settings["execute"], *(override.get("command") or container.get("command") or [])]
    environment = {"PATH": os.environ.get("PATH", "")}
    for entry in [*container.get("environment", []), *override.get("environment", [])]:
        environment[entry["name"]] = entry["value"]
    environment.update(settings["environment"])
    try:
        process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=asyncio.subprocess.DEVNULL,
                                                       stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
    except OSError as error:
        return [f"CannotStartContainerError: {error}"], 127
    reading = asyncio.ensure_future(process.communicate())
    try:
        while not (await asyncio.wait([reading], timeout=0.2))[0]:
            if is_stopped():
                process.terminate()
                if not (await asyncio.wait([reading], timeout=container.get("stopTimeout") or 30))[0]:
                    process.kill()
        output, _ = await reading
    finally:
        # The account is reset, or the emulator ends.
        if process.returncode is None:
            process.kill()
    return output.decode("utf-8", "replace").splitlines(), process.returncode


def write_log(container, task_id, lines) -> None:
    from ministack.services import cloudwatch_logs
    options = (container.get("logConfiguration") or {}).get("options") or {}
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    if not group or not lines:
        return
    stream = f"{prefix}/{container.get('name')}/{task_id}"
    cloudwatch_logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
    now = int(time.time() * 1000)
    cloudwatch_logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [
        {"timestamp": now, "message": line if isinstance(line, str) else json.dumps(line)} for line in lines]})
