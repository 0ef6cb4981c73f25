import ArgumentParser
import Composition
import Forum
import Foundation
import Glibc
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

  /// Any error, with the status that it means. All that admins see says so in its description.
  init(_ error: any Error) {
    self = error as? Failure ?? Failure(ExitStatus(error), "\(error)")
  }
}

/// Runs a command's body; a failure is told on standard error and becomes the exit status.
func reportingFailures(_ body: () async throws -> Void) async throws {
  do {
    try await body()
    try flushOutput()
  } catch let exit as ExitCode {
    do { try flushOutput() } catch { printError("watchpost: \(Failure(error).message)") }
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

/// What was printed is on its way, or the command has failed: whoever asked must not take half an answer for the whole.
/// A reader that has gone wanted no more.
private func flushOutput() throws {
  if fflush(nil) == 0 || errno == EPIPE { return }
  throw Failure(.unavailable, "standard output cannot be written: \(String(cString: strerror(errno)))")
}
