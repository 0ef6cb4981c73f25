import Forum
import Identifiers
import SQL
import Time

/// What an order sends, a page at a time (rule A1): each page one transaction, so that a command that is killed goes on
/// from there, on whichever host.
extension Ledger {
  /// A post that is to be sent again, and the watch that it comes by.
  public struct ResentPost: Hashable, Sendable {
    /// Which.
    public var position: JournalPosition
    /// nil: by the admin's word alone.
    public var scope: WatchScope?

    /// - Parameter scope: nil where no watch brings it.
    public init(_ position: JournalPosition, _ scope: WatchScope?) {
      self.position = position
      self.scope = scope
    }
  }

  /// What one person is to be sent.
  public struct ResendItem: Hashable, Sendable {
    /// Who.
    public var person: PersonID
    /// Posts that come as a copy each.
    public var copies: [ResentPost]
    /// Posts that come in one digest, part by part.
    public var parts: [[ResentPost]]

    /// Copies, parts, or both.
    public init(person: PersonID, copies: [ResentPost] = [], parts: [[ResentPost]] = []) {
      self.person = person
      self.copies = copies
      self.parts = parts
    }

    fileprivate var posts: [ResentPost] { copies + parts.joined() }
  }

  /// Queues a page of messages by an order, due now. What is on its way meanwhile, what has arrived, and what the order
  /// has queued already is left out: however often a page comes, and from however many hosts, each post reaches each
  /// person once by an order.
  /// - Returns: how many messages were queued.
  public func resend(_ items: [ResendItem], by order: ResendOrder, signingKey: UInt8, now: Timestamp) throws -> Int {
    try database.write { connection in
      let erased = try Ledger.erased(among: items.lazy.map(\.person), connection)
      let items = items.filter { erased[$0.person] == nil }
      // One page at a time, whoever writes it: two orders for the same posts see what the other has queued.
      _ = try Ledger.increment(.resent, by: 1, connection)
      // Locked in the order of their numbers, as everybody does, and read once more: a run that gives one back, or an
      // admin who lets one go, comes before or behind all of this.
      let before = try Ledger.histories(of: items, connection)
      let replaced = Set(before.values.lazy.flatMap(\.replaceable).compactMap(\.delivery)).sorted()
      for chunk in replaced.chunks(of: Ledger.chunk) {
        _ = try connection.query(
          "SELECT 1 FROM delivery WHERE id IN ($1) ORDER BY id {for update}", [.ids(chunk)]
        ) { _ in }
      }
      let page = ResendPage(
        order: order, now: now, connection: connection, histories: try Ledger.histories(of: items, connection))
      let messages = try page.queue(items, signingKey: signingKey)
      try connection.run(
        "UPDATE resend SET messages = messages + $2 WHERE id = $1",
        [.integer(Int64(order.number)), .integer(Int64(messages))])
      return messages
    }
  }

  private static func histories(of items: [ResendItem], _ connection: any Connection) throws
    -> [ResendPage.Pair: SendingHistory]
  {
    var people: [JournalPosition: Set<PersonID>] = [:]
    for item in items { for post in item.posts { people[post.position, default: []].insert(item.person) } }
    var found: [ResendPage.Pair: SendingHistory] = [:]
    for (post, people) in people {
      for chunk in people.sorted().chunks(of: Ledger.chunk) {
        for history in try histories(of: post, Array(chunk), connection) {
          found[ResendPage.Pair(post: post, person: history.person)] = history
        }
      }
    }
    return found
  }
}

/// One page under way, inside its transaction.
private struct ResendPage {
  struct Pair: Hashable {
    let post: JournalPosition
    let person: PersonID
  }

  let order: ResendOrder
  let now: Timestamp
  let connection: any Connection
  let histories: [Pair: SendingHistory]

  /// A message that is to be written.
  private struct Message {
    let person: PersonID
    let posts: [Ledger.ResentPost]
    /// The digest that it is a part of, and which one.
    var digest: (id: DigestID, part: Int, parts: Int)?
  }

  func queue(_ items: [Ledger.ResendItem], signingKey: UInt8) throws -> Int {
    var messages: [Message] = []
    for item in items {
      func due(_ posts: [Ledger.ResentPost]) -> [Ledger.ResentPost] {
        posts.filter {
          histories[Pair(post: $0.position, person: item.person)]?.maySend(order.number, order.forced) == true
        }
      }
      messages += due(item.copies).map { Message(person: item.person, posts: [$0]) }
      let parts = item.parts.map(due).filter { !$0.isEmpty }
      // A digest of one post is a copy.
      if parts.count == 1, parts[0].count == 1 {
        messages.append(Message(person: item.person, posts: parts[0]))
      } else if !parts.isEmpty {
        let digest = try writeDigest(of: item.person, posts: parts.joined().count, signingKey)
        messages += parts.enumerated().map { index, posts in
          Message(person: item.person, posts: posts, digest: (digest, index + 1, parts.count))
        }
      }
    }
    if messages.isEmpty { return 0 }
    try write(messages)
    try close(messages)
    return messages.count
  }

  private func writeDigest(of person: PersonID, posts: Int, _ signingKey: UInt8) throws -> DigestID {
    try connection.first(
      "INSERT INTO digest (person, kind, posts, written_at, signing_key) VALUES ($1, $2, $3, $4, $5) RETURNING id",
      [
        .id(person), .text(DigestCause.catchUp.rawValue), .integer(Int64(posts)), .integer(now.seconds),
        .integer(Int64(signingKey)),
      ]
    ) { $0.id(0) as DigestID }!
  }

  /// Messages, decisions, and what is told of them.
  private func write(_ messages: [Message]) throws {
    let first = try Ledger.reserveDeliveries(messages.count, connection)
    let generation = Value.integer(Int64(order.number))
    var deliveries: [Value] = []
    var decisions: [Value] = []
    for (index, message) in messages.enumerated() {
      let id = DeliveryID(first.rawValue + Int64(index))
      deliveries += [
        .id(id), .id(message.person), message.digest == nil ? .id(message.posts[0].position) : .null,
        .optional(message.digest?.id.rawValue), .integer(Int64(message.digest?.part ?? 1)),
        .integer(Int64(message.digest?.parts ?? 1)), generation, "queued", .integer(now.seconds),
      ]
      for post in message.posts {
        decisions += [
          .id(post.position), .id(message.person), generation, message.digest == nil ? "instant" : "digest",
          .text((post.scope ?? .thread).rawValue), .id(id), .integer(now.seconds),
        ]
      }
      let told = "\(order.number) \(order.operatorName): \(order.reason)"
      try Ledger.tell(
        message.posts.map { StoryEvent(at: now, .resent, post: $0.position, delivery: id, detail: told) },
        of: message.person, connection)
    }
    try connection.insert(
      into: "delivery", columns: ["id", "person", "post", "digest", "part", "parts", "generation", "state", "due"],
      values: deliveries)
    try connection.insert(
      into: "decision", columns: ["post", "person", "generation", "decision", "detail", "delivery", "decided_at"],
      values: decisions)
  }

  /// What came to nothing, and has a message in its place: a copy is dropped, and so is a part once none of its posts is
  /// left in it. Nothing that gives such messages back, or leaves them to a digest, finds them any more.
  private func close(_ messages: [Message]) throws {
    var copies: [DeliveryID] = []
    var parts: Set<DeliveryID> = []
    for message in messages {
      for post in message.posts {
        for sending in histories[Pair(post: post.position, person: message.person)]?.replaceable ?? [] {
          guard let delivery = sending.delivery else { continue }
          if sending.digest == nil {
            copies.append(delivery)
          } else {
            parts.insert(delivery)
            try take(post.position, of: message.person, outOf: delivery, sending)
          }
        }
      }
    }
    let drop = """
      UPDATE delivery SET state = 'dropped', reason = '\(SkipReason.resent.rawValue)', ended_at = coalesce(ended_at, $2)
      WHERE id IN ($1) AND (state IN ('failed', 'expired', 'suppressed') OR state = 'held' AND reason = 'uncertain')
      """
    for chunk in copies.chunks(of: Ledger.chunk) {
      try Ledger.move(
        drop, [.ids(Array(chunk)), .integer(now.seconds)], .withheld, SkipReason.resent.rawValue, now: now, connection)
    }
    for chunk in parts.sorted().chunks(of: Ledger.chunk) {
      try Ledger.move(
        """
        \(drop) AND NOT EXISTS (
          SELECT 1 FROM decision c WHERE c.decision = 'digest' AND c.delivery IS NOT NULL AND c.delivery = delivery.id)
        """, [.ids(Array(chunk)), .integer(now.seconds)], .withheld, SkipReason.resent.rawValue, now: now, connection)
    }
  }

  /// The post is in that part no more, should it ever be sent after all.
  private func take(
    _ post: JournalPosition, of person: PersonID, outOf part: DeliveryID, _ sending: SendingHistory.Sending
  ) throws {
    guard case .digest(let scope)? = sending.decision else { return }
    try connection.run(
      """
      UPDATE decision SET decision = 'skipped', detail = $4
      WHERE post = $1 AND person = $2 AND generation = $3 AND decision = 'digest'
      """,
      [.id(post), .id(person), .integer(Int64(sending.generation)), .text(SkipReason.resent.rawValue)])
    try Ledger.tell(
      [
        StoryEvent(
          at: now, .skipped, post: post, delivery: part, detail: "\(SkipReason.resent.rawValue) \(scope.rawValue)")
      ], of: person, connection)
  }
}

extension SendingHistory {
  /// Messages that came to nothing and could yet be sent: given back by a mended relay, released, or left to a digest.
  fileprivate var replaceable: [Sending] {
    sendings.filter { sending in
      switch sending.state {
      case .failed?, .expired?, .suppressed?: true
      case .held?: sending.reason == HoldReason.uncertain.text
      default: false
      }
    }
  }
}
