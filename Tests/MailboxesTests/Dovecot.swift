import Curl
import Foundation
import Glibc
import Subprocess
import TestSupport

@testable import Mailboxes

/// A Dovecot of a test's own: on an address of its own among those of this machine, so that no port of another test is
/// in its way, with certificates of an authority of its own, and one user, `forum`, whose password is `hush`.
struct Dovecot {
  /// What the machine does not have.
  struct Missing: Error, CustomStringConvertible { let description: String }

  /// The ways in; the raw value is the port.
  enum Way: Int, CaseIterable, Sendable {
    case imap = 11_143
    case imaps = 11_993
    case pop3 = 11_110
    case pop3s = 11_995
  }

  let directory: TemporaryDirectory
  let address: String
  /// The user's Maildir, which is the INBOX.
  var maildir: String { directory("mail/forum") }

  /// Makes directories, certificates and a configuration.
  init() async throws {
    guard access("/usr/sbin/dovecot", X_OK) == 0 else { throw Missing(description: "dovecot-imapd, dovecot-pop3d") }
    directory = try TemporaryDirectory()
    address = "127." + (0..<3).map { _ in "\(Int.random(in: 1...250))" }.joined(separator: ".")
    chmod(directory.path, 0o777)
    for folder in ["mail", "mail/forum", "mail/forum/new", "mail/forum/cur", "mail/forum/tmp"] {
      guard mkdir(directory(folder), 0o777) == 0, chmod(directory(folder), 0o777) == 0 else {
        throw Missing(description: "a directory for mail")
      }
    }
    try await makeCertificates()
    try directory.write("users", "forum:{PLAIN}hush\n")
    try directory.write("dovecot.conf", configuration)
  }

  /// Runs it for as long as the body does.
  /// - Parameter body: given what ends it at once, as a crash would.
  func run(_ body: (_ kill: @escaping () throws -> Void) async throws -> Void) async throws {
    var words = ["/usr/sbin/dovecot", "-F", "-c", directory("dovecot.conf")]
    if getuid() == 0 {
      words = ["/usr/bin/setpriv", "--reuid", user, "--regid", group, "--clear-groups"] + words
    }
    var options = PlatformOptions()
    options.processGroupID = 0
    _ = try await Subprocess.run(
      .path(.init(words[0])), arguments: .init(Array(words.dropFirst())), platformOptions: options, input: .none,
      output: .discarded, error: .discarded
    ) { execution in
      defer { try? execution.send(signal: .terminate) }
      for way in Way.allCases { try awaitListener(on: way.rawValue) }
      try await body { try execution.send(signal: .kill, toProcessGroup: true) }
    }
  }

  func settings(_ way: Way, _ security: Security, _ change: (inout ServerSettings) -> Void = { _ in }) -> ServerSettings
  {
    var settings = ServerSettings(
      kind: way == .imap || way == .imaps ? .imap : .pop3, host: address, port: way.rawValue, security: security,
      credentials: Credentials(user: "forum", secret: "hush"))
    settings.caFile = directory("ca.pem")
    change(&settings)
    return settings
  }

  func mailbox(_ settings: ServerSettings) throws -> any Mailbox {
    settings.kind == .imap ? try IMAPMailbox(settings: settings) : try POP3Mailbox(settings: settings)
  }

  /// Delivers a message as an MTA would, at a moment.
  func deliver(_ number: Int, _ text: String, to folder: String = "new", at seconds: Int = 1_779_796_800) throws {
    let name = "\(seconds + number).M\(number).host" + (folder == "new" ? "" : ":2,T")
    let file = try directory.write("mail/forum/\(folder)/\(name)", text)
    let time = timespec(tv_sec: seconds + number, tv_nsec: 0)
    _ = [time, time].withUnsafeBufferPointer { utimensat(AT_FDCWD, file, $0.baseAddress, 0) }
  }

  /// What lies in the INBOX, by its text.
  var left: [String] {
    get throws {
      try ["new", "cur"].flatMap { folder in
        try FileManager.default.contentsOfDirectory(atPath: "\(maildir)/\(folder)").map { "\(maildir)/\(folder)/\($0)" }
      }.map { try String(contentsOfFile: $0, encoding: .utf8) }.sorted()
    }
  }

  // MARK: Setting up

  /// Dovecot runs wholly as somebody who is not root.
  private var user: String { getuid() == 0 ? "nobody" : String(cString: getpwuid(getuid()).pointee.pw_name) }
  private var group: String { getuid() == 0 ? "nogroup" : String(cString: getgrgid(getgid()).pointee.gr_name) }

  private var configuration: String {
    let services = [
      ("imap-login", [("imap", Way.imap), ("imaps", .imaps)]), ("pop3-login", [("pop3", .pop3), ("pop3s", .pop3s)]),
    ].map { service, ways in
      let listeners = ways.map { name, way in
        "  inet_listener \(name) {\n    port = \(way.rawValue)\n    ssl = \(name.hasSuffix("s") ? "yes" : "no")\n  }\n"
      }
      return "service \(service) {\n  chroot =\n\(listeners.joined())}\n"
    }
    return """
      base_dir = \(directory("run"))
      state_dir = \(directory("state"))
      log_path = \(directory("log"))
      default_internal_user = \(user)
      default_internal_group = \(group)
      default_login_user = \(user)
      first_valid_uid = 1
      protocols = imap pop3
      listen = \(address)
      ssl = yes
      ssl_cert = <\(directory("cert.pem"))
      ssl_key = <\(directory("key.pem"))
      disable_plaintext_auth = no
      auth_mechanisms = plain login
      auth_failure_delay = 0
      mail_location = maildir:\(directory("mail"))/%u
      passdb {
        driver = passwd-file
        args = scheme=PLAIN \(directory("users"))
      }
      userdb {
        driver = static
        args = uid=\(user) gid=\(group) home=\(directory("mail"))/%u
      }
      service anvil {
        chroot =
        unix_listener anvil-auth-penalty {
          mode = 0
        }
      }
      service stats {
        chroot =
      }
      \(services.joined())
      """
  }

  private func makeCertificates() async throws {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    for (name, subject, more) in [
      ("ca", "/CN=An authority", []),
      ("cert", "/CN=\(address)", ["-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=IP:\(address)"]),
    ] {
      let made = try await Subprocess.run(
        .name("openssl"),
        arguments: .init(
          ["req", "-x509"] + key + ["-keyout", "\(name).key", "-out", "\(name).pem", "-subj", subject] + more),
        workingDirectory: .init(directory.path), output: .discarded, error: .discarded)
      guard made.terminationStatus.isSuccess else { throw Missing(description: "openssl") }
    }
    try FileManager.default.moveItem(atPath: directory("cert.key"), toPath: directory("key.pem"))
    chmod(directory("key.pem"), 0o644)
  }

  /// Until somebody listens.
  private func awaitListener(on port: Int) throws {
    let deadline = Deadline()
    while true {
      let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var place = sockaddr_in()
      place.sin_family = sa_family_t(AF_INET)
      place.sin_addr.s_addr = inet_addr(address)
      place.sin_port = UInt16(port).bigEndian
      let isUp = withUnsafePointer(to: &place) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      if isUp { return }
      try deadline.check("Dovecot to listen")
      sched_yield()
    }
  }
}
