/// How many of the people who were to have the last posts of a place could have a post there now (rule E9).
///
/// Answers under which nearly everybody vanishes are seldom true: a table that is being filled anew, rows that the
/// database shows to this user no longer. One person who goes, and a small forum that is given up, are believed at once.
public struct Turnout: Hashable, Codable, Sendable {
  /// What takes somebody out of a post's audience, by what the forum says of them.
  public enum Absence: String, Codable, CaseIterable, Sendable, Comparable {
    case missing, unwatched, inactive, unconfirmed, unreachable, off, barred

    /// What they do, and which part of the mapping says so.
    public var words: String {
      switch self {
      case .missing: "are not found (query watchers_among)"
      case .unwatched: "watch nothing there any more (query watchers_among)"
      case .inactive: "have a closed account (column active)"
      case .unconfirmed: "have no confirmed address (column confirmed)"
      case .unreachable: "have no address that mail can be sent to (column address)"
      case .off: "want no mail (column mode)"
      case .barred: "may not read it (query readers)"
      }
    }

    /// In the order of the cases.
    public static func < (a: Absence, b: Absence) -> Bool {
      allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }
  }

  /// How many people were asked about.
  public var known = 0
  /// How many of them are not there, by what is said of them.
  public var absent: [Absence: Int] = [:]

  /// Nobody was asked about.
  public init() {}

  /// Up to so many people may all go, and be believed to have gone.
  public static let few = 10

  /// Whether so much of what was known may be gone: half of it may, and all of little.
  public static func isPlausible(_ gone: Int, of known: Int) -> Bool { known <= few || gone * 2 <= known }

  /// Whether it can be believed at once.
  public var isPlausible: Bool { Turnout.isPlausible(gone, of: known) }

  /// How many are not there.
  public var gone: Int { absent.values.reduce(0, +) }

  /// One more was asked about.
  /// - Parameter absence: nil for somebody who is there.
  public mutating func count(_ absence: Absence?) {
    known += 1
    if let absence { absent[absence, default: 0] += 1 }
  }

  /// ``of 16 people who were to have the last posts there, 12 watch nothing there any more (query watchers_among)``
  public var words: String {
    let parts = absent.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key.words)" }
    return "of \(known) people who were to have the last posts there, \(parts.joined(separator: ", "))"
  }
}
