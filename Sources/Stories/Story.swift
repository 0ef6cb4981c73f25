import Forum
import Foundation
import Identifiers
import Ledger
import Text
import Time

/// What became of a post for a person, or of a message. Its keys in JSON are an interface.
public struct Story: Encodable, Sendable {
  /// Whom it is about.
  public struct Reader: Encodable, Sendable {
    /// The forum's key, the name and the address; the zone that `local` goes by.
    public var key, name, address, zone: String
  }

  /// Which post.
  public struct Post: Encodable, Sendable {
    /// The forum's key, and what readers call it.
    public var key, number: String
    /// `pending`, `visible`, `hidden` or `deleted`; left out where the forum has it no more.
    public var state: String?
  }

  /// One thing that happened.
  public struct Entry: Encodable, Sendable {
    /// In UTC; left out where it is not known.
    public var at: String?
    /// In the person's zone.
    public var local: String?
    /// What: `visible`, `journalled`, `decided`, `digest`, `notice`, `attempt`, `returned`, `incoming`, `stopped`,
    /// `closed`, or the `StoryEvent.Kind`.
    public var kind: String
    /// The message that it is about.
    public var delivery: Int64?
    /// The same for people.
    public var words: String
    /// What a server said, whole.
    public var answer: String?
  }

  /// Whom it is about.
  public var participant: Reader
  /// Left out of a digest's part as a whole, and of a notice.
  public var post: Post?
  /// Where it stands: the name of a `StoryOutcome`.
  public var outcome: String
  /// What said no, or keeps it: a `SkipReason`, a `HoldReason`, or whose fault the last refusal was, a `Verdict.Scope`; left out
  /// where nothing does.
  public var reason: String?
  /// The moment that is waited for, in UTC: the next digest, the next try, or when it has settled.
  public var due: String?
  /// In the order in which it happened.
  public var entries: [Entry]
  /// Where it stands, for people.
  public var summary: String
  /// What would have to change; left out where nothing has to, or nothing helps.
  public var advice: String?
  /// What would be decided now: `instant`, `digest` or `nothing`; left out where it is not known.
  public var today: String?
  /// Why.
  public var todayBecause: String?
  /// What they watch and mute that bears on the post now, in words; the most specific first.
  public var watches: [String]
  /// Commands to type.
  public var next: [String]

  /// Tells what the rows say.
  public init(_ rows: StoryRows) {
    let outcome = StoryOutcome(rows)
    let reader = rows.reader
    participant = Reader(
      key: reader.key.singleLine(limit: 200), name: reader.name.singleLine(limit: 200),
      address: reader.address.singleLine(limit: 320), zone: reader.zone.singleLine(limit: 100))
    post = rows.post.map { Post(key: $0.key, number: $0.number, state: $0.visibility?.rawValue) }
    self.outcome = outcome.name
    reason = outcome.reasonName(rows)
    due = outcome.due(rows)?.description
    watches = rows.watches.map(\.words)
    let zone = TimeZone(identifier: reader.zone) ?? .gmt
    entries = StoryEntries(rows).sorted.map { entry in
      Entry(
        at: entry.at?.description, local: entry.at.map { Story.local($0, zone) }, kind: entry.kind,
        delivery: entry.delivery?.rawValue, words: entry.words, answer: entry.answer)
    }
    summary = outcome.words(rows)
    advice = outcome.advice(rows)
    next = outcome.next(rows)
    if let prediction = rows.prediction {
      switch prediction {
      case .instant: today = "instant"
      case .digest: today = "digest"
      case .skipped: today = "nothing"
      }
      todayBecause = prediction.because
    }
  }

  /// Whether a zone's clocks are UTC's.
  static func isUTC(_ zone: String) -> Bool { ["UTC", "GMT", "Etc/UTC"].contains(zone) }

  /// `2026-05-26 12:00:00`, by the zone's clocks.
  static func local(_ moment: Timestamp, _ zone: TimeZone) -> String {
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.seconds)))
    return String((moment + Int64(offset)).description.replacing("T", with: " ").dropLast())
  }

  /// For people, as plain text.
  public var lines: [String] {
    let unknown = "unknown".padding(toLength: 19, withPad: " ", startingAt: 0)
    var lines = [
      [
        participant.name.isEmpty
          ? "participant \(participant.key)" : "\(participant.name), participant \(participant.key)",
        participant.address,
      ].filter { !$0.isEmpty }.joined(separator: ", ")
    ]
    if let post {
      let key = post.key == post.number ? "" : ", key \(post.key.singleLine(limit: 100))"
      lines.append(
        "post [#\(post.number.singleLine(limit: 40))]\(key), \(post.state ?? "not to be read in the forum now")")
    }
    lines.append("")
    if !entries.isEmpty {
      // Whose clocks are UTC's, or by no zone that there is, has one column.
      let hasZone = TimeZone(identifier: participant.zone) != nil && !Story.isUTC(participant.zone)
      lines.append((hasZone ? participant.zone.padding(toLength: 19, withPad: " ", startingAt: 0) + "  " : "") + "UTC")
      for entry in entries {
        let at = entry.at ?? "unknown".padding(toLength: 20, withPad: " ", startingAt: 0)
        lines.append((hasZone ? "\(entry.local ?? unknown)  " : "") + "\(at)  \(entry.words)")
        for line in (entry.answer ?? "").split(whereSeparator: \.isNewline) {
          lines.append(String(repeating: " ", count: hasZone ? 45 : 24) + String(line).singleLine(limit: 4000))
        }
      }
      lines.append("")
    }
    lines.append("Now: \(summary)")
    if let advice { lines.append("What it takes: \(advice)") }
    if let todayBecause {
      let gets = today == "instant" ? "at once" : today == "digest" ? "in a digest" : "nothing"
      lines.append("Decided today it would be: \(gets), \(todayBecause)")
    }
    if !watches.isEmpty { lines.append("Watches now: \(watches.joined(separator: "; "))") }
    lines += next.map { "Next: \($0)" }
    return lines
  }
}

extension Decision {
  /// The rule that decided, in words.
  var because: String {
    switch self {
    case .instant(let scope), .digest(let scope): "by the watch of \(scope.words), the most specific that bears on it"
    case .skipped(let reason): reason.words
    }
  }
}

extension Watch {
  /// `thread, mode off, since 2026-05-26T12:00:00Z`
  var words: String {
    let mode = mode.map { ", mode \($0.rawValue)" } ?? ""
    let since = since.map { ", since \($0)" } ?? ""
    return "\(isMute ? "mute of " : "")\(scope.words)\(isMute ? "" : mode)\(since)"
  }
}

extension WatchScope {
  var words: String {
    switch self {
    case .thread: "its thread"
    case .discussion: "its discussion"
    case .everything: "everything"
    }
  }
}
