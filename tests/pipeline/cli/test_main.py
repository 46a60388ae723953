"""What holds for every command."""

import subprocess
import sys


def test_no_log_line_gets_among_the_results() -> None:
    code = (
        "import sys, structlog; from pipeline.cli.main import main\n"
        "sys.argv = ['lifelane', '--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "structlog.get_logger('pipeline').warning('a camera is dark')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("lifelane ")
    assert len(done.stdout.splitlines()) == 1
    assert "a camera is dark" in done.stderr
