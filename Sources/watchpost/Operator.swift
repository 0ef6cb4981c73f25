import Foundation

/// Who gives a command.
enum Operator {
  /// The name of their account on this machine; behind `sudo`, of who called it.
  static var name: String { name(ProcessInfo.processInfo.environment, else: ProcessInfo.processInfo.userName) }

  /// One word of at most 64 characters: it stands in the ledger, and in lines of text.
  static func name(_ environment: [String: String], else user: String) -> String {
    let caller = environment["SUDO_USER"].flatMap { $0.isEmpty ? nil : $0 } ?? user
    return String(caller.filter { $0.isLetter || $0.isNumber || "._-@".contains($0) }.prefix(64))
  }
}
