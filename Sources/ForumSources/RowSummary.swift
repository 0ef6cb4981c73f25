import Text

/// What the columns of one kind of row held, so that who made the mapping sees what it says.
public struct RowSummary: Hashable, Sendable {
  /// Rows that mean one thing, whichever query gives them.
  public enum Kind: String, Sendable, CaseIterable {
    case posts, attachments, threads, discussions, people, watches

    /// Those of which a query's rows tell.
    static func kinds(of question: Question) -> [Kind] {
      switch question {
      case .postsAfter, .postsWithin, .posts, .pending: [.posts]
      case .attachments: [.attachments]
      case .threads: [.threads]
      case .discussions, .closing: [.discussions]
      case .participants, .findParticipant: [.people]
      case .watchers, .watchersAmong: [.people, .watches]
      case .newest, .watches, .readers, .open, .changes: []
      }
    }

    /// Its columns, but for those that hold keys or texts in every row.
    var columns: [String] {
      let all =
        switch self {
        case .posts: PostColumns.names
        case .attachments: AttachmentColumns.names
        case .threads: ThreadColumns.names
        case .discussions: DiscussionColumns.names
        case .people: ParticipantColumns.choices
        case .watches: WatchColumns.names
        }
      return all.filter { !["id", "ordinal", "post", "thread", "discussion", "body", "title"].contains($0) }
    }
  }

  /// What these are rows of.
  public var kind: Kind
  /// How many, each counted once; watches that a person has in several threads alike count once too.
  public var count: Int
  /// The columns that stand in the mapping.
  public var columns: [ColumnSummary]
  /// Those that it leaves out.
  public var leftOut: [String]

  /// - Parameter rows: what each row held; a column that was not asked for is left out.
  init(_ kind: Kind, _ rows: [[String: String?]]) {
    self.kind = kind
    count = rows.count
    var values: [String: [String?]] = [:]
    for row in rows { for (name, value) in row { values[name, default: []].append(value) } }
    columns = kind.columns.compactMap { name in values[name].map { ColumnSummary(name, $0) } }
    leftOut = kind.columns.filter { values[$0] == nil }
  }
}

/// What one column held.
public struct ColumnSummary: Hashable, Sendable {
  /// What is told of a column.
  enum Content {
    /// How often each word or number.
    case word
    /// From when to when.
    case moment
    /// Only whether there is something.
    case text

    init(of column: String) {
      self =
        switch column {
        case "created_at", "visible_at", "opens_at", "closes_at", "paused_until", "since": .moment
        case "number", "parent", "author", "author_name", "subject", "url", "slug", "theme", "name", "address", "size":
          .text
        default: .word
        }
    }
  }

  /// Its name.
  public var column: String
  /// How many rows have something there, and how many have nothing.
  public var given, empty: Int
  /// How often each value, of a column whose values are few; empty for others.
  public var values: [String: Int] = [:]
  /// The earliest and the latest moment, of a column of moments.
  public var earliest, latest: String?

  init(_ column: String, _ values: [String?]) {
    self.column = column
    let held = values.compactMap(\.self)
    (given, empty) = (held.count, values.count - held.count)
    switch Content(of: column) {
    case .word: self.values = held.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    // ISO 8601 in UTC is in the order of time.
    case .moment: (earliest, latest) = (held.min(), held.max())
    case .text: break
    }
  }

  /// ``visible 110, pending 2``; the commonest values first, of many six.
  public var words: String {
    let none = empty == 0 ? [] : ["none \(empty)"]
    if let earliest, let latest {
      let span = earliest == latest ? earliest : "\(earliest) to \(latest)"
      return (["\(given == 1 ? "" : "\(given) × ")\(span)"] + none).joined(separator: ", ")
    }
    if values.isEmpty { return (given == 0 ? none : ["given \(given)"] + none).joined(separator: ", ") }
    let common = values.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let shown = common.prefix(6).map { "\($0.key.singleLine(limit: 30)) \($0.value)" }
    let others = common.dropFirst(6)
    let rest = others.isEmpty ? [] : ["\(others.count) others \(others.reduce(0) { $0 + $1.value })"]
    return (shown + rest + none).joined(separator: ", ")
  }
}
