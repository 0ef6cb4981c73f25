import Mail

/// What a report says of one recipient.
public struct RecipientReport: Sendable, Hashable {
  /// What became of the message (RFC 3464 section 2.3.3).
  public enum Action: String, Sendable, CaseIterable {
    /// Given up.
    case failed
    /// Still being tried; never permanent.
    case delayed
    /// Arrived.
    case delivered
    /// Handed on to a system that will say nothing more.
    case relayed
    /// Handed on to several others.
    case expanded
  }

  /// Whom the message was for: the address that we mailed where the report says it, else the one that it names.
  public var address: Address
  /// What became of it.
  public var action: Action
  /// The enhanced status code (RFC 3463), as `5.1.1`; nil where none is said.
  public var status: String?

  /// A failure that will not pass: a `failed` with a status of class 5, or with none at all (B2).
  public var isPermanent: Bool { action == .failed && status?.hasPrefix("5") ?? true }

  /// As the report says it.
  public init(address: Address, action: Action, status: String?) {
    self.address = address
    self.action = action
    self.status = status
  }
}

extension RecipientReport {
  /// A failure or delay with what stands in words behind the address.
  init(_ address: Address, _ reason: Reason, action: Action = .failed) {
    let action = action == .failed && reason.saysDelayed ? Action.delayed : action
    self.init(address: address, action: action, status: reason.status)
  }
}

extension [RecipientReport] {
  /// One for each address: the first, with a later one's status where it has none.
  var merged: [RecipientReport] {
    var places: [String: Int] = [:]
    var result: [RecipientReport] = []
    for report in self {
      let key = "\(report.address)".lowercased()
      guard let place = places[key] else {
        places[key] = result.count
        result.append(report)
        continue
      }
      if result[place].status == nil { result[place].status = report.status }
    }
    return result
  }
}
