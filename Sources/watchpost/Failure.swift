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

  /// Any error, with the status that it means. All that admins see says so in its description.
  init(_ error: any Error) {
    self = error as? Failure ?? Failure(ExitStatus(error), "\(error)")
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
