"""one post to 20,000 watchers, into smtp-sink; against `smtp-source -d`, which composes and records nothing"""
from harness import Sink, Site, median, run


def measure(bench):
    n, connections = bench.size(20_000), 10
    sink, floor = Sink(bench.work), Sink(bench.work)
    site = Site(bench, sink.port, n, connections)
    site.watch_all()
    site.run("dispatch")
    source = [
        "smtp-source", "-d", "-s", str(connections), "-m", str(n), "-l", "4096", "-f", "a@example.org",
        "-t", "b@example.net", f"127.0.0.1:{floor.port}"]
    ours, theirs, cpu = [], [], []
    for _ in range(bench.rounds):
        theirs.append(floor.rate(n, lambda: run(source))[0])
        site.post()
        rate, (_, used, memory) = sink.rate(n, lambda: site.run("dispatch"))
        ours.append(rate)
        cpu.append(used / n * 1e6)
    sink.stop(), floor.stop()
    ratio = median(ours) / median(theirs)
    bench.tell(
        "throughput",
        f"{median(ours):,.0f}/s, smtp-source -d {median(theirs):,.0f}/s; {median(cpu):.0f} us CPU a message, "
        f"{memory:.0f} MB",
        f"{ratio:.2f} of smtp-source -d", ">= 0.6", ratio >= 0.6,
        value=median(ours), unit="messages/s", samples=ours, floor=median(theirs), floor_of="smtp-source -d",
        floor_samples=theirs, cpu_us_a_message=median(cpu), memory_mb=memory)
