"""Serving, and the first five minutes."""

import re
import socket
import subprocess

import httpx

from .running import CommandLine


def test_the_service_starts_answers_and_stops(command_line: CommandLine) -> None:
    """It says where it is, answers, projects what is written, and ends within five seconds of being asked."""
    assert command_line("migrate").status == 0
    token = command_line("token", "operator").out.strip()
    with command_line.serving("serve", "--port", "0") as service, httpx.Client(base_url=service.address) as client:
        headers = {"Authorization": f"Bearer {token}"}
        made = client.post("/api/v1/projects", json={"name": "Shed"}, headers=headers)
        assert made.status_code == 201
        params = {"at_least": made.json()["position"]}
        read = client.get(made.headers["location"], params=params, headers=headers)
        assert read.json()["name"] == "Shed"
        assert service.stop(5) < 5


def test_a_follower_does_not_hold_it_up(embedded: CommandLine) -> None:
    """It ends within its grace though somebody follows a project, who is told."""
    with embedded.serving("serve", "--port", "0") as service, httpx.Client(base_url=service.address) as client:
        headers = {"Authorization": f"Bearer {embedded('token', 'operator').out.strip()}"}
        path = client.post("/api/v1/projects", json={"name": "Shed"}, headers=headers).headers["location"]
        with client.stream("GET", f"{path}/events?after=0", headers=headers) as followed:
            lines = followed.iter_lines()
            assert "event: ProjectCreated" in lines
            assert service.stop(5) < 3
            assert list(lines)[-3:] == ["event: end", 'data: {"reason":"shutdown"}', ""]


def test_a_port_in_use_is_told(embedded: CommandLine) -> None:
    """Where another listens already the command ends with an error that names the port, and has done nothing."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in ("serve", "run"):
            code, words = embedded.fails(command, "--port", port)
            assert code == "CANNOT_LISTEN"
            assert f"port {port}" in words
            assert words.endswith("choose another with --port")
    assert list(embedded.folder.glob("*.db*")) == []
    assert embedded.fails("serve", "--host", "nowhere.invalid")[0] == "CANNOT_LISTEN"


def test_what_the_first_minutes_say_works(embedded: CommandLine) -> None:
    """Every command that `run` prints, pasted into a shell, does what it says."""
    with embedded.serving("run", "--port", "0") as service:
        commands = [line.strip() for line in service.said.splitlines() if line.startswith("  ")]
        assert [re.split(r"[ /](?=show|log|-s)", command)[1].split()[0] for command in commands] == [
            "show",
            "log",
            "-s",
            "-s",
            "-s",
        ]
        for command, expected in zip(
            commands, ("Preparation", "TaskProgressRecorded", "Garden studio", '"next"', "changed"), strict=True
        ):
            done = subprocess.run(
                ["bash", "-c", command], cwd=embedded.folder, capture_output=True, text=True, timeout=60, check=True
            )
            assert expected in done.stdout, (command, done.stdout, done.stderr)
        page = httpx.get(f"{service.address}/docs")
        assert (page.status_code, "text/html" in page.headers["content-type"]) == (200, True)


def test_logs_of_the_service_are_lines_of_json(embedded: CommandLine) -> None:
    """Where no terminal listens each line is an object; requests are logged with their correlation id."""
    with embedded.serving("serve", "--port", "0") as service:
        httpx.get(f"{service.address}/api/v1/%0Anothing?token=eyJhbGciOi.secret", headers={"X-Correlation-ID": "abc"})
        service.stop(5)
    lines = [httpx.Response(200, text=line).json() for line in embedded.log().splitlines()]
    (entry,) = [line for line in lines if line["event"] == "request" and line["correlation_id"] == "abc"]
    assert (entry["path"], entry["status"], entry["level"]) == ("/api/v1/%0Anothing", 404, "info")
    assert "secret" not in embedded.log()
