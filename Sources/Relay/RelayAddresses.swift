import Glibc
import Mail

/// The addresses of a relay's name that are tried one after the other where the first lets nobody in (RFC 5321 section
/// 5.1). libcurl goes on to the next by itself only where nobody listens at one.
struct RelayAddresses {
  /// An address, and how a connection goes there: `192.0.2.1:25`, `[2001:db8::1]:25`.
  struct Target: Hashable {
    var address: String
    var isIPv6 = false
    var name: String
  }

  /// Where new connections go; nil: where libcurl goes with the name.
  private(set) var present: Target?
  /// Still to be tried; nil: nobody has asked yet.
  private var left: [Target]?
  /// Looks the name up.
  private let lookUp: (RelaySettings) -> [Target]

  init(lookUp: @escaping (RelaySettings) -> [Target] = RelayAddresses.lookUp) { self.lookUp = lookUp }

  /// Goes on to the next address.
  /// - Parameter used: the one that let nobody in; nil if none was reached: libcurl began with the first of each kind.
  /// - Returns: false if there is none.
  mutating func goOn(_ settings: RelaySettings, after used: String?) -> Bool {
    let next = left ?? Self.others(of: lookUp(settings), used)
    left = Array(next.dropFirst())
    guard let first = next.first else { return false }
    present = first
    return true
  }

  private static func others(of all: [Target], _ used: String?) -> [Target] {
    if let used { return all.filter { $0.address != used } }
    var seen: Set<Bool> = []
    return all.filter { !seen.insert($0.isIPv6).inserted }
  }

  /// Waits for the resolver: nothing else is under way when it is asked. A name without an address has none.
  static func lookUp(_ settings: RelaySettings) -> [Target] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let host = Address.asciiDomain(settings.host) ?? settings.host
    guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
    defer { freeaddrinfo(list) }
    var targets: [Target] = []
    var next = list
    while let entry = next?.pointee, targets.count < most {
      next = entry.ai_next
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      guard
        getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
      else { continue }
      let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let isIPv6 = entry.ai_family == AF_INET6
      let name = isIPv6 ? "[\(address)]:\(settings.port)" : "\(address):\(settings.port)"
      targets.append(Target(address: address, isIPv6: isIPv6, name: name))
    }
    return targets
  }

  /// Of a name with more addresses the first are tried (RFC 5321 section 5.1 asks for two at least).
  private static let most = 5
}

extension RelayTrouble {
  /// Another connection to the same address may be let in, such as to another machine behind it: 421 for a greeting.
  var isPassing: Bool { stage == .greeting && (reply?.code ?? 0) / 100 == 4 }

  /// Another address of the same name may let us in: this one did not answer in time, or greeted with a no.
  var isOfAddress: Bool { stage == .greeting || (stage == .connect || stage == .tls) && curlCode == nil }
}
