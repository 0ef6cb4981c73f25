import CCurl
import DeliveryPolicy
import Glibc
import Mail

/// One run of ``SMTPTransport``: the loop over all connections.
///
/// Connections are opened lazily: a second one only after the first has proved that the relay lets us in, and then one
/// for each message that waits while all others are busy. A connection that cannot be made lowers the limit while
/// others live or lived when it was begun; when none can be made the relay is down and the run ends.
final class SMTPRun {
  let settings: RelaySettings
  private let stop: StopSignal
  let now: () -> Int64
  let queue: MessageQueue
  private var sessions: [RelaySession] = []
  /// Connections at a time; falls when the relay refuses one more than it wants.
  private var limit: Int
  /// The relay let us in once: from now on several connections may be opened at a time.
  private var hasConnected = false
  /// The first connection was not answered for long, or turned away with a passing trouble, and a second one was begun
  /// beside or behind it: of two machines behind one address one may be down.
  private var hasTriedTwice = false
  /// When the first connection was begun, in nanoseconds.
  private var firstBegan: Int64?
  /// What the run has learned of the relay's way with pipelined commands, and with many messages on a connection.
  private let trust = PipeliningTrust()
  var sessionLimit = SessionLimit()
  /// Of this run alone; it trips once, and then the run ends.
  var breaker: Breaker
  /// The recipient domains of the relay's own refusals in a row: those of a single one may be about it alone.
  var refusedDomains: Set<String> = []
  /// The first one found; with it nothing new begins.
  var trouble: RelayTrouble?
  /// Where connections go.
  private var addresses: RelayAddresses
  /// What the first address of several had to say, as long as others are tried.
  private var firstTrouble: RelayTrouble?
  /// When the feed was last given its turn, in nanoseconds.
  private var lastTick: Int64
  /// A-labels of domains that were asked for already; a list's recipients have few domains.
  private var domains: [String: String?] = [:]
  private var polled: [pollfd] = []
  /// The session of each entry of `polled`; nil for the stop signal.
  private var owners: [RelaySession?] = []
  /// For what is received; one for all connections, since one at a time is read.
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)

  /// - Parameter now: nanoseconds of a monotonic clock.
  init(
    settings: RelaySettings, feed: any MessageFeed, stop: StopSignal, addresses: RelayAddresses = RelayAddresses(),
    now: @escaping () -> Int64
  ) {
    self.settings = settings
    self.addresses = addresses
    self.stop = stop
    self.now = now
    queue = MessageQueue(feed: feed, rate: settings.rate, now: now())
    limit = settings.connections
    breaker = Breaker(policy: settings.breaker)
    lastTick = now()
  }

  deinit { buffer.deallocate() }

  /// The whole run.
  /// - Throws: the feed's first error, after what was under way has ended.
  func run() throws -> TransportReport {
    defer { for session in sessions { session.close() } }
    while true {
      beginMessages()
      sessions.removeAll { $0.isClosed }
      if isDone { break }
      waitForEvents()
    }
    noteLongWait()
    queue.giveBack(reason: trouble?.description ?? "the run was stopped before it began")
    sayGoodBye()
    queue.tick()
    if let failure = queue.failure { throw failure }
    if let trouble { queue.end(.relayDown(trouble)) } else if stop.requested { queue.end(.stopped) }
    return queue.report
  }

  /// A message may begin.
  var isOpen: Bool { trouble == nil && queue.failure == nil && !stop.requested }

  /// Nothing is under way, and nothing more is to come.
  private var isDone: Bool {
    guard !sessions.contains(where: { $0.isAlive && !$0.isIdle }) else { return false }
    return !isOpen || (queue.isDry && queue.waiting == 0)
  }

  /// Twice a second: half of what the feed is promised.
  private func tickIfDue() {
    let now = now()
    guard now - lastTick >= 500_000_000 else { return }
    lastTick = now
    queue.tick()
  }

  // MARK: Beginning

  /// Gives idle connections work, closes those that are used up, and opens one more if that helps.
  private func beginMessages() {
    for session in sessions where session.isIdle {
      while session.isIdle, let message = nextMessage(for: session) {
        session.offer(message)
        react(session)
      }
      if session.isIdle, isUsedUp(session) || makesRoom(session) { quit(session) }
    }
    guard mayConnect else { return }
    queue.fetch(connecting + 1)
    if queue.waiting > connecting || isSecondDue {
      if !sessions.isEmpty, !hasConnected { hasTriedTwice = true }
      firstBegan = firstBegan ?? now()
      sessions.append(
        RelaySession(
          settings: settings, target: addresses.present?.name, isAlone: sessions.isEmpty || !hasConnected, trust: trust,
          now: now()))
    }
  }

  /// The one connection that is being made has no answer yet, and has waited for long.
  private var isSecondDue: Bool {
    guard let due = secondDue else { return false }
    return now() >= due
  }

  /// When a second connection is to be tried; nil: not at all.
  private var secondDue: Int64? {
    guard !hasConnected, !hasTriedTwice, limit > 1, sessions.count == 1, connecting == 1 else { return nil }
    return firstBegan.map { $0 + Int64(settings.timeouts.secondConnection * 1e9) }
  }

  /// A message waits, or may do so, for which a connection could be opened.
  private var mayConnect: Bool {
    guard isOpen, sessions.count < limit, hasConnected || connecting == 0 || isSecondDue, queue.wait(now: now()) == 0
    else { return false }
    if isSecondDue { return true }
    guard queue.hasReturned || !sessions.contains(where: \.isIdle) else { return false }
    return queue.waiting > connecting || !queue.isDry
  }

  /// Connections that are being made.
  private var connecting: Int { sessions.count { $0.isConnecting } }

  /// A message for a connection that may take one now.
  private func nextMessage(for session: RelaySession) -> OutgoingMessage? {
    guard isOpen, session.isAlive, !isUsedUp(session), !makesRoom(session) else { return nil }
    return queue.take(opening: session.begun == 0, now: now())
  }

  /// A message that was given back needs a new connection, and none is coming.
  private func makesRoom(_ session: RelaySession) -> Bool {
    session.begun > 0 && queue.hasReturned && sessions.count >= limit
      && !sessions.contains { $0.isConnecting || $0.isQuitting || $0.begun == 0 }
  }

  /// It has had as many messages as it may, or goes on pipelining with a relay that cannot.
  private func isUsedUp(_ session: RelaySession) -> Bool {
    let most = min(settings.messagesPerConnection ?? .max, sessionLimit.known ?? .max)
    return session.begun >= most || session.isExhausted || session.isPipelining && trust.isBroken
  }

  // MARK: Dialogue

  /// Does what the dialogue asks for, until it asks for nothing more.
  private func react(_ session: RelaySession) {
    while let action = session.nextAction() {
      switch action {
      case .wantMessage:
        if let message = nextMessage(for: session) { session.offer(message) } else { session.decline() }
      case .write: session.flush(into: buffer) { react(session) }
      case .ended(let message, let outcome, let part): ended(message, outcome, part, session)
      case .close(let reason): closed(session, reason)
      }
    }
  }

  private func quit(_ session: RelaySession) {
    session.quit()
    react(session)
  }

  // MARK: Connecting

  /// Goes on making a connection, and takes in how that ended.
  private func connect(_ session: RelaySession, _ descriptor: Int32?, _ events: Int16) {
    switch session.connection.advance(descriptor, events, now: now()) {
    case .pending: break
    case .connected(var capabilities):
      if !settings.pipelining || trust.isBroken { capabilities.pipelining = false }
      hasConnected = true
      queue.connected()
      session.connected(capabilities, asciiDomain: { [weak self] in self?.ascii($0) }, now: now())
    case .failed(let trouble):
      let address = session.connection.address
      session.close()
      let others = sessions.count { $0 !== session && !$0.isClosed }
      limit = max(others, 1)
      guard others == 0, session.isAlone, self.trouble == nil else { return }
      if isOpen, !hasConnected, trouble.isOfAddress || firstTrouble != nil, addresses.goOn(settings, after: address) {
        firstTrouble = firstTrouble ?? trouble
        limit = settings.connections
        firstBegan = nil
      } else if isOpen, !hasConnected, !hasTriedTwice, trouble.isPassing {
        hasTriedTwice = true
        firstTrouble = firstTrouble ?? trouble
        limit = settings.connections
      } else {
        self.trouble = firstTrouble ?? trouble
      }
    }
  }

  /// A run that was stopped while it waited for a relay that had let nobody in for longer than a working one needs has
  /// found the relay down, even if the time for that is not over: the next run would wait in vain as well.
  private func noteLongWait() {
    guard trouble == nil, stop.requested, !hasConnected, queue.waiting > 0 else { return }
    trouble = sessions.first { $0.isConnecting }?.connection.longWait(now: now())
  }

  /// A domain's A-labels, looked up once.
  private func ascii(_ domain: String) -> String? {
    if let known = domains[domain] { return known }
    // A bound on memory, not on lists: it is filled anew.
    if domains.count >= 10_000 { domains = [:] }
    let ascii = Address.asciiDomain(domain)
    domains[domain] = .some(ascii)
    return ascii
  }

  // MARK: Waiting

  /// Waits for something to happen and deals with it.
  private func waitForEvents() {
    tickIfDue()
    let timeout = prepare()
    let count = poll(&polled, nfds_t(polled.count), timeout)
    if count > 0 {
      for index in polled.indices where polled[index].revents != 0 {
        guard let session = owners[index] else { continue }
        happened(session, polled[index].fd, polled[index].revents)
      }
    }
    let now = now()
    for session in sessions {
      if session.isConnecting, let due = session.connection.timerDue, due <= now { connect(session, nil, 0) }
      session.checkTime(now: now) { react(session) }
    }
    sessions.removeAll { $0.isClosed }
  }

  /// A connection's socket has something to read, or room.
  private func happened(_ session: RelaySession, _ descriptor: Int32, _ events: Int16) {
    if session.isConnecting { return connect(session, descriptor, events) }
    // With TLS a reply may have to be read before more can be written, and the reverse: do both.
    session.receive(into: buffer) { react(session) }
    if session.isBlocked { session.flush(into: buffer) { react(session) } }
  }

  /// Fills the poll set.
  /// - Returns: milliseconds to wait at most.
  private func prepare() -> Int32 {
    polled.removeAll(keepingCapacity: true)
    owners.removeAll(keepingCapacity: true)
    let now = now()
    var due = lastTick + 500_000_000
    if !stop.requested { watch(stop.descriptor, Int16(POLLIN), nil) }
    for session in sessions {
      if session.isConnecting {
        if let timer = session.connection.timerDue { due = min(due, timer) }
        for (descriptor, events) in session.connection.watched { watch(descriptor, events, session) }
      } else {
        if let deadline = session.deadline(now: now) { due = min(due, deadline) }
        watch(session.connection.socket, Int16(session.isBlocked ? POLLIN | POLLOUT : POLLIN), session)
      }
    }
    if isOpen, let second = secondDue { due = min(due, second) }
    if isOpen, !(queue.isDry && queue.waiting == 0) {
      let wait = queue.wait(now: now)
      if wait > 0 || mayConnect { due = min(due, now + wait) }
    }
    return Int32(clamping: (max(0, due - now) + 999_999) / 1_000_000)
  }

  /// A descriptor to poll, and whose it is.
  private func watch(_ descriptor: Int32, _ events: Int16, _ session: RelaySession?) {
    polled.append(pollfd(fd: descriptor, events: events, revents: 0))
    owners.append(session)
  }

  // MARK: Ending

  /// QUIT on all connections at once, those that were said it already included; what does not answer in time is closed
  /// without.
  private func sayGoodBye() {
    for session in sessions where !session.isQuitting {
      if session.isIdle { quit(session) } else { session.close() }
    }
    sessions.removeAll { $0.isClosed }
    while !sessions.isEmpty { waitForEvents() }
  }
}
