"""cost per message at 1,000,000 recipients against 10,000"""
import shutil

from harness import Sink, Site, median


def measure(bench):
    small, large = 10_000, bench.size(1_000_000)
    sink = Sink(bench.work)
    costs, memory = {}, 0
    for n, turns in ((small, 3), (large, 1)):
        costs[n] = []
        for _ in range(turns):
            # The ledger's people are made with a site's first post, in both.
            site = Site(bench, sink.port, n)
            site.watch_all()
            site.run("dispatch")
            site.post()
            _, (_, cpu, memory) = sink.rate(n, lambda: site.run("dispatch"))
            costs[n].append(cpu / n * 1e6)
            shutil.rmtree(site.dir)
    sink.stop()
    cost, floor = median(costs[large]), median(costs[small])
    ratio = cost / floor
    bench.tell(
        "growth", f"{cost:.0f} us CPU a message at {large:,}, {floor:.0f} us at {small:,}; {memory:.0f} MB",
        f"{ratio:.2f}", "<= 1.2", ratio <= 1.2,
        value=cost, unit="us of CPU a message", samples=costs[large], floor=floor, floor_of=f"{small:,} recipients",
        floor_samples=costs[small], memory_mb=memory)
