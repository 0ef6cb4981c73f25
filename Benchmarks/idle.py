"""nothing new, 1,000,000 old posts and deliveries; against `watchpost --version`"""
import time

from harness import Sink, Site, median, run

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"


def measure(bench):
    n = bench.size(1_000_000)
    sink = Sink(bench.work)
    site = Site(bench, sink.port, 10)
    site.sql("BEGIN")
    site.sql(f"{NUMBERS} INSERT INTO post (thread, body, created_at) SELECT 1, 'old', 1 FROM n", (n,))
    site.sql("COMMIT")
    # As on a forum that had these posts when Watchpost came: they are history.
    site.ledger().execute("DELETE FROM mark WHERE name = 'collected'")
    site.run("dispatch")
    fill(site.ledger(), n)
    ours, floor, memory = [], [], 0
    for _ in range(max(20, bench.rounds)):
        start = time.time()
        run([bench.binary, "--version"])
        floor.append(time.time() - start)
        wall, _, memory = site.run("dispatch")
        ours.append(wall)
    sink.stop()
    ratio = median(ours) / median(floor)
    bench.tell(
        "idle",
        f"{median(ours) * 1000:.1f} ms, --version {median(floor) * 1000:.1f} ms, {memory:.0f} MB, "
        f"{n:,} old posts and deliveries",
        f"{ratio:.1f} x --version, {memory:.0f} MB", "<= 3, <= 40 MB", ratio <= 3 and memory <= 40,
        value=median(ours), unit="s", samples=ours, floor=median(floor), floor_of="watchpost --version",
        floor_samples=floor, memory_mb=memory)


def fill(ledger, n):
    """As if so many posts had been journalled and delivered long ago."""
    ledger.execute("BEGIN")
    ledger.execute(
        f"{NUMBERS} INSERT INTO delivery (id, person, post, state, due, attempts, ended_at) "
        "SELECT i, i, 1, 'sent', 1, 1, 2 FROM n", (n,))
    ledger.execute(
        f"{NUMBERS} INSERT INTO journal (post_key, thread_key, discussion_key, urgent, visible_at, due, journalled_at, "
        "signing_key) SELECT 'old' || i, '1', '1', 0, 1, 1, 1, 1 FROM n", (n,))
    ledger.execute(
        "INSERT INTO mark (name, value) VALUES ('delivery', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (n,))
    ledger.execute("COMMIT")
    ledger.close()
