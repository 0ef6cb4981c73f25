import ArgumentParser
import Composition
import Forum
import Foundation
import Jobs
import Mail
import Membership
import Mistakes
import SQL
import Tokens

/// A failure with the exit status that it means and the words for the admin.
struct Failure: Error {
  /// What the program exits with.
  let status: ExitStatus
  /// Behind `watchpost: ` on standard error; no password and no post's text is in it.
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// Every error that the modules throw, with its status (rule O2).
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as ConfigurationError: self.init(.configuration, error.description)
    case let error as KeyRing.Invalid: self.init(.configuration, error.description)
    case let error as Mistake: self.init(.configuration, error.description)
    case let error as Address.Invalid: self.init(.configuration, error.description)
    case let error as CompositionError: self.init(.configuration, error.description)
    case let error as Members.NotFound: self.init(.usage, error.description)
    case let error as ForumError:
      switch error.kind {
      case .unavailable: self.init(.unavailable, error.description)
      case .query, .row, .key: self.init(.configuration, error.description)
      }
    case let error as JobLock.Unusable: self.init(.unavailable, error.description)
    case let error as DatabaseError:
      switch error.kind {
      case .unavailable: self.init(.unavailable, error.description)
      case .newerSchema, .missingSchema, .misnamed: self.init(.configuration, error.description)
      case .constraint, .invalid: self.init(.software, error.description)
      }
    // What nobody foresaw is a bug of ours, and said with all that is known of it.
    default: self.init(.software, "\(error)")
    }
  }
}

/// Runs a command's body; a failure is told on standard error and becomes the exit status.
func reportingFailures(_ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let exit as ExitCode {
    throw exit
  } catch let error as ValidationError {
    throw error
  } catch let error as CleanExit {
    throw error
  } catch {
    let failure = Failure(error)
    printError("watchpost: \(failure.message)")
    throw ExitCode(failure.status.rawValue)
  }
}

/// One line on standard error. Standard output is for what was asked for, so that it can be piped.
func printError(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
