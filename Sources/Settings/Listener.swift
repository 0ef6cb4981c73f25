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
  /// `host:port` or `[::1]:port`; 8025 where no port is given.
  static var listener: Kind<Listener> {
    .scalar(form: "host:port", write: \.description) { (text) throws(Refusal) in
      let advice = "write it as 127.0.0.1:8025"
      if Int(text) != nil { throw Refusal("\(quoted(text)) names no address", advice) }
      let (host, port) = try readHostAndPort(text[...], text: text, usual: 8025, ports: 0...65_535, advice)
      return Listener(host: host, port: port)
    }
  }
}
