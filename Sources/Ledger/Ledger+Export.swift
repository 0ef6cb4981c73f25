import Forum
import Identifiers
import SQL
import Time

/// All that is kept of one person (rule A6), as rows to be written down: a page at a time, however much it is. Left out is
/// what others wrote or are named by: mails as they came, what was cut off replies, who gave a command and in which words why.
extension Ledger {
  /// What is kept of a person in one matter.
  public struct ExportSection: Sendable {
    /// What the document calls it.
    public let name: String
    /// What each column is called, and whether it is a moment.
    let columns: [(name: String, isMoment: Bool)]
    /// Everything behind SELECT but for its paging: `$1` is the person, or their key.
    let query: String
    /// The columns by whose numbers the next page is found; none: there are few rows, which are read at once.
    let order: [String]
    /// Rows are the person's by the forum's key.
    let isByKey: Bool

    /// - Parameter columns: `post`, or `decided_at at` where the document calls it otherwise; behind them the rest.
    init(_ name: String, _ columns: [String], _ rest: String, order: [String] = [], isByKey: Bool = false) {
      self.name = name
      let pairs = columns.map { column in
        let words = column.split(separator: " ")
        let source = words[0].split(separator: ".").last ?? ""
        let isMoment = source.hasSuffix("_at") || ["since", "due", "next_probe", "paused_until", "at"].contains(source)
        return (source: String(words[0]), name: Ledger.ExportSection.camel(String(words.last ?? source)), isMoment)
      }
      self.columns = pairs.map { ($0.name, $0.2) }
      query = "SELECT \((pairs.map(\.source) + order).joined(separator: ", ")) FROM \(rest)"
      self.order = order
      self.isByKey = isByKey
    }

    /// A row without who gave an order, and in which words: they may be about others too.
    fileprivate func withoutOthers(_ row: [String: ExportedValue]) -> [String: ExportedValue] {
      var row = row
      switch name {
      case "events":
        guard case .text(let kind)? = row["kind"], case .text(let detail)? = row["detail"] else { return row }
        row["detail"] = .text(StoryEvent.Kind(rawValue: kind).map { ExportSection.veiled($0, detail) } ?? detail)
      case "suppressions" where row["cause"] == .text(Suppression.Cause.admin.rawValue): row["reason"] = nil
      default: break
      }
      return row
    }

    private static func veiled(_ kind: StoryEvent.Kind, _ detail: String) -> String {
      let first = detail.components(separatedBy: ": ")[0]
      switch kind {
      case .resent: return String(first.prefix { $0 != " " })
      case .released, .discarded, .cancelled, .lifted:
        if case .admin? = ReleasedBy(text: first) { return ReleasedBy.admin("").text }
        return first
      case .held: return first
      case .stopped: return first == Suppression.Cause.admin.rawValue ? first : detail
      case .folded, .reopened, .skipped, .withheld, .rescued, .expired, .requeued, .givenBack: return detail
      }
    }

    private static func camel(_ name: String) -> String {
      let words = (name.split(separator: ".").last ?? "").split(separator: "_")
      return ([String(words.first ?? "")] + words.dropFirst().map(\.capitalized)).joined()
    }
  }

  /// What stands in a column.
  public enum ExportedValue: Hashable, Sendable, Encodable {
    case number(Int64)
    case text(String)

    /// As itself.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let number): try container.encode(number)
      case .text(let text): try container.encode(text)
      }
    }
  }

  /// All of it, in the order of the document.
  public static let exportSections = [
    ExportSection(
      "preferences",
      [
        "mode", "digest_period", "digest_hour", "digest_weekday", "digest_style", "digest_format", "zone", "language",
        "text_only", "own_posts", "paused_until",
      ], "preference WHERE person = $1"),
    ExportSection("stopped", ["since"], "stopped WHERE person = $1"),
    ExportSection("watches", ["scope", "target", "mute", "mode", "since"], "own_watch WHERE person = $1"),
    ExportSection("lastDigest", ["slot_date date"], "last_digest WHERE person = $1"),
    ExportSection("nextDigest", ["due", "slot_date date", "kind"], "digest_slot WHERE person = $1"),
    ExportSection(
      "suppressions", ["address", "reason", "since", "cause", "next_probe", "probes"], "suppression WHERE person = $1"),
    ExportSection(
      "posts", ["position", "post_key post", "visible_at"], "journal WHERE author_key = $1", order: ["position"],
      isByKey: true),
    ExportSection(
      "decisions",
      ["d.post position", "j.post_key post", "d.generation", "d.decision", "d.detail", "d.delivery", "d.decided_at"],
      "decision d LEFT JOIN journal j ON j.position = d.post WHERE d.person = $1", order: ["d.post", "d.generation"]),
    ExportSection("digests", ["id", "kind", "posts", "written_at"], "digest WHERE person = $1", order: ["id"]),
    ExportSection("notices", ["id", "topic", "created_at"], "notice WHERE person = $1", order: ["id"]),
    ExportSection(
      "messages",
      [
        "id", "post position", "digest", "notice", "part", "parts", "generation", "state", "reason", "due", "attempts",
        "first_attempt_at", "ended_at",
      ], "delivery WHERE person = $1", order: ["id"]),
    ExportSection(
      "attempts",
      ["a.delivery message", "a.number", "a.address", "a.began_at", "a.ended_at", "a.outcome", "a.scope", "a.answer"],
      "delivery d JOIN attempt a ON a.delivery = d.id WHERE d.person = $1", order: ["a.delivery", "a.number"]),
    ExportSection(
      "failures", ["delivery message", "address", "severity", "source", "status", "diagnostic", "at"],
      "failure WHERE person = $1", order: ["delivery"]),
    ExportSection(
      "refusals", ["domain", "delivery message", "answer", "refused_at"], "domain_refusal WHERE person = $1"),
    ExportSection(
      "events", ["id", "happened_at", "post position", "delivery message", "kind", "detail"], "event WHERE person = $1",
      order: ["id"]),
    ExportSection(
      "received",
      [
        "id", "mailbox", "recipient", "arrived_at", "size", "state", "outcome", "detail", "post position",
        "delivery message",
      ],
      "received WHERE person = $1", order: ["id"]),
    ExportSection(
      "replies",
      [
        "received", "post position", "subject", "body", "message_id", "arrived_at", "state", "reason", "post_key post",
        "ended_at",
      ], "reply WHERE person = $1", order: ["received"]),
    ExportSection("signIns", ["id", "created_at", "used_at"], "sign_in WHERE person = $1", order: ["id"]),
    ExportSection("sessions", ["created_at", "seen_at"], "web_session WHERE person = $1"),
    ExportSection(
      "audit", ["id", "given_at", "command", "subject", "outcome"], "audit WHERE person = $1", order: ["id"]),
    ExportSection(
      "setAside", ["query", "column_name column", "value", "complaint", "since"],
      "set_aside WHERE subject = 'participant' AND row_key = $1", isByKey: true),
  ]

  /// A page of what is kept in one matter, without what is empty.
  /// - Parameter after: the last page's `next`; nil for the first.
  /// - Returns: `next` is nil on the last page.
  public func export(
    _ section: ExportSection, of person: Person, after: [Int64]?, limit: Int
  ) throws -> (rows: [[String: ExportedValue]], next: [Int64]?) {
    let order = section.order
    var sql = section.query
    var arguments: [Value] = [section.isByKey ? .text(person.key) : .id(person.id)]
    if !order.isEmpty {
      if let after {
        let marks = after.indices.map { "$\($0 + 2)" }.joined(separator: ", ")
        sql += " AND (\(order.joined(separator: ", "))) > (\(marks))"
        arguments += after.map(Value.integer)
      }
      sql += " ORDER BY \(order.joined(separator: ", ")) LIMIT $\(arguments.count + 1)"
      arguments.append(.integer(Int64(limit)))
    }
    let found = try database.read {
      try $0.query(sql, arguments) { row in
        var values: [String: ExportedValue] = [:]
        for (index, column) in section.columns.enumerated() where !row.isNull(index) {
          values[column.name] =
            if column.isMoment {
              .text(row.moment(index).description)
            } else if let number = row.wholeNumber(index) {
              .number(number)
            } else {
              .text(row.text(index))
            }
        }
        return (section.withoutOthers(values), order.indices.map { row.integer(section.columns.count + $0) })
      }
    }
    let isLast = order.isEmpty || found.count < limit
    return (found.map(\.0), isLast ? nil : found.last?.1)
  }
}
