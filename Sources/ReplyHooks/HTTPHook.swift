import Curl
import Forum
import Text

/// A program of the forum's that is reached by HTTPS: each reply is a POST of its JSON, signed.
public struct HTTPHook: ReplyHook {
  /// Where; `https://`, or `http://` to this machine alone, which whoever reads the configuration sees to.
  public var url: String
  /// What signs; the program knows it too.
  public var secret: String
  /// Milliseconds for all of one reply: name, connection, answer.
  public var timeout: Int
  /// A PEM file of the authorities to trust; nil: the system's.
  public var authorities: String?

  /// Connects to nothing yet.
  public init(url: String, secret: String, timeout: Int, authorities: String? = nil) {
    (self.url, self.secret, self.timeout, self.authorities) = (url, secret, timeout, authorities)
  }

  /// One POST, on a connection of its own: replies are few.
  public func hand(_ request: ReplyRequest) throws -> ReplyAnswer {
    let body = try request.json()
    let handle = EasyHandle()
    defer { handle.close() }
    handle.secure(.implicit, verify: true, authorities: authorities)
    let exchange = handle.post(
      body, to: url,
      headers: [
        "Content-Type: application/json", "Accept: application/json", "User-Agent: Watchpost",
        "Idempotency-Key: \(request.key)",
        "Watchpost-Signature: \(ReplyRequest.signature(of: body, at: request.now, secret: secret))",
      ], milliseconds: timeout, limit: HookAnswer.limit + 1)
    let name = "forum.reply_hook, \(url),"
    switch exchange {
    case .failed(let result, let words):
      throw HTTPHook.failure(result, words, name)
    case .answered(let status, let octets): return try read(status, octets, name)
    }
  }

  /// No answer came. A certificate that is not trusted heals by nobody's waiting.
  static func failure(_ result: CurlResult, _ words: String, _ name: String) -> ForumError {
    let advice =
      result.isOfTrust
      ? "; see that the certificate is that host's and has not expired, and name the authority that signed it in "
        + "forum.hook_ca_file"
      : ""
    return ForumError(
      result.isOfTrust ? .query : .unavailable,
      "\(name) cannot be asked: \((words.isEmpty ? result.description : words).singleLine(limit: 200))\(advice)")
  }

  /// A refusal may come with any status, for frameworks that have a status for it.
  private func read(_ status: Int, _ octets: [UInt8], _ name: String) throws -> ReplyAnswer {
    switch status {
    case 200, 201: return try HookAnswer.read(octets, from: name)
    case 408, 425, 429, 500...599:
      let words = String(decoding: octets.prefix(300), as: UTF8.self).singleLine(limit: 100)
      throw ForumError(.unavailable, "\(name) answers with status \(status): \(words)")
    case 300...399: throw ForumError(.query, "\(name) answers with a redirect, \(status): name the place itself")
    default:
      guard case .refused(let refusal)? = try? HookAnswer.read(octets, from: name) else {
        let words = String(decoding: octets.prefix(300), as: UTF8.self).singleLine(limit: 100)
        throw ForumError(.query, "\(name) answers with status \(status): \(words)")
      }
      return .refused(refusal)
    }
  }
}
