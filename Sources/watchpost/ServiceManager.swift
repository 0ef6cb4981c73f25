import Foundation
import Glibc

/// Tells systemd how a service is, where it asked to be told (sd_notify(3)); elsewhere it does nothing.
enum ServiceManager {
  /// - Parameter state: such as `READY=1`.
  static func tell(_ state: String) {
    guard let path = ProcessInfo.processInfo.environment["NOTIFY_SOCKET"], path.utf8.count > 1 else { return }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // A name that begins with @ is one without a file: its first octet is 0.
    var name = Array(path.utf8)
    if name[0] == UInt8(ascii: "@") { name[0] = 0 }
    guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | UInt32(SOCK_CLOEXEC.rawValue)), 0)
    guard socket >= 0 else { return }
    defer { close(socket) }
    let octets = Array(state.utf8)
    // A manager that does not listen is not waited for, and no reason to stop serving.
    _ = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(socket, octets, octets.count, Int32(MSG_NOSIGNAL), $0, length)
      }
    }
  }
}
