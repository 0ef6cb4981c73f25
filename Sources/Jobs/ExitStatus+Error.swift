import Composition
import Forum
import Mail
import Membership
import Mistakes
import SQL
import Tokens

extension ExitStatus {
  /// What an error means, for a run and for every command alike (rule O2). One that nobody foresaw is a bug of ours.
  public init(_ error: any Error) {
    self =
      switch error {
      case is ConfigurationError, is Mistake, is KeyRing.Invalid, is Address.Invalid, is CompositionError:
        .configuration
      case is Members.NotFound: .usage
      case is UnusableFile: .unavailable
      case let error as ForumError:
        switch error.kind {
        case .unavailable: .unavailable
        case .query, .row, .key: .configuration
        }
      case let error as DatabaseError:
        switch error.kind {
        case .unavailable: .unavailable
        case .newerSchema, .missingSchema, .misnamed: .configuration
        case .constraint, .invalid: .software
        }
      default: .software
      }
  }
}
