"""How well the clarity check agrees with labelled sentences: `make bench-clarity CLARITY_DATA=folder`.

The folder holds dev.jsonl, challenge.jsonl and their evaluate.py; none of it is part of this repository.
"""

import os
import subprocess
import sys
import timeit
from pathlib import Path

from engagements.clarity import explain

ROOT = Path(__file__).resolve().parent.parent
GOALS = {"dev.jsonl": ("0.68", "0.70"), "challenge.jsonl": ("0.90", "0.90")}


def main() -> int:
    folder = Path(os.environ.get("CLARITY_DATA", ""))
    scorer = folder / "evaluate.py"
    if not os.environ.get("CLARITY_DATA") or not scorer.exists():
        print("Say where the labelled sentences are: make bench-clarity CLARITY_DATA=folder")
        return 1
    plug = ["--check", "engagements.clarity:check", "--measurable", "engagements.clarity:is_measurable"]
    under = 0
    for name, (span, gate) in GOALS.items():
        least = ["--min-span-f1", span, "--min-gate-f1", gate] if name.startswith("chal") else ["--min-span-f1", span]
        command = [sys.executable, str(scorer.resolve()), *plug, "--bootstrap", "500", "--by-source", *least]
        under |= subprocess.run([*command, str((folder / name).resolve())], cwd=ROOT, check=False).returncode
    text = "The page should be fast and show all orders where possible, so that people stay. " * 34  # about 500 words
    explain(text)
    took = min(timeit.repeat(lambda: explain(text), number=5, repeat=5)) / 5 * 1000
    print(f"explain of {len(text.split())} words: {took:.0f} ms (goal ≤ 100)")
    return under


if __name__ == "__main__":
    raise SystemExit(main())
