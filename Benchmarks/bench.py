#!/usr/bin/env python3
"""Measures Watchpost's release binary against a peer or a floor in the same run, and prints each ratio with its goal.

FIGURES
Needs smtp-sink and smtp-source (package postfix; it need not run), curl. Machines are noisy: rounds are
interleaved and medians compared. `--quick` divides the sizes by ten. `--json` writes an object for each figure:
name, goal and whether it was reached, value, unit, floor and what that is of, ratio, the single samples of both, what
else was measured, machine, date.
"""
import argparse
import os
import shutil
import tempfile

import digests
import dispatchers
import fan_out
import growth
import held_snapshot
import idle
import inspection
import mailman
import pages
import slow_relay
import throughput
from harness import Bench, Launcher

# A figure is a file with a docstring of a line or two and a function `measure`.
FIGURES = {f.__name__: f for f in (
    throughput, mailman, slow_relay, idle, fan_out, growth, digests, dispatchers, held_snapshot,
    inspection, pages)}


def description():
    lines = ((name, f.__doc__.replace("\n", "\n" + " " * 14)) for name, f in FIGURES.items())
    return __doc__.replace("FIGURES", "".join(f"  {name:11s} {text}\n" for name, text in lines))


def main():
    # The programs measured take no other variables than their own.
    server, _ = (os.environ.pop(name, None) for name in ("WATCHPOST_TEST_POSTGRES", "WATCHPOST_TEST_POSTGRES_CONTROL"))
    launcher = Launcher()
    p = argparse.ArgumentParser(description=description(), formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--binary", default=".build/release/watchpost")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--quick", action="store_true")
    p.add_argument("--json", metavar="FILE")
    p.add_argument("names", nargs="*", metavar="NAME")
    a = p.parse_args()
    for name in a.names:
        if name not in FIGURES:
            p.error(f"no benchmark {name}; there are: {', '.join(FIGURES)}")
    work = tempfile.mkdtemp(prefix="watchpost-bench.")
    os.chmod(work, 0o755)
    bench = Bench(launcher, server, a.binary, a.rounds, a.quick, work, a.json)
    try:
        for name in a.names or FIGURES:
            FIGURES[name].measure(bench)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
