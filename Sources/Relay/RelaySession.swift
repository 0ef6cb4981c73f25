import Glibc
import Mail

/// One connection with its dialogue: moves bytes between the two and watches the time limits.
final class RelaySession {
  /// A session goes through these in order, and never back.
  private enum Phase {
    case connecting
    case ready
    case closed
  }

  /// The bytes' way, from the first look-up of the name to the end.
  let connection: CurlConnection
  let isAlone: Bool
  /// Valid once connected.
  private(set) var dialogue: Dialogue
  /// Messages begun; for ``RelaySettings/messagesPerConnection``.
  private(set) var begun = 0
  /// Messages that the relay took on this connection.
  var accepted = 0
  /// The relay takes no more on this connection: it is ended when nothing is under way on it.
  var isExhausted = false
  /// It ended because a pipelined command was not answered in time.
  private(set) var hasHungInPipeline = false
  /// The relay gave at least one answer about a message.
  var hasAnswered = false
  private(set) var isQuitting = false
  /// Output waits for the socket to take more.
  private(set) var isBlocked = false

  private var phase = Phase.connecting
  /// The connection ended; what was received before it is still to be dealt with.
  private var ending: String?
  /// How long each wait may take.
  private let timeouts: RelaySettings.Timeouts
  /// Of the whole run.
  private let trust: PipeliningTrust
  /// The dialogue's progress when it was last looked at, and when that was: a time limit runs from the last change.
  private var seenProgress = 0
  private var progressAt: Int64 = 0
  /// What is on its way to the kernel, at a fixed address and no larger than a TLS record: OpenSSL wants the same
  /// buffer again after it was told to wait, and a record that is not whole in the kernel cannot be read by the relay,
  /// so a final dot in it has not been handed over.
  private let staging = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)
  /// What of `staging` is not yet in the kernel.
  private var staged = 0..<0

  /// - Parameters:
  ///   - target: as of ``CurlConnection``.
  ///   - isAlone: no other connection is there; a relay that refuses this one cannot mean that there are too many.
  init(settings: RelaySettings, target: String? = nil, isAlone: Bool, trust: PipeliningTrust, now: Int64) {
    self.isAlone = isAlone
    self.trust = trust
    connection = CurlConnection(settings: settings, target: target, now: now)
    timeouts = settings.timeouts
    dialogue = Dialogue(capabilities: Capabilities(), asciiDomain: { _ in nil })
  }

  deinit { staging.deallocate() }

  /// libcurl still has it.
  var isConnecting: Bool { phase == .connecting }
  var isClosed: Bool { phase == .closed }
  /// Connected, not saying good-bye, not closed.
  var isAlive: Bool { phase == .ready && !isQuitting && ending == nil && !dialogue.isClosed }
  /// Takes a message now.
  var isIdle: Bool { isAlive && dialogue.isIdle }
  /// Commands go out before the answers to those before them.
  var isPipelining: Bool { phase == .ready && dialogue.capabilities.pipelining }

  /// From now on the dialogue has it; only then the relay's offers are known.
  func connected(_ capabilities: Capabilities, asciiDomain: @escaping (String) -> String?, now: Int64) {
    dialogue = Dialogue(capabilities: capabilities, asciiDomain: asciiDomain)
    phase = .ready
    progressAt = now
  }

  /// A message to send; see ``Dialogue/offer(_:)``.
  func offer(_ message: OutgoingMessage) {
    begun += 1
    dialogue.offer(message)
  }

  func decline() { dialogue.decline() }
  func nextAction() -> Dialogue.Action? { dialogue.nextAction() }

  /// Says good-bye, if nothing is under way.
  func quit() {
    guard isIdle else { return }
    isQuitting = true
    dialogue.quit()
  }

  /// Ends the connection without a word. May be called twice, and from within `react`.
  func close() {
    phase = .closed
    connection.close()
  }

  // MARK: Bytes

  /// Octets that are read before they are dealt with; a relay that talks without end must not keep the rest waiting.
  private static let mostAtOnce = 262_144

  /// Reads until there is no more for now, then lets `react` deal with the dialogue's actions: only after everything that
  /// is there has been heard anything is said, so that an answer cannot pass for one to what was not asked yet.
  func receive(into buffer: UnsafeMutableRawBufferPointer, react: () -> Void) {
    while phase == .ready, ending == nil {
      let isAll = hear(buffer)
      react()
      if isAll { break }
    }
    settle(react)
  }

  /// Gives the dialogue what there is.
  /// - Returns: false if there may be more.
  private func hear(_ buffer: UnsafeMutableRawBufferPointer) -> Bool {
    var heard = 0
    while heard < Self.mostAtOnce {
      switch connection.receive(into: buffer) {
      case .again: return true
      case .end(let reason):
        ending = reason
        return true
      case .bytes(let count):
        dialogue.received(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        heard += count
      }
    }
    return false
  }

  /// Writes until there is no more, or the socket takes no more for now.
  func flush(into buffer: UnsafeMutableRawBufferPointer, react: () -> Void) {
    isBlocked = false
    var isFirst = true
    while phase == .ready, ending == nil, !isBlocked {
      if staged.isEmpty {
        // Between two pieces of a long content a relay may have spoken out of turn.
        if !isFirst, dialogue.hasOutput { listen(buffer, react) }
        guard phase == .ready, ending == nil else { return }
        isFirst = false
        staged = 0..<dialogue.takeOutput(into: staging)
      }
      guard !staged.isEmpty else { return }
      switch connection.send(UnsafeRawBufferPointer(rebasing: staging[staged])) {
      case .again: isBlocked = true
      case .bytes(let count):
        dialogue.wrote(count)
        staged = (staged.lowerBound + count)..<staged.upperBound
      case .end(let reason):
        // The relay may have said why before it went.
        receive(into: buffer, react: react)
        if ending == nil { ending = reason }
        settle(react)
      }
    }
  }

  /// As ``receive(into:react:)``, where output is under way.
  private func listen(_ buffer: UnsafeMutableRawBufferPointer, _ react: () -> Void) {
    if hear(buffer), ending == nil, !dialogue.hasHeard { return }
    react()
    settle(react)
  }

  /// Tells the dialogue of the connection's end, once everything that came before it has been read.
  private func settle(_ react: () -> Void) {
    guard phase == .ready, let ending, !dialogue.isClosed else { return }
    dialogue.closed(reason: ending)
    react()
  }

  // MARK: Time

  /// Seconds allowed for what the relay keeps us waiting for.
  private var limit: Double? {
    guard let limit = usualLimit else { return nil }
    guard let place = dialogue.pipelinedWait, !trust.isPatient(behind: place) else { return limit }
    return min(limit, timeouts.pipelining)
  }

  private var usualLimit: Double? {
    switch dialogue.wait {
    case nil: nil
    case .mail: timeouts.mail
    case .rcpt: timeouts.rcpt
    case .data: timeouts.data
    case .block: timeouts.block
    case .dot: timeouts.dot
    case .reset, .quit: timeouts.quit
    }
  }

  /// When the present wait is over, in nanoseconds; nil if nothing is awaited.
  func deadline(now: Int64) -> Int64? {
    guard phase == .ready, let limit else {
      progressAt = now
      return nil
    }
    if dialogue.progress != seenProgress {
      seenProgress = dialogue.progress
      progressAt = now
    }
    return progressAt + Int64(limit * 1e9)
  }

  /// Ends what has taken too long; `react` deals with what comes of it.
  func checkTime(now: Int64, react: () -> Void) {
    trust.saw(dialogue.keptInPipeline)
    guard let limit, let deadline = deadline(now: now), now >= deadline else { return }
    if dialogue.pipelinedWait != nil {
      hasHungInPipeline = true
      trust.hung()
    }
    dialogue.timedOut(after: limit)
    react()
  }
}
