import Foundation
import Settings

/// This machine's own mail server, as far as its configuration tells that it loses what it takes.
enum LocalMailServer {
  /// Debian's, which its packages write.
  private static let exim = "/etc/exim4/update-exim4.conf.conf"

  /// What is wrong with it, in words; nil where mail goes elsewhere, or nothing is known.
  static func losing(_ transport: TransportURL) -> String? {
    guard case .smtp(_, 25, _) = transport, transport.isLoopback,
      let text = FileManager.default.contents(atPath: exim),
      FileManager.default.isExecutableFile(atPath: "/usr/sbin/exim4"),
      isLocalOnly(String(decoding: text, as: UTF8.self))
    else { return nil }
    return """
      \(transport): exim4 is set up for this machine alone (\(exim)): it takes every mail and loses those to other \
      machines. `dpkg-reconfigure exim4-config`, with a smarthost or as an internet site, or set delivery.transport
      """
  }

  /// As `dpkg-reconfigure exim4-config` writes it for "local delivery only".
  private static func isLocalOnly(_ text: String) -> Bool {
    text.split(separator: "\n").contains { $0.filter { !$0.isWhitespace } == "dc_eximconfig_configtype='local'" }
  }
}
