import Forum
import Foundation
import Glibc
import Text

/// A program of the forum's on this machine: each reply is its JSON on standard input, the answer comes on standard
/// output. Exit status 0 is an answer, 75 (EX_TEMPFAIL) asks to try again, everything else is a mistake.
public struct CommandHook: ReplyHook {
  /// An absolute path; it gets no arguments.
  public var path: String
  /// Milliseconds after which it is killed, with all that it started.
  public var timeout: Int

  /// Runs nothing yet.
  public init(path: String, timeout: Int) { (self.path, self.timeout) = (path, timeout) }

  /// Runs it once. Input and output are files, so that neither side ever waits for the other's pipe.
  public func hand(_ request: ReplyRequest) throws -> ReplyAnswer {
    let name = "forum.reply_hook, \(path),"
    let (input, output, complaint) = (try Scratch(), try Scratch(), try Scratch())
    try input.write(try request.json() + "\n")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    // No secret of ours: only what programs need to run.
    process.environment = ProcessInfo.processInfo.environment.filter {
      ["PATH", "HOME", "LANG", "TZ"].contains($0.key)
    }
    process.standardInput = input.handle
    process.standardOutput = output.handle
    process.standardError = complaint.handle
    let ended = DispatchSemaphore(value: 0)
    process.terminationHandler = { _ in ended.signal() }
    do {
      try process.run()
    } catch {
      throw ForumError(.query, "\(name) cannot be run: \(error.localizedDescription.singleLine(limit: 200))")
    }
    guard ended.wait(timeout: .now() + .milliseconds(timeout)) == .success else {
      // Its group has what it started; it leads one of its own.
      kill(-process.processIdentifier, SIGKILL)
      kill(process.processIdentifier, SIGKILL)
      ended.wait()
      throw ForumError(.unavailable, "\(name) was ended: it took longer than \(timeout / 1000) s (forum.hook_timeout)")
    }
    guard process.terminationReason == .exit else {
      throw ForumError(.unavailable, "\(name) was killed by signal \(process.terminationStatus)")
    }
    switch process.terminationStatus {
    case 0: return try HookAnswer.read(output.read(HookAnswer.limit + 1), from: name)
    case EX_TEMPFAIL: throw ForumError(.unavailable, "\(name) asks to try again\(try words(complaint))")
    case let status: throw ForumError(.query, "\(name) ended with status \(status)\(try words(complaint))")
    }
  }

  private func words(_ complaint: Scratch) throws -> String {
    let text = String(decoding: try complaint.read(500), as: UTF8.self).singleLine(limit: 200)
    return text.isEmpty ? "" : ": \(text)"
  }
}

/// A file without a name, which goes with its last descriptor.
private struct Scratch {
  let handle: FileHandle

  init() throws {
    let directory = FileManager.default.temporaryDirectory.path()
    var path = Array("\(directory)/watchpost-reply-XXXXXX".utf8CString)
    let descriptor = mkstemp(&path)
    guard descriptor >= 0, unlink(path) == 0 else {
      throw ForumError(
        .unavailable, "no reply can be handed over by a file in \(directory): \(String(cString: strerror(errno)))")
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  /// To be read from its beginning.
  func write(_ text: String) throws {
    try handle.write(contentsOf: Data(text.utf8))
    try handle.seek(toOffset: 0)
  }

  func read(_ limit: Int) throws -> [UInt8] {
    try handle.seek(toOffset: 0)
    return Array(try handle.read(upToCount: limit) ?? Data())
  }
}
