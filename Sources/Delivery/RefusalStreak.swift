import Mail

/// Tells a relay that turns away whatever we send from people who cannot be reached (S3).
///
/// A relay that does not let us in may say so of each recipient (`554 5.7.1 Relay access denied`) or of each message
/// (`550 5.7.60 not allowed to send as`), for good, as if it spoke of them. Counted are refusals in a row that are equal
/// (stage, codes and words), whatever the run, with nothing accepted in between. ``length`` of them to ``spread`` domains
/// are the relay's: a handful of dead addresses have one domain, are refused as 5.1.x, or have mail accepted between them.
/// Of refusals after the content several must be of different contents: one post may be refused to everybody.
public struct RefusalStreak: Hashable, Sendable, Codable {
  /// Deliveries that make a streak.
  public static let length = 5
  /// Recipient domains that they must be for.
  public static let spread = 3
  /// Deliveries that are remembered, the newest.
  private static let kept = 500

  /// What was refused last, and how: `rcpt: 554 5.7.1 relay access denied`.
  public private(set) var refusal: String?
  public private(set) var deliveries: [Int64] = []
  public private(set) var domains: Set<String> = []
  private var contents: Set<Int64> = []
  private var isBeforeContent = false

  public init() {}

  /// The refusals are the relay's.
  public var isComplete: Bool {
    deliveries.count >= Self.length && domains.count >= Self.spread && (isBeforeContent || contents.count > 1)
  }

  /// Counts one outcome; ignores those that say nothing of the relay.
  /// - Parameter content: equal for messages of equal content.
  /// - Returns: the deliveries that were refused by the relay's fault: all of the streak when it becomes complete, then
  ///   one at a time.
  public mutating func record(_ outcome: Outcome, of delivery: Int64, content: Int64, to recipient: Address) -> [Int64]
  {
    if case .accepted = outcome { self = RefusalStreak() }
    guard case .refused(let reply, let stage) = outcome, Self.mayBeOfRelay(reply, stage), let gist = outcome.gist else {
      return []
    }
    if gist != refusal { (self, refusal) = (RefusalStreak(), gist) }
    let wasComplete = isComplete
    isBeforeContent = stage == .rcpt
    domains.insert(recipient.domain)
    if contents.count < 2 { contents.insert(content) }
    if !deliveries.contains(delivery) { deliveries = deliveries.suffix(Self.kept - 1) + [delivery] }
    return isComplete ? wasComplete ? [delivery] : deliveries : []
  }

  /// A refusal that would fail a message, or one person's copy, for good; but for those that name mailbox, address, size
  /// or form (RFC 3463 sections 3.2, 3.3, 3.4, 3.7).
  private static func mayBeOfRelay(_ reply: Reply, _ stage: Stage) -> Bool {
    guard reply.code / 100 == 5, classify(.refused(reply, at: stage))?.scope != .relay else { return false }
    guard let code = reply.enhanced, code.subject > 0 else { return ![551, 552, 556].contains(reply.code) }
    return ![1, 2, 6].contains(code.subject) && (code.subject, code.detail) != (3, 4)
  }
}

extension Outcome {
  /// A refusal without what differs between recipients, and without their addresses: `rcpt: 554 5.7.1 relay access denied`.
  public var gist: String? {
    guard case .refused(let reply, let stage) = self else { return nil }
    let words = (reply.lines.first ?? "").split(whereSeparator: \.isWhitespace).lazy
      .map { $0.trimmingPrefix { $0.isPunctuation } }
      .map { word in word.last.map { $0.isPunctuation ? word.dropLast() : word } ?? word }
      .filter { !$0.isEmpty && $0.allSatisfy { $0.isLetter } }
    let parts = ["\(stage.rawValue): \(reply.code)", reply.enhanced?.description].compactMap { $0 }
    return (parts + words.prefix(12).map { $0.lowercased() }).joined(separator: " ")
  }
}
