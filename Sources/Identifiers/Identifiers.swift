// Identifiers: the ledger's own numbers, each with a type of its own.
//
// What it does: gives persons, journalled posts, deliveries, digests and leases numbers that cannot be taken for each
// other. Tokens, mails, the ledger and the jobs name things by them; the forum's ids never leave the machine.
//
// What it refuses: the forum's own keys are texts and no numbers of ours. Numbers are made by the ledger alone.
//
// When it fails: it does not.

/// A number that the ledger gives. 0 stands for nothing recorded: the ledger's own begin at 1.
public protocol LedgerNumber: RawRepresentable<Int64>, Hashable, Comparable, Sendable, Codable,
  ExpressibleByIntegerLiteral, CustomStringConvertible
{
  init(rawValue: Int64)
}

extension LedgerNumber {
  /// - Parameter rawValue: as the ledger's row has it; nothing is checked.
  public init(_ rawValue: Int64) { self.init(rawValue: rawValue) }
  /// For 0, and for tests: a number of the ledger's stands in no source.
  public init(integerLiteral value: Int64) { self.init(rawValue: value) }
  /// In the order in which the ledger gave them.
  public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  /// The digits alone, as logs and reports have them.
  public var description: String { String(rawValue) }
}

/// A participant, whom the forum knows by a key of its own.
public struct PersonID: LedgerNumber {
  /// The row's number in the ledger, from 1.
  public let rawValue: Int64
  /// As a row or a token has it.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A post's place in the journal: dense, growing, in the order in which posts became visible to us.
public struct JournalPosition: LedgerNumber {
  /// The place, from 1; 0 stands before the first post.
  public let rawValue: Int64
  /// As a row or a token has it.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// One message to one recipient.
public struct DeliveryID: LedgerNumber {
  /// The row's number, from 1; what the reverse-path names (rule B1).
  public let rawValue: Int64
  /// As a row or a token has it.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A digest that was written, in all its parts.
public struct DigestID: LedgerNumber {
  /// The row's number, from 1.
  public let rawValue: Int64
  /// As a row or a token has it.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// The right of one run to work on deliveries; never given twice.
public struct LeaseID: LedgerNumber {
  /// Growing; a later run has a greater one.
  public let rawValue: Int64
  /// As a row or a token has it.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// What one person is told by mail besides posts.
public struct NoticeID: LedgerNumber {
  /// The row's number, from 1.
  public let rawValue: Int64
  /// As a row has it.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A message that came in.
public struct ReceivedID: LedgerNumber {
  /// The row's number, from 1.
  public let rawValue: Int64
  /// As a row or a token has it.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}

/// A link that signs a person in, which they asked for.
public struct SignInID: LedgerNumber {
  /// The row's number, from 1.
  public let rawValue: Int64
  /// As a row or a token has it.
  public init(rawValue: Int64) { self.rawValue = rawValue }
}
