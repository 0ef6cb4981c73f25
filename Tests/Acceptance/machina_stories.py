"""Whether `watchpost explain` tells of people and posts what the forum's own database and the mails that arrived say."""
import collections
import json

REASONS = {
    "unwatched": "unwatched", "muted": "muted", "own post": "own-post", "inactive": "inactive",
    "not readable": "not-readable", "no address": "bad-address", "off": "mode-off"}


class Stories:
    def __init__(self, acceptance, copies):
        self.acceptance = acceptance
        self.arrived = {(copy.address, copy.post): copy for copy in copies}
        self.problems = []
        self.told = collections.Counter()

    def pairs(self, count):
        """Half of them any person and any post; the others those of whom there is something to tell."""
        rng, expected = self.acceptance.rng, self.acceptance.expected
        posts = sorted(self.acceptance.site.snapshot().posts)
        people = [person.id for person in self.acceptance.site.people]
        found = {(rng.choice(people), rng.choice(posts)) for _ in range(count // 2)}
        waiting = [(person, post) for person, waits in expected.open.items() for post in waits]
        for some, share in ((expected.received, 4), (expected.why, 6), (waiting, 12)):
            some = sorted(pair for pair in some if pair[1] in posts)
            found.update(rng.sample(some, min(len(some), count // share)))
        while len(found) < count:
            found.add((rng.choice(people), rng.choice(posts)))
        return sorted(found)

    def wanted(self, person, post):
        """Outcome and reason, by the forum and the mails; of what is not known, nothing."""
        expected = self.acceptance.expected
        row = self.acceptance.site.snapshot().posts[post]
        if (expected.addresses[person], post) in self.arrived:
            return {("sent", None)}
        if post in expected.history:
            return {("left-out", None)}
        if post not in expected.journalled:
            return {("pending", None), ("unseen", None), ("left-out", None)} if not row.visible else {("unseen", None)}
        if post in expected.open.get(person, ()):
            return {("awaits-digest", None), ("out-of-sight", None)}
        why = expected.why.get((person, post))
        if why is None:
            return {("unwatched", "unwatched")}
        return {("skipped", REASONS[why])} | ({("unwatched", "unwatched")} if why == "unwatched" else set())

    def compare(self, count):
        for person, post in self.pairs(count):
            story = json.loads(self.acceptance.watchpost.run("explain", f"user{self.number(person)}", f"#{post}", "--json"))
            self.told[story["outcome"]] += 1
            wanted = self.wanted(person, post)
            got = story["outcome"], story.get("reason")
            if story["outcome"] == "out-of-sight":
                got = "out-of-sight", None
            if got not in wanted:
                self.problems.append(f"user{self.number(person)} and #{post}: {got}, not {sorted(map(str, wanted))}")
            copy = self.arrived.get((self.acceptance.expected.addresses[person], post))
            if copy:
                kinds = [entry["kind"] for entry in story["entries"]]
                last = story["entries"][-1]
                if ("digest" in kinds) != copy.is_digest or last["kind"] != "attempt" or not last["answer"].startswith("250"):
                    self.problems.append(f"user{self.number(person)} and #{post}: {kinds}, {last}, arrived in {copy.file}")
        return self.told

    def number(self, person):
        return person - self.acceptance.site.people[0].id
