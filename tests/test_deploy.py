"""What deploys the desk: each RUN and CMD of the Dockerfile works in a clean environment, and the papers name what is."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import yaml

from bot.commands import COMMANDS
from bot.settings import OF_LIBRARIES, VARIABLES

ROOT = Path(__file__).parents[1]
RUN = ROOT / "docs" / "run"
PAPERS = sorted(RUN.glob("*.md"))
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
UV = shutil.which("uv")


def instructions(word: str) -> list[str]:
    return re.findall(rf"^(?:HEALTHCHECK .*)?{word} (.*)$", DOCKERFILE, re.MULTILINE)


def ran(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, check=False)


@pytest.mark.skipif(UV is None, reason="uv is not installed")
def test_the_dockerfile_builds_and_starts_in_a_clean_environment(tmp_path: Path) -> None:
    """Without a daemon: what it copies is copied, what it runs is run, by a Python that has nothing else."""
    for copied in instructions("COPY"):
        *sources, _ = copied.split()
        for source in sources:
            whole = ROOT / source
            if whole.is_dir():
                shutil.copytree(whole, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(whole, tmp_path / source)
    environment = tmp_path / ".venv"
    python = environment / "bin" / "python"
    made = subprocess.run(
        [str(UV), "venv", "--quiet", "--python", sys.executable, str(environment)], check=False
    )
    assert made.returncode == 0
    for run in instructions("RUN"):
        words = shlex.split(run)
        if words[0] == "pip":
            # The packages are those that the tests themselves run with, from where uv keeps them.
            install = [str(UV), "pip", "install", "--quiet", "--offline", "--python", str(python), *words[2:]]
            done = subprocess.run(install, cwd=tmp_path, capture_output=True, text=True, check=False)
        else:
            done = ran([str(python), *words[1:]], tmp_path)
        assert done.returncode == 0, done.stderr

    [command] = [json.loads(one) for one in instructions("CMD") if "serve" in one]
    assert command[0] == "python"
    started = ran([str(python), *command[1:]], tmp_path)

    # Nothing is set: it says so, and its modules were all there.
    assert started.returncode == 78, started.stderr
    assert "SLACK_BOT_TOKEN: is required" in started.stderr


def test_the_health_check_follows_what_the_desk_says() -> None:
    """The command of the image, against a server that answers and one that is gone."""
    [check] = [json.loads(one) for one in instructions("CMD") if "healthz" in one]

    class Alive(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    with HTTPServer(("127.0.0.1", 0), Alive) as server:
        environ = {"PORT": str(server.server_port)}
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert subprocess.run([sys.executable, *check[1:]], env=environ, check=False).returncode == 0
    gone = subprocess.run([sys.executable, *check[1:]], env=environ, capture_output=True, check=False)
    assert gone.returncode == 1


def test_the_procfile_names_commands_that_are() -> None:
    """Each of them is run by `tests/test_main.py`; `worker` is `serve` with SLACK_APP_TOKEN."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    named = dict(line.split(": python -m bot ", 1) for line in lines)

    assert named == {"release": "migrate", "web": "serve", "worker": "serve"}
    assert set(named.values()) <= {command.name for command in COMMANDS}


def test_the_image_runs_as_nobody_and_takes_only_what_is_pinned() -> None:
    assert re.search(r"^FROM python:\d+\.\d+\.\d+-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert re.search(r"^USER 10001", DOCKERFILE, re.MULTILINE)
    assert all("--require-hashes" in run for run in instructions("RUN") if run.startswith("pip"))


def test_what_is_copied_is_not_ignored() -> None:
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

    for copied in instructions("COPY"):
        for source in copied.split()[:-1]:
            assert f"!{source}" in kept


def test_compose_runs_two_instances_with_a_read_only_root_on_one_ledger() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    desks = [one for name, one in services.items() if name.startswith("desk-")]

    assert len(desks) == 2
    for desk in desks:
        assert desk["read_only"] is True
        assert set(desk["environment"]) <= set(VARIABLES)
        assert desk["environment"]["DATABASE_URL"].startswith("postgresql://")
    assert all(re.search(r":\d+\.\d+", services[name]["image"]) for name in ("database", "proxy"))


def test_the_unit_does_not_start_again_what_is_set_wrong() -> None:
    unit = (RUN / "coupon-desk.service").read_text(encoding="utf-8")

    assert "RestartPreventExitStatus=78" in unit
    assert unit.count("-m bot serve") == 1


@pytest.mark.parametrize("paper", PAPERS, ids=[paper.name for paper in PAPERS])
def test_every_command_and_link_of_the_papers_is_there(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    commands = set(re.findall(r"coupon-desk ([a-z]+)\b(?!\.)", text))

    assert commands <= {command.name for command in COMMANDS}
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if "://" not in link:
            assert (paper.parent / link).exists(), link


def test_every_variable_of_the_papers_is_one() -> None:
    told = {
        name for paper in PAPERS for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)\b", paper.read_text("utf-8"))
    }

    of_compose = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))

    assert told <= {*VARIABLES, *OF_LIBRARIES, *of_compose}
