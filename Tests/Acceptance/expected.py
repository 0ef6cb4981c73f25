"""Who must have received what: worked out from the forum's state at each run, by the rules and by nothing of Watchpost's.

The forum's state comes as a `Snapshot`; what the script told Watchpost of people's wishes is recorded here as it does so.
"""
import collections
import dataclasses

Post = collections.namedtuple("Post", "id thread forum author visible text_mark")


@dataclasses.dataclass
class Snapshot:
    """The forum as it stands when a run begins."""
    posts: dict  # id -> Post
    subscribers: dict  # thread -> set of people
    active: set
    may_read: object  # (person, forum) -> bool


class Expectation:
    def __init__(self, addresses):
        self.addresses = addresses
        self.mode = collections.defaultdict(lambda: "instant")
        # What Watchpost keeps for people: (scope, key) -> (is a mute, mode).
        self.own = collections.defaultdict(dict)
        self.history = set()
        self.journalled = set()
        self.open = collections.defaultdict(list)  # person -> posts that wait for a digest
        self.slot = {}  # person -> whether the digest is due; missing without one
        self.withdrawn = set()
        self.received = {}  # (person, post) -> (is a digest's, the text's mark)
        self.skipped = collections.Counter()
        self.why = {}  # (person, post) -> why they do not get it

    def first_run(self, snapshot):
        """C3: what is visible now is history; what waits for approval is not."""
        self.history = {post.id for post in snapshot.posts.values() if post.visible}

    # What the script does to people's wishes.

    def set_mode(self, person, mode, snapshot):
        self.mode[person] = mode
        self._follow(person, snapshot)

    def set_watch(self, person, scope, key, is_mute, mode, snapshot):
        self.own[person][scope, key] = (is_mute, mode)
        self._follow(person, snapshot)

    def _follow(self, person, snapshot):
        """F5: who leaves digest mode, by their own mode or a watch's, gets what is pending with the next run."""
        if person in self.slot and not self.slot[person]:
            waiting = [snapshot.posts[post] for post in self.open[person] if post in snapshot.posts]
            self.slot[person] = any(
                post.visible and self._judge(person, post, snapshot) == "instant" for post in waiting)

    def hour_strikes(self):
        for person in self.slot:
            self.slot[person] = True

    # Runs.

    def dispatch(self, snapshot):
        for post in sorted(self.withdrawn):
            if post in snapshot.posts and snapshot.posts[post].visible:
                self.withdrawn.discard(post)
                for person, waiting in self.open.items():
                    if post in waiting:
                        self.slot.setdefault(person, True)  # C6: shown again
        for post in sorted(snapshot.posts.values()):
            if post.visible and post.id not in self.history and post.id not in self.journalled:
                self.journalled.add(post.id)
                self._fan_out(post, snapshot)

    def _fan_out(self, post, snapshot):
        watching = snapshot.subscribers.get(post.thread, set()) | {
            person for person, watches in self.own.items()
            if watches.keys() & {("thread", post.thread), ("discussion", post.forum), ("everything", "")}}
        for person in watching:
            mode = self._judge(person, post, snapshot)
            if mode == "instant":
                self._receive(person, post, is_digest=False)
            elif mode == "digest":
                self.open[person].append(post.id)
                self.slot.setdefault(person, False)
            else:
                self._skip(person, post, mode)

    def digest(self, snapshot):
        for person in [person for person, is_due in self.slot.items() if is_due]:
            del self.slot[person]
            hidden = []
            for number in self.open.pop(person, []):
                post = snapshot.posts.get(number)
                if post is None or not post.visible:
                    hidden.append(number)
                    self.withdrawn.add(number)
                    continue
                mode = self._judge(person, post, snapshot)
                if mode in ("instant", "digest"):
                    self._receive(person, post, is_digest=True)
                else:
                    self._skip(person, post, mode)
            if hidden:
                self.open[person] = hidden

    def _judge(self, person, post, snapshot):
        """instant or digest, or why not (F1 to F3)."""
        mode = self._watch(person, post, snapshot)
        if mode in ("unwatched", "muted"):
            return mode
        if person == post.author:
            return "own post"
        if person not in snapshot.active:
            return "inactive"
        if not snapshot.may_read(person, post.forum):
            return "not readable"
        if mode != "off" and "@" not in self.addresses[person]:
            return "no address"
        return mode

    def _watch(self, person, post, snapshot):
        """The most specific watch or mute decides (F1); its mode beats the person's (F2)."""
        own = self.own.get(person, {})
        for scope in (("thread", post.thread), ("discussion", post.forum), ("everything", "")):
            if scope in own:
                is_mute, mode = own[scope]
                return "muted" if is_mute else mode or self.mode[person]
            if scope[0] == "thread" and person in snapshot.subscribers.get(post.thread, ()):
                return self.mode[person]
        return "unwatched"

    def _skip(self, person, post, why):
        self.skipped[why] += 1
        self.why[person, post.id] = why

    def _receive(self, person, post, is_digest):
        if (person, post.id) in self.received:
            raise AssertionError(f"the expectation itself doubles post {post.id} for {person}")
        self.received[person, post.id] = (is_digest, post.text_mark)

    def stuck(self, snapshot):
        """F5: posts that wait for a digest although nothing keeps them any more, as sentences."""
        return [
            f"{self.addresses[person]} still waits for #{post}" for person, waiting in self.open.items()
            for post in waiting if post in snapshot.posts and snapshot.posts[post].visible
            and self._judge(person, snapshot.posts[post], snapshot) in ("instant", "digest")]

    def compare(self, copies):
        """Differences as sentences, by kind."""
        wanted = {(self.addresses[person], post): value for (person, post), value in self.received.items()}
        arrived = collections.defaultdict(list)
        for copy in copies:
            arrived[copy.address, copy.post].append(copy)
        found = {"missing": [], "extra": [], "doubled": [], "wrong": []}
        for (address, post), (is_digest, mark) in sorted(wanted.items()):
            got = arrived.get((address, post))
            if got is None:
                found["missing"].append(f"{address} did not get #{post} ({'digest' if is_digest else 'instant'})")
            elif got[0].is_digest != is_digest:
                found["wrong"].append(f"{address} got #{post} {'in a digest' if got[0].is_digest else 'at once'}: {got[0].file}")
            elif not all(mark in text for text in got[0].text):
                found["wrong"].append(f"{address} got #{post} not in its latest text, {mark}: {got[0].file}")
        for (address, post), got in sorted(arrived.items()):
            if (address, post) not in wanted:
                found["extra"].append(f"{address} got #{post}: {got[0].file}")
            if len(got) > 1:
                found["doubled"].append(f"{address} got #{post} {len(got)} times: {', '.join(c.file for c in got)}")
        return found
