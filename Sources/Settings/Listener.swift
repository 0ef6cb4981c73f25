import Mail
import Mistakes

/// Where a server of ours listens.
public struct Listener: Hashable, Sendable, CustomStringConvertible {
  /// An address of this machine, an IPv6 one without brackets, or a name of it.
  public var host: String
  /// 1...65535, or 0 for one that the system picks.
  public var port: Int

  /// Nothing is checked.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// As the configuration writes it.
  public var description: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
}

extension Kind<Listener> {
  /// `host:port`, `[::1]:port`, or a port alone, on this machine's own address.
  static var listener: Kind<Listener> {
    .scalar(form: "host:port", write: \.description) { (text) throws(Refusal) in
      let advice = "write it as 127.0.0.1:8025"
      if let port = Int(text) {
        guard (0...65535).contains(port) else { throw Refusal("\(quoted(text)) is no port", advice) }
        return Listener(host: "127.0.0.1", port: port)
      }
      guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
        (0...65535).contains(port)
      else { throw Refusal("\(quoted(text)) has no port", advice) }
      var host = String(text[..<colon])
      if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
      let isAddress = host.contains(":") && host.utf8.allSatisfy { $0.isHexDigit || $0 == UInt8(ascii: ":") }
      guard isAddress || Host.isName(host) else { throw Refusal("\(quoted(text)) names no address", advice) }
      return Listener(host: host, port: port)
    }
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
  }
}
