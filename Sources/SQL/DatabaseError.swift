/// What went wrong with a database, in words for an admin.
public struct DatabaseError: Error, CustomStringConvertible, Sendable {
  /// What has to happen before the call can succeed.
  public enum Kind: Sendable {
    /// It cannot be reached, is locked for too long, full or read-only: the next run may find it well again.
    case unavailable
    /// The schema was written by a newer program (rule O6).
    case newerSchema
    /// The schema is not there, and was not to be made.
    case missingSchema
    /// The database's name makes no sense, or names a user without the right to what is asked.
    case misnamed
    /// A constraint was broken.
    case constraint
    /// The statement is wrong, or the data is not what it must be.
    case invalid
  }
  /// What callers go by.
  public let kind: Kind
  /// The database's name without a password, its own words and, where the statement is at fault, the statement.
  public let description: String
  /// Two transactions were in each other's way and this one had to give in, or what was prepared holds no more; the
  /// driver tries it again.
  let isConflict: Bool
  /// It speaks of a table that is not there.
  let isOfMissingTable: Bool
  /// A value is none that its column could hold, such as a word where keys are numbers.
  public let isOfValue: Bool

  /// For callers who find something wrong with what a database holds.
  public init(_ kind: Kind, _ description: String) { self.init(kind, description, isConflict: false) }

  init(
    _ kind: Kind, _ description: String, isConflict: Bool = false, isOfMissingTable: Bool = false,
    isOfValue: Bool = false
  ) {
    self.kind = kind
    self.description = description
    self.isConflict = isConflict
    self.isOfMissingTable = isOfMissingTable
    self.isOfValue = isOfValue
  }
}
