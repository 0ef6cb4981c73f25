import Crypto
import Forum
import Foundation
import Time

/// A reply as the forum's program gets it.
public struct ReplyRequest: Hashable, Sendable, Encodable {
  /// Names the reply, and no other: who gets one twice answers as the first time.
  public var key: String
  /// The participant's id.
  public var author: String
  /// The id of the post that is answered.
  public var parent: String
  /// The id of the thread in which that stands now.
  public var thread: String
  /// The id of the discussion in which that stands now.
  public var discussion: String
  /// What the person wrote, as plain text, with a line at the end for each file that came with it and is kept.
  public var text: String
  /// When the mail arrived, in UTC: `2026-05-26T12:00:00Z`.
  public var arrivedAt: String
  /// When it was handed over; not in the JSON, for it differs from try to try.
  public var now: Timestamp

  private enum CodingKeys: String, CodingKey {
    case key, author, parent, thread, discussion, text
    case arrivedAt = "arrived_at"
  }

  /// - Parameters:
  ///   - thread: in which the answered post stands now.
  ///   - discussion: in which that thread does.
  public init(_ reply: ReplyDraft, thread: String, discussion: String) {
    (key, author, parent) = (reply.mailKey, reply.author, reply.parent)
    (self.thread, self.discussion) = (thread, discussion)
    text = reply.text
    arrivedAt = reply.arrivedAt.description
    now = reply.now
  }

  /// One line, its keys in order: the same octets at every try.
  public func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }

  /// What proves to the program that a body comes from us, and when: `t=1764277200,v1=` and the HMAC-SHA-256 (RFC 2104)
  /// of `1764277200.` and the body, as 64 hexadecimal digits.
  static func signature(of body: String, at moment: Timestamp, secret: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(
      for: Array("\(moment.seconds).\(body)".utf8), using: SymmetricKey(data: Array(secret.utf8)))
    return "t=\(moment.seconds),v1=" + code.map { String(format: "%02x", $0) }.joined()
  }
}
