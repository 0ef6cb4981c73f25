import Identifiers

/// What a message carries, as far as two refusals may be about it: a post is the same for all its readers, a digest's
/// part or a notice is not.
///
/// Written down as one number, what is one person's own as a negative one.
public enum MessageContent: Hashable, Sendable, Codable {
  /// A copy of a post, by the post's place in the journal.
  case post(JournalPosition)
  /// A part of a digest or a notice, by its own delivery: nobody else gets the same.
  case own(DeliveryID)

  /// Reads the number that ``encode(to:)`` wrote; ids begin at 1, so that the sign tells the two apart.
  public init(from decoder: any Decoder) throws {
    let number = try decoder.singleValueContainer().decode(Int64.self)
    self = number < 0 ? .own(DeliveryID(-number)) : .post(JournalPosition(number))
  }

  /// Writes one number: what a program before this enum wrote into the ledger stays readable, and the reverse.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .post(let position): try container.encode(position.rawValue)
    case .own(let delivery): try container.encode(-delivery.rawValue)
    }
  }
}
