import Foundation
import Mail
import Mistakes

/// Where replies by mail are handed over to a forum, as `forum.reply_hook` names it.
public enum ReplyHookURL: Hashable, Sendable, CustomStringConvertible {
  /// An address of the forum's own pages: https, or http on this machine; at most 1000 octets, in ASCII.
  case web(String)
  /// A program on this machine, by its absolute path.
  case command(path: String)

  /// As the configuration writes it.
  public var description: String {
    switch self {
    case .web(let url): url
    case .command(let path): "command:\(path)"
    }
  }
}

extension Kind<ReplyHookURL> {
  /// Refuses clear text with another machine (rule S7), and a secret in the address, which errors would repeat.
  static var replyHook: Kind<ReplyHookURL> {
    let form = "https://host/path or command:/path/to/program"
    let write: @Sendable (ReplyHookURL) -> String = { yamlText($0.description) }
    return Kind(form: form, write: write) { (written, base) throws(Refusal) in
      guard case .text(let text) = written else { throw Refusal("one hook is expected, not a list") }
      if text.hasPrefix("command:") {
        let path = String(text.dropFirst("command:".count))
        guard !path.isEmpty, !path.hasPrefix("//") else {
          throw Refusal("\(quoted(text)) names no program", "write \(form)")
        }
        return .command(path: try Kind<String>.path.parse(.text(path), base))
      }
      guard let url = URL(string: text), let host = url.host(), !host.isEmpty, url.fragment() == nil,
        text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !"\"<>\\".utf8.contains($0) }), text.utf8.count <= 1000
      else { throw Refusal("\(quoted(text)) is no hook", "write \(form)") }
      guard url.user() == nil else {
        throw Refusal("a user or password stands in the address", "what is sent is signed with forum.hook_secret")
      }
      guard url.scheme == "https" || url.scheme == "http" && Host.isLoopback(host) else {
        throw Refusal("\(quoted(text)) is not https", "plain http is taken to this machine alone")
      }
      return .web(text)
    }
  }
}
