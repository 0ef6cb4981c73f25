import DeliveryPolicy
import Foundation
import Glibc
import Jobs
import Ledger
import Membership
import SQL
import Settings
import Text
import Time
import Tokens

/// Looks at everything that a run stands on, in its order, and goes on where something is wrong: the more is broken the
/// more there is to show (rule E6). It writes nothing and asks the relay nothing.
struct StatusSurvey {
  private let configuration: Configuration
  private let book: RunBook
  private let reading = MachineClock.reading()
  private var status = Status()

  init(_ configuration: Configuration) {
    self.configuration = configuration
    book = Installation.book(configuration).read()
  }

  /// Looks at all of it.
  mutating func survey() -> Status {
    files()
    jobs()
    do {
      let installation = try Installation(configuration: configuration)
      // Whatever no mail can be written with, or sent, shows here, before a run meets it.
      tell { _ in _ = try installation.composer() }
      tell { _ in _ = try installation.transport() }
      tell { try $0.ledger(installation.ledger, installation.clock, installation.relayIdentity()) }
    } catch {
      found(error)
      // The forum, or what is wrong with the configuration, hides nothing of what the ledger has to tell.
      if let (ledger, clock) = try? Installation.openLedger(configuration) {
        tell { try $0.ledger(ledger, clock, nil) }
      }
    }
    standing()
    return status
  }

  // MARK: Files

  /// What this user could not write, and a disk that is full.
  private mutating func files() {
    let directory = Installation.lockDirectory(configuration)
    if access(directory, W_OK | X_OK) != 0 {
      status.find(.unavailable, "\(directory): this user cannot write there; \(ownership(of: directory))")
    }
    var space = statvfs()
    let free = statvfs(directory, &space) == 0 ? space.f_bavail * UInt(space.f_frsize) : .max
    if free < Self.leastSpace {
      status.find(
        .unavailable,
        "\(directory): the disk is all but full: \(free >> 20) MB are free, and at least \(Self.leastSpace >> 20) are needed"
      )
    }
    // Its contents are read when the ledger is opened, and by the next run.
    tell { try Installation.witness($0.configuration).check() }
    if let store = Installation.attachments(configuration) {
      do { try store.check() } catch {
        status.find(
          .unavailable,
          "\(error.description); replies with files wait until it can be (inbound.attachments_directory)")
      }
    }
    if let mailbox = configuration.unreadableMailboxPassword { found(mailbox) }
    guard !PostgresDatabase.isName(configuration.ledger.database) else { return }
    for path in ["", "-wal", "-shm"].map({ configuration.ledger.database + $0 })
    where access(path, F_OK) == 0 {
      if access(path, R_OK | W_OK) != 0, errno != EROFS {
        status.find(.unavailable, "\(path): cannot be written by this user; \(ownership(of: path))")
      }
      var file = stat()
      // It holds people's addresses, and whoever writes to it decides who gets mail.
      if stat(path, &file) == 0, file.st_mode & 0o007 != 0 {
        status.find(
          .configuration,
          "\(path): everybody on this machine may read or write it; chmod o= \(path); \(ownership(of: path))")
      }
    }
  }

  /// Octets; less is as good as nothing: a database needs room for its log.
  private static let leastSpace: UInt = 16 << 20

  // MARK: Jobs

  private mutating func jobs() {
    let directory = configuration.jobs.directory
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".yaml") }.sorted()
    } catch {
      let isThere = access(directory, F_OK) == 0 || errno == EACCES
      return status.find(
        .configuration,
        isThere
          ? "\(directory): cannot be read by this user; \(ownership(of: directory))"
          : "\(directory): there is no such directory of jobs (jobs.directory)")
    }
    if names.isEmpty { status.find(.configuration, "\(directory): there is no job in it") }
    var unseen: [String] = []
    var (taken, isWhole): (Set<String>, Bool) = ([], true)
    for name in names {
      do {
        let file = try JobFile(file: "\(directory)/\(name)", steps: Stages.steps.map(\.rawValue))
        taken.formUnion(file.steps)
        if !job(file) { unseen.append(file.name) }
      } catch {
        isWhole = false
        found(error)
      }
    }
    if isWhole { missing(of: taken) }
    if unseen.isEmpty { return }
    status.find(
      .unavailable,
      "never run on this machine: \(unseen.joined(separator: ", ")); cron starts them, see crontab.example")
  }

  /// Steps that nobody takes, without which mail stands still. Where hosts share a ledger another may take them.
  private mutating func missing(of taken: Set<String>) {
    if PostgresDatabase.isName(configuration.ledger.database) { return }
    let needed: [Step] = [.collect, .fanOut, .digest, .deliver]
    status.missingSteps = Set(needed.map(\.rawValue)).subtracting(taken)
    for step in needed where status.missingSteps.contains(step.rawValue) {
      status.find(
        .configuration,
        "\(configuration.jobs.directory): no job takes the step \(step), and what waits for it waits for ever")
    }
  }

  /// One job: who is at it, and whether cron starts it as often as its file says.
  /// - Returns: false if it was never run here, and should have been.
  private mutating func job(_ file: JobFile) -> Bool {
    let lock = "\(Installation.lockDirectory(configuration))/\(file.lock).lock"
    // Of a disk that is mounted read-only all is told already.
    if access(lock, F_OK) == 0, access(lock, R_OK | W_OK) != 0, errno != EROFS {
      status.find(
        .unavailable,
        "\(lock): this user cannot use it, so no run begins; \(ownership(of: lock)); remove the file")
    }
    let heartbeat = book.jobs[file.name]
    // Of two jobs with one lock, the one that has begun and not ended.
    let holder = heartbeat?.ended == nil ? JobLock.holder(lock) : nil
    let died = heartbeat.map { $0.ended == nil && holder == nil } ?? false
    status.jobs.append(
      Status.Job(
        name: file.name, every: file.every?.seconds, began: heartbeat?.began.wall.description,
        ended: heartbeat?.lastEnd?.wall.description, exit: heartbeat?.exit?.rawValue, process: holder?.pid,
        died: died ? true : nil))
    if died, let heartbeat {
      status.find(
        .workLeft,
        """
        job \(file.name): the run that began at \(heartbeat.began.wall) died before its end: it was killed, or the \
        machine stopped; the next run goes on with what it left
        """)
    }
    if let holder {
      if holder.isOverdue(steady: reading.steady) {
        status.find(
          .workLeft,
          """
          job \(file.name): process \(holder.pid) has been at work since \(holder.startedAt), more than twice its \
          deadline of \(holder.deadline) s; look at it and end it
          """)
      }
      return true
    }
    guard let silence = file.longestSilence, let every = file.every else { return true }
    guard let last = heartbeat.map({ $0.lastEnd ?? $0.began }) else {
      // Where cron starts the others, the turn of one that is seldom has not come yet.
      return book.since.map { reading.age(of: $0) <= silence } ?? false
    }
    let age = reading.age(of: last)
    if age > silence {
      status.find(
        .unavailable,
        """
        job \(file.name): no run has ended for \(TimeSpan(seconds: age).roughly), and one should begin every \
        \(every); see that cron starts it (crontab -l), and what it wrote
        """)
    }
    return true
  }

  // MARK: Ledger

  /// - Parameter relay: nil where it is not known which relay is set.
  private mutating func ledger(_ ledger: Ledger, _ clock: RunClock, _ relay: RelayIdentity?) throws {
    let now = clock.now()
    status.clock = Status.Clock(now: now.description, doubt: clock.state.doubt?.description)
    if let doubt = clock.state.doubt, doubt.isGrave {
      status.find(.workLeft, "the clock: \(doubt.description); if it is right, `watchpost release clock`")
    }
    if let words = try pagesMissing(ledger) { status.find(.unavailable, words) }
    if let words = LocalMailServer.losing(configuration.delivery.transport) { status.find(.configuration, words) }
    if try !keysFit(ledger) { status.find(.configuration, Installation.foreignKeys(configuration).message) }
    if let relay {
      let paused = try ledger.relayPausedUntil(relay).flatMap { $0 > now ? $0 : nil }
      status.relay = Status.Relay(
        transport: "\(configuration.delivery.transport)",
        lastAccepted: try ledger.relayLastAccepted(relay)?.description, pausedUntil: paused?.description)
    }
    let waiting = try ledger.waiting(at: now)
    status.waiting = Status.Waits(
      due: waiting.due, later: waiting.later, nextDue: waiting.nextDue?.description, leased: waiting.leased,
      forDigests: waiting.forDigests, outOfSight: waiting.outOfSight, nextDigest: waiting.nextDigest?.description,
      resting: waiting.resting, pending: waiting.pending, undecided: waiting.undecided)
    status.deliveries = Dictionary(
      uniqueKeysWithValues: try ledger.deliveryCounts().map { ($0.key.rawValue, $0.value) })
    try held(ledger, now)
    status.silentDomains = try ledger.silentDomains(now: now).map {
      Status.SilentDomain(
        domain: $0.domain, messages: $0.messages, since: $0.since.description,
        answer: $0.answer.singleLine(limit: 200))
    }
    let received = try ledger.receivedCounts()
    let parked = try ledger.parkedReplies(limit: 1000)
    status.incoming = Status.Incoming(
      waiting: received.waiting, setAside: received.setAside, parked: parked.count,
      suppressed: try ledger.suppressionCount())
    if received.setAside > 0 {
      status.find(.workLeft, "\(received.setAside) messages that came in could not be handled, see below")
    }
    // Of those from another address the person is asked, and the run tells of those that stand wrong.
    let asked = parked.count { ![nil, .otherSender, .unlike].contains($0.reply.parking) }
    if asked > 0 { status.find(.workLeft, "\(asked) replies by mail wait for your word; `watchpost replies`") }
    status.setAside = try ledger.setAside(limit: 20).map(\.fault.description)
    status.setAsideCount = try ledger.setAsideCount()
    let posts = try ledger.postsSetAside()
    if posts > 0 {
      status.find(.configuration, "\(posts) posts of the forum reach nobody until their rows are mended")
    }
    status.runs = try ledger.lastRuns().map {
      Status.Run(
        job: $0.job, began: $0.startedAt.description, ended: $0.endedAt?.description, exit: $0.exitCode)
    }
  }

  private func keysFit(_ ledger: Ledger) throws -> Bool {
    // A file that cannot be read is told elsewhere.
    let realm = try ledger.tokenRealm(makeName: nil)
    guard let keys = try? KeyRing(SigningKeys.load(configuration.mail.keys), realm: realm) else { return true }
    return try Installation.fit(keys, ledger)
  }

  /// What is held and, where the release is not named after it, under which word.
  private mutating func held(_ ledger: Ledger, _ now: Timestamp) throws {
    let counts = try ledger.heldCounts()
    for hold in try ledger.holds() {
      let (words, command) =
        switch hold.kind {
        case .flood: ("new posts: \(hold.reason)", "release flood` or `watchpost discard flood")
        case .domain: ("mail to \(hold.name): \(hold.reason)", "release \(hold.name)")
        case .forum: ("posts of a restored forum: \(hold.reason)", "resume")
        case .ledger: ("everything, the ledger was restored: \(hold.reason)", "resume")
        }
      status.held.append(
        Status.Held(
          kind: hold.kind.rawValue, name: hold.kind == .domain ? hold.name : nil, words: words,
          since: hold.since.description, messages: hold.kind == .domain ? counts[.domain(hold.name)] ?? 0 : nil,
          command: "`watchpost \(command)`"))
    }
    let doubts = try ledger.doubts()
    if let words = doubts.words(at: reading.wall) {
      status.held.append(
        Status.Held(
          kind: "people", words: "posts of discussions from which nearly everybody is gone: \(words)",
          since: doubts.standing(at: reading.wall).values.map(\.since).min()?.description,
          command: "`watchpost release people`"))
    }
    for pause in try ledger.pauses().all {
      let reason = HoldReason(pause.subject)
      let isStanding = try ledger.heldSubjects(now: now).contains(reason)
      guard counts[reason] != nil || isStanding && pause.until == nil else { continue }
      let until = pause.until.map { "; tried again at \($0)" } ?? ""
      let (kind, name) =
        switch pause.subject {
        case .domain(let domain): ("domain", domain)
        case .post(let position): ("post", try ledger.postKey(at: position) ?? "?")
        }
      let other = kind == "post" ? "post:\(name)` or `watchpost discard post:\(name)" : name
      status.held.append(
        Status.Held(
          kind: kind, name: name,
          words: pause.isOrdered
            ? "mail of the post [#\(name)]: \(pause.reason)"
            : "\(pause.subject.words(post: name)): \(pause.reason)\(until)",
          since: pause.since.description, messages: counts[reason] ?? 0, command: "`watchpost release \(other)`",
          until: pause.until?.description, isOfOne: pause.isOfOne))
    }
    for one in try ledger.comingHolds() {
      status.held.append(
        Status.Held(
          kind: "post", name: one.key, words: "a post that no run took up yet, key \(one.key): \(one.reason)",
          since: Timestamp(one.since).description, messages: 0, command: "`watchpost release post:\(one.key)`"))
    }
    let paused = try ledger.pauses().all.map(\.subject)
    for case (.post(let position), let count) in counts where !paused.contains(.post(position)) {
      let key = try ledger.postKey(at: position) ?? "?"
      status.held.append(
        Status.Held(
          kind: "post", name: key, words: "copies of a post that one domain refuses, [#\(key)]", messages: count,
          command: "`watchpost release post:\(key)` or `watchpost discard post:\(key)`"))
    }
    for (reason, words) in [
      (HoldReason.uncertain, "messages of unknown fate"), (.uncomposed, "messages that could not be written"),
    ] {
      guard let count = counts[reason] else { continue }
      status.held.append(
        Status.Held(
          kind: reason.text, words: "\(count) \(words)", messages: count,
          command: "`watchpost release \(reason.text)`"))
    }
    if let count = counts[.ordered] {
      status.held.append(
        Status.Held(
          kind: HoldReason.ordered.text, words: "\(count) messages, by an admin's order", messages: count,
          command: "`watchpost queue list --state held`"))
    }
    if status.held.contains(where: { $0.until == nil }) {
      status.find(.workLeft, "something is held until your word, see below")
    } else if status.held.contains(where: { !$0.isOfOne }) {
      status.find(.workLeft, "something is left alone for a while, see below")
    }
  }

  // MARK: What runs have told

  /// Troubles that runs met, but for those that were found here already.
  private mutating func standing() {
    let shown: Set<Trouble.Topic> = [
      .flood, .people, .domain, .post, .restoredForum, .restoredLedger, .uncertain, .uncomposed, .received,
    ]
    for entry in book.troubling(at: reading.wall) where !shown.contains(entry.trouble.topic) {
      let words = entry.trouble.words
      if status.found.contains(where: { words.contains($0.words) }) { continue }
      // A relay that does not pipeline costs time, and nobody's mail.
      if entry.trouble.status == .done { continue }
      status.find(entry.trouble.status, "since \(entry.since): \(words)")
    }
  }

  /// Mails name pages that nothing serves: by the machines' own clocks, as the note is written.
  private func pagesMissing(_ ledger: Ledger) throws -> String? {
    guard let listener = configuration.web.listen else { return nil }
    let last = try ledger.note(ServedPages.note).flatMap { Int64($0) }.map { Timestamp($0) }
    if let last, abs(reading.wall - last) <= ServedPages.patience { return nil }
    let since = last.map { "since \($0)" } ?? "yet"
    return """
      web.listen: mails name the participants' pages, and nothing has served them \(since): start `watchpost serve` \
      (\(listener)), or start it anew if it hangs; or leave web.listen out
      """
  }

  /// Goes on whatever is wrong.
  private mutating func tell(_ body: (inout StatusSurvey) throws -> Void) {
    do { try body(&self) } catch { found(error) }
  }

  private mutating func found(_ error: any Error) {
    let failure = Failure(error)
    let words = failure.message.split(separator: "\n").map(String.init)
    for one in words { status.find(failure.status, one) }
  }
}
