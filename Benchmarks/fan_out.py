"""one post to 1,000,000 watchers; against inserting the same rows with bare SQLite in one transaction"""
import os
import sqlite3
import time

from harness import Sink, Site, median


def measure(bench):
    n = bench.size(1_000_000)
    sink = Sink(bench.work)
    site = Site(bench, sink.port, n)
    site.watch_all()
    site.run("dispatch")
    ours, floor, memory = [], [], 0
    for turn in range(bench.rounds):
        site.post()
        site.run("collect")
        wall, _, memory = site.run("fanout")
        if turn == 0:
            continue  # the first post also makes the ledger's people
        ours.append(wall)
        floor.append(insert_bare(site, os.path.join(bench.work, f"bare.{turn}")))
        site.ledger().execute("UPDATE delivery SET state = 'dropped', ended_at = 1 WHERE state = 'queued'")
    sink.stop()
    ratio = median(ours) / median(floor)
    bench.tell(
        "fan_out", f"{median(ours):.2f} s, the same rows bare {median(floor):.2f} s, {n:,} watchers",
        f"{ratio:.2f} x bare SQLite, {memory:.0f} MB", "<= 2, <= 100 MB", ratio <= 2 and memory <= 100,
        value=median(ours), unit="s", samples=ours, floor=median(floor), floor_of="bare SQLite", floor_samples=floor,
        memory_mb=memory)


def insert_bare(site, path):
    """Seconds for the rows of the last fan-out in a file of their own."""
    ledger = site.ledger()
    ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    schema = ";".join(r[0] for r in ledger.execute(
        "SELECT sql FROM sqlite_master WHERE tbl_name IN ('decision', 'delivery') AND sql IS NOT NULL"))
    last = ledger.execute("SELECT max(post) FROM decision").fetchone()[0]
    ledger.close()
    copy = sqlite3.connect(path, isolation_level=None)
    copy.executescript(
        f"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16000; {schema};"
        f"ATTACH '{site.dir}/ledger.sqlite' AS l;"
        f"CREATE TEMP TABLE d AS SELECT * FROM l.delivery WHERE post = {last};"
        f"CREATE TEMP TABLE c AS SELECT * FROM l.decision WHERE post = {last};")
    start = time.time()
    copy.executescript(
        "BEGIN; INSERT INTO main.delivery SELECT * FROM d; INSERT INTO main.decision SELECT * FROM c; COMMIT;")
    seconds = time.time() - start
    copy.close()
    os.remove(path)
    return seconds
