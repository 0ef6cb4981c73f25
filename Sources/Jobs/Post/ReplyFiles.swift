import Composition
import Forum
import Foundation
import Ledger

/// What becomes of a reply's files, as the ledger keeps it with the reply until that is posted (rule I4).
struct ReplyFiles: Codable, Hashable {
  /// A file that is kept; it lies in the message itself until the reply is posted.
  struct Kept: Codable, Hashable {
    /// Which it is in its message, from 1.
    var number: Int
    /// The file's name in our directory.
    var stored: String
    /// As its sender calls it, fit to be shown.
    var name: String
    /// How many octets it has.
    var octets: Int
  }

  var kept: [Kept] = []
  var left: [Notice.LeftFile] = []

  init(kept: [Kept] = [], left: [Notice.LeftFile] = []) {
    // The author is told of no more.
    (self.kept, self.left) = (kept, Array(left.prefix(50)))
  }

  /// Reads what `notes` wrote, or lines with the names of files that are not kept: they were written once.
  init(notes: String) {
    if notes.hasPrefix("{"), let read = try? JSONDecoder().decode(ReplyFiles.self, from: Data(notes.utf8)) {
      self = read
    } else {
      self.init(left: notes.split(separator: "\n").map { Notice.LeftFile(name: String($0)) })
    }
  }

  /// For `MailedReply.notes`; empty where there is nothing to tell.
  var notes: String {
    if kept.isEmpty, left.isEmpty { return "" }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Nothing in it is a number without a value, the one thing that JSON cannot hold.
    do { return String(decoding: try encoder.encode(self), as: UTF8.self) } catch {
      preconditionFailure("files without JSON: \(error)")
    }
  }

  /// What the post tells of those that are kept.
  func posted(under url: String) -> [PostedFile] {
    kept.map { PostedFile(name: $0.name, octets: $0.octets, url: "\(url)/\($0.stored)") }
  }
}

extension MailedReply {
  /// The person's words, and what would be posted with them, for whoever is asked about it.
  public var shownText: String {
    let list = ReplyFiles(notes: notes).posted(under: "").map { "- \($0.words)" }
    return ([body] + list).filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
