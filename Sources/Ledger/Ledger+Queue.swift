import Identifiers
import SQL
import Time

/// The queue as an admin looks at it: what waits, what is held, what was not sent. What this costs follows that, and
/// what is shown of it, never what was sent.
extension Ledger {
  static let unsentIndex = Migration(
    21, "what was not sent",
    """
    CREATE INDEX delivery_unsent ON delivery (state, id)
      WHERE state IN ('held', 'failed', 'expired', 'suppressed', 'dropped');
    """)

  /// Word for word the index's condition.
  private static let isUnsent = "state IN ('held', 'failed', 'expired', 'suppressed', 'dropped')"

  /// What is read by one index, in the order in which it is shown: what wants a word first, then what goes by itself,
  /// then what is over.
  enum QueueSection: Int, CaseIterable, Sendable {
    case held, leased, waiting, failed, expired, suppressed, dropped

    /// The states that it may have.
    var states: Set<DeliveryState> {
      switch self {
      case .held: [.held]
      case .leased: QueueQuery.waiting.union([.sending])
      case .waiting: QueueQuery.waiting
      case .failed: [.failed]
      case .expired: [.expired]
      case .suppressed: [.suppressed]
      case .dropped: [.dropped]
      }
    }

    /// Which rows; the plus signs keep a planner from reading the whole table in the order of its key.
    var condition: String {
      switch self {
      case .leased: "lease IS NOT NULL"
      case .waiting: Ledger.isWaiting
      case .held, .failed, .expired, .suppressed, .dropped: "\(Ledger.isUnsent) AND state = '\(self)'"
      }
    }

    /// Those behind the place whose moment is `$1` and whose number `$2`, what is over from the latest on.
    var range: (condition: String, order: String) {
      switch self {
      case .held: ("id > $2 AND $1 <= $1", "id")
      case .leased: ("+id > $2 AND $1 <= $1", "+id")
      case .waiting: ("(due, id) > ($1, $2)", "due, id")
      case .failed, .expired, .suppressed, .dropped: ("id < $2 AND $1 <= $1", "id DESC")
      }
    }

    /// Before all of its rows.
    var start: QueuePlace {
      switch self {
      case .held, .leased, .waiting: QueuePlace(section: self, due: -1, id: -1)
      case .failed, .expired, .suppressed, .dropped: QueuePlace(section: self, due: 0, id: .max)
      }
    }
  }

  /// A page of the queue: what is held, by its numbers; what runs have; what waits, the first due first; then what
  /// was not sent, the latest first.
  /// - Parameter place: behind what was read before; nil for the first page.
  /// - Returns: where the next page begins; nil after the last one.
  public func queue(_ query: QueueQuery, behind place: QueuePlace? = nil, limit: Int) throws
    -> (messages: [QueuedMessage], next: QueuePlace?)
  {
    let (rows, next) = try page(query, QueuedMessage.columns, behind: place, limit, QueuedMessage.init)
    return (rows, next)
  }

  /// The same, of each only what is needed to choose it.
  public func queueKeys(_ query: QueueQuery, behind place: QueuePlace? = nil, limit: Int) throws
    -> (messages: [QueueKey], next: QueuePlace?)
  {
    let (rows, next) = try page(query, QueueKey.columns, behind: place, limit, QueueKey.init)
    return (rows, next)
  }

  /// The messages of these numbers that are still there, whatever became of them, in their order.
  public func queued(ids: some Sequence<DeliveryID>) throws -> [QueuedMessage] {
    try database.read {
      try $0.query(
        "SELECT \(QueuedMessage.columns) FROM delivery WHERE id IN ($1) ORDER BY id", [.ids(ids)], QueuedMessage.init)
    }.compactMap(\.self)
  }

  /// The same, of each only what is needed to choose it.
  public func queueKeys(ids: some Sequence<DeliveryID>) throws -> [QueueKey] {
    try database.read {
      try $0.query(
        "SELECT \(QueueKey.columns) FROM delivery WHERE id IN ($1) ORDER BY id", [.ids(ids)], QueueKey.init)
    }.compactMap(\.self)
  }

  /// How many there are, by state.
  public func queueCounts(_ query: QueueQuery) throws -> [DeliveryState: Int] {
    let rows = try database.read { connection in
      try QueueSection.allCases.flatMap { section -> [(String, Int)] in
        guard let (condition, arguments) = Ledger.condition(section, query, from: 1) else { return [] }
        return try connection.query("SELECT state, count(*) FROM delivery WHERE \(condition) GROUP BY state", arguments)
        { ($0.text(0), Int($0.integer(1))) }
      }
    }
    return Dictionary(rows.compactMap { s, n in DeliveryState(rawValue: s).map { ($0, n) } }, uniquingKeysWith: +)
  }

  private func page<T>(
    _ query: QueueQuery, _ columns: String, behind place: QueuePlace?, _ limit: Int, _ read: (any Row) -> T?
  ) throws -> ([T], QueuePlace?) {
    try database.read { connection in
      var found: [T] = []
      for section in QueueSection.allCases where section.rawValue >= place?.section.rawValue ?? 0 {
        guard let (condition, arguments) = Ledger.condition(section, query, from: 4) else { continue }
        let start = place?.section == section ? place ?? section.start : section.start
        var last = start
        let rows = try connection.query(
          """
          SELECT \(columns), due, id FROM delivery WHERE \(condition) AND \(section.range.condition)
          ORDER BY \(section.range.order) LIMIT $3
          """,
          [.integer(start.due), .integer(start.id), .integer(Int64(limit - found.count))] + arguments
        ) { row in
          let end = row.columns.count
          last = QueuePlace(section: section, due: row.integer(end - 2), id: row.integer(end - 1))
          return read(row)
        }
        found += rows.compactMap(\.self)
        if found.count >= limit { return (found, last) }
      }
      return (found, nil)
    }
  }

  /// Which rows of a section are asked for; nil: none.
  /// - Parameter number: of the first argument.
  private static func condition(_ section: QueueSection, _ query: QueueQuery, from number: Int) -> (String, [Value])? {
    let states = section.states.intersection(query.states)
    if states.isEmpty { return nil }
    var condition = section.condition
    var arguments: [Value] = []
    if states != section.states {
      condition += " AND state IN (\(states.map { "'\($0.rawValue)'" }.sorted().joined(separator: ", ")))"
    }
    if let person = query.person {
      condition += " AND person = $\(number + arguments.count)"
      arguments.append(.id(person))
    }
    if let post = query.post {
      let name = "$\(number + arguments.count)"
      condition += """
         AND (post = \(name) OR digest IS NOT NULL AND EXISTS (SELECT 1 FROM decision x WHERE x.delivery = delivery.id
          AND x.post = \(name) AND x.decision = 'digest' AND x.delivery IS NOT NULL))
        """
      arguments.append(.id(post))
    }
    return (condition, arguments)
  }
}
