"""What can be known of the Dockerfile without an engine: where it starts, what it copies, and that its own command makes it run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.scripts.composed import ROOT, document

# Instruction → what it says, lines that go on put together.
SAID = [
    tuple(line.split(maxsplit=1))
    for line in re.sub(r"\\\n\s*", "", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
    if line and not line.startswith("#")
]
LEFT_OUT = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line]
MAKES = SAID[-3][1].partition(" && ")[0]
LOOK = "guozi --help && guozi doctor --only jars && airflow version && spark-class org.apache.spark.deploy.master.Master --help"


def _context(folder: Path) -> Path:
    """What of a fresh checkout is copied into the image."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.splitlines()):
        if not any(Path(name).match(pattern) or name.split("/")[0] == pattern for pattern in LEFT_OUT):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def test_the_image_starts_from_a_pinned_one_copies_the_checkout_and_runs_as_nobody_in_particular() -> None:
    assert [what for what, _ in SAID] == ["FROM", "RUN", "WORKDIR", "COPY", "USER", "RUN", "ENV", "CMD"]
    said = dict(SAID)
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", said["FROM"])
    assert "useradd --uid 10001 --create-home guozi" in SAID[1][1] and said["USER"] == "guozi"
    assert said["COPY"] == "--chown=guozi:guozi . ." and said["WORKDIR"] == "/opt/guozi"
    assert said["ENV"] == "PATH=/opt/guozi/.venv/bin:$PATH"
    configured = document()["x-guozi"]["configs"][0]
    assert (configured["uid"], configured["gid"]) == ("10001", "10001")


def test_no_secret_and_nothing_that_was_made_is_copied_into_the_image(tmp_path: Path) -> None:
    copied = _context(tmp_path)
    for name in ("cli.py", "Makefile", "requirements.lock", "jars/jars.sha256", "dags/nightly.py", "schemas/fields.yaml"):
        assert (copied / name).is_file(), name
    assert {".env", ".git", ".venv", "build", "var", "jars/.verified"} <= set(LEFT_OUT)
    planned = subprocess.run(["make", "--dry-run", *MAKES.split()[1:]], cwd=copied, capture_output=True, text=True, check=False)
    assert planned.returncode == 0, planned.stderr


@pytest.mark.proof
def test_the_images_own_command_makes_what_its_services_run_from(tmp_path: Path) -> None:
    """From what is copied into the image, with nothing of this checkout's environment, and the image's PATH afterwards."""
    checkout = _context(tmp_path / "guozi")
    java, python = shutil.which("java"), Path(sys.executable).resolve()
    assert java is not None
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GUOZI_", "AIRFLOW", "PYTHON", "VIRTUAL"))}
    told = kept | {"PATH": f"{python.parent}:{Path(java).parent}:/usr/bin:/bin"}
    inside = told | {"PATH": f"{checkout / '.venv' / 'bin'}:{told['PATH']}", "AIRFLOW_HOME": str(tmp_path / "airflow")}
    for command, place, environment in ((MAKES, checkout, told), (LOOK, tmp_path, inside)):
        ran = subprocess.run(["bash", "-ec", command], cwd=place, env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
