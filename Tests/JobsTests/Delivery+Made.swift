import DeliveryPolicy
import Identifiers
import Mail
import SQL
import Time

@testable import Ledger

extension Delivery {
  /// A copy of a post, as the ledger would hand it to a run, without a ledger.
  /// - Parameters:
  ///   - attempts: those before this one.
  ///   - uncertain: how often its fate was unknown.
  init(
    _ id: DeliveryID, person: Int64 = 1, post: JournalPosition = 1, attempts: Int = 0, uncertain: Int = 0,
    firstAttemptAt: Timestamp? = nil
  ) {
    // In the order of `Delivery.columns`.
    self.init(
      NumberRow([
        id.rawValue, person, post.rawValue, nil, nil, nil, 0, Int64(attempts), Int64(uncertain),
        firstAttemptAt?.seconds, 0, nil,
      ]))
  }
}

/// A row of whole numbers and NULLs.
private final class NumberRow: Row {
  private let numbers: [Int64?]
  init(_ numbers: [Int64?]) { self.numbers = numbers }

  var columns: [String] { [] }
  func isNull(_ column: Int) -> Bool { numbers[column] == nil }
  func integer(_ column: Int) -> Int64 { numbers[column] ?? 0 }
  func wholeNumber(_ column: Int) -> Int64? { numbers[column] }
  func octets(_ column: Int) -> [UInt8] { [] }
  func text(_ column: Int) -> String { numbers[column].map(String.init) ?? "" }
}

extension Outcome {
  static let taken = Outcome.accepted(Reply(code: 250, lines: ["2.0.0 Ok"]))

  /// A refusal: `.refusal("550 5.1.1 No such user")`.
  static func refusal(_ text: String, at stage: SMTPStage = .rcpt) -> Outcome {
    .refused(Reply(code: Int(text.prefix(3))!, lines: [String(text.dropFirst(4))]), at: stage)
  }
}
