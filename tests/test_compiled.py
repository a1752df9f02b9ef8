"""The cache folder where the home folder cannot be written."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_a_home_that_cannot_be_written_costs_one_warning_of_ours_alone(tmp_path: Path) -> None:
    """What matplotlib keeps lies in the temporary cache folder too, so that it has nothing to say about it."""
    (tmp_path / "home").write_text("a file, so that nothing can be made under it, whoever runs this")
    (tmp_path / "temporary").mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in ("XDG_CACHE_HOME", "MPLCONFIGDIR")}
    outside = {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "temporary"), "XDG_CONFIG_HOME": ""}
    code = "import pointnemo.compiled, matplotlib; print(matplotlib.get_configdir())"
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | outside, capture_output=True, text=True, check=True, timeout=120
    )
    assert Path(done.stdout.strip()).is_relative_to(tmp_path / "temporary")
    assert "is not writable; using" in done.stderr
    assert "atplotlib" not in done.stderr
