"""`python -m tests.benchmarks lookup` and `… redeem` print their tables; `desk` is what it starts for itself."""

from __future__ import annotations

import asyncio
import json
import sys

from bot import logs
from tests.benchmarks import lookup, redeem

if sys.argv[1:] == ["lookup"]:
    logs.configure(level="WARNING", format="json")
    sys.stdout.write(lookup.report() + "\n")
elif sys.argv[1:] == ["redeem"]:
    logs.configure(level="ERROR", format="json")
    sys.stdout.write(redeem.report() + "\n")
elif sys.argv[1:2] == ["desk"]:
    asyncio.run(lookup.run_child(json.loads(sys.argv[2])))
else:
    sys.exit("usage: python -m tests.benchmarks lookup|redeem")
