from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: In a process of its own: what is imported stays.
ASKS = """
import sys
from bot.aio.later import later
later("late")
later("json")
import late
from late import __name__ as name
assert name == "late"
assert "part" not in vars(late)
assert late.part == "whole"
import late as again
assert again is late and "__getattr__" not in vars(late)
assert not hasattr(late, "nothing")
import json
assert json.loads("1") == 1
later("late")
assert late.part == "whole"
later("there_is_no_such_module")
assert "there_is_no_such_module" not in sys.modules
"""


def test_a_module_is_run_when_something_of_it_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text('part = "whole"\n')
    python = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n{ASKS}"

    subprocess.run([sys.executable, "-c", python], check=True)
