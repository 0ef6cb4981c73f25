import ArgumentParser
import Composition
import Foundation
import Glibc
import Jobs
import Settings

/// `watchpost init DIRECTORY`: a working installation on the embedded default.
struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", abstract: "Begin: make a directory with a configuration, keys, jobs and empty databases.",
    discussion: """
      Nothing that is there already is touched: options that say otherwise than a configuration that is there are refused. Afterwards \
      edit watchpost.yaml: the relay (delivery.transport), and forum.source if you have a forum already. Run this as \
      the user that cron will run the jobs as: the files are readable by their owner alone. Back up the file `keys`: \
      without it, replies to mails already sent are not recognised. How to read a forum of your own stands in \
      sources/Mappings.md then; the embedded forum's tables, templates, several hosts and backups have a page each in \
      pages/.
      """)

  @Argument(
    help: "The directory, made if missing. The commands find /etc/watchpost by themselves, any other with --config.")
  /// It may be there already, with files in it.
  var directory: String
  @Option(help: "site.name: the forum's name, as readers see it behind the sender's name. (default: Our forum)")
  var name: String?
  @Option(help: "mail.domain: the domain of every address that Watchpost writes. (default: forum.example.org)")
  var domain: String?
  @Option(help: "site.url: the https address for the mails' links to change and to stop; without it there are none.")
  var url: String?
  @Option(
    help: "delivery.transport: where mail goes, such as smtp://relay.example.org:587. (default: smtp://localhost:25)")
  var relay: String?
  @Flag(help: "Also copy the mails' built-in templates to DIRECTORY/templates, to be changed there.")
  var templates = false

  /// Each step may have been done by an earlier call: what is there is kept and said to be, so that a call that failed
  /// half-way is simply done again.
  func run() async throws {
    try await reportingFailures {
      let settings = try self.settings()
      for path in ["", "/jobs", "/sources", "/pages"] { try makeDirectory(directory + path) }
      // The configuration first: with it the directory is an installation, and a second `init` goes on where the first
      // stopped.
      try refuseUnused()
      try place("watchpost.yaml", Array(settings.utf8))
      try place("keys", Array(SigningKeys.make(randomBytes: randomKey()).utf8))
      try place("jobs/dispatch.yaml", PackageResources.dispatch_yaml)
      try place("jobs/digest.yaml", PackageResources.digest_yaml)
      try place("jobs/inbound.yaml", PackageResources.inbound_yaml)
      try place("jobs/maintain.yaml", PackageResources.maintain_yaml)
      try place("sources/django-machina.yaml", PackageResources.django_machina_yaml)
      try place("sources/Mappings.md", PackageResources.Mappings_txt)
      for (name, page) in InitCommand.pages { try place("pages/\(name).md", page) }
      try place("pages/nginx.conf", PackageResources.nginx_conf)
      try place("pages/watchpost.service", PackageResources.watchpost_service)
      if templates {
        try makeDirectory(directory + "/templates")
        for file in TemplateSet.builtIn.export() { try place("templates/\(file.name)", Array(file.contents.utf8)) }
      }
      let configuration = try Configuration(
        file: directory + "/watchpost.yaml", environment: ProcessInfo.processInfo.environment)
      // Makes the databases, and finds out at once whether a mail could be written.
      let installation = try Installation(configuration: configuration, creating: true)
      _ = try installation.composer()
      // Of a forum that is empty now the very first post is new.
      if installation.writer != nil { try CollectStage.beginEmpty(installation.members) }
      if let words = LocalMailServer.losing(configuration.delivery.transport) { print("Careful: \(words).") }
      if templates { print("The copied templates hold once mail.templates: templates is set in the configuration.") }
      print(
        """
        Ready. Mail goes to \(configuration.delivery.transport): see that it delivers to the world, or change \
        delivery.transport in \(directory)/watchpost.yaml. Then let cron start: watchpost run dispatch
        """)
    }
  }

  /// An option that says otherwise than the configuration that is there would be passed over.
  private func refuseUnused() throws {
    let path = directory + "/watchpost.yaml"
    guard access(path, F_OK) == 0 else { return }
    let there = try Configuration(file: path, environment: [:])
    let unused = [
      ("--name", name, there.site.title), ("--domain", domain, there.mail.domain), ("--url", url, there.site.url),
      ("--relay", relay, "\(there.delivery.transport)"),
    ].filter { $0.1 != nil && $0.1 != $0.2 }.map(\.0)
    guard !unused.isEmpty else { return }
    throw Failure(
      .usage,
      "\(path) is there already and is kept as it is, so \(unused.joined(separator: ", ")) would do nothing: edit it")
  }

  /// What the README and messages name, for who has the program alone.
  private static let pages = [
    ("EmbeddedForum", PackageResources.EmbeddedForum_txt), ("Templates", PackageResources.Templates_txt),
    ("SeveralHosts", PackageResources.SeveralHosts_txt), ("Backups", PackageResources.Backups_txt),
    ("Pages", PackageResources.Pages_txt), ("Privacy", PackageResources.Privacy_txt),
  ]

  /// Asks a person at a terminal, if there is no configuration yet; nil: the default.
  private func askedRelay() -> String? {
    guard isatty(STDIN_FILENO) != 0, isatty(STDOUT_FILENO) != 0, access(directory + "/watchpost.yaml", F_OK) != 0 else {
      return nil
    }
    print("The relay that mail goes to, smtp://HOST:PORT or smtps://HOST:PORT")
    print("(empty: this machine's own mail server, smtp://localhost:25): ", terminator: "")
    fflush(nil)
    let answer = readLine()?.trimmingCharacters(in: .whitespaces) ?? ""
    return answer.isEmpty ? nil : answer
  }

  /// The configuration's text; nothing is written if an option is wrong.
  private func settings() throws -> String {
    let text = Configuration.minimal(
      title: name ?? "Our forum", url: url, domain: domain ?? "forum.example.org",
      relay: relay ?? askedRelay())
    do {
      _ = try Configuration(text: text, directory: directory)
    } catch {
      let options = [
        "site.name": "--name", "mail.domain": "--domain", "site.url": "--url", "delivery.transport": "--relay",
      ]
      let mistakes = error.mistakes.map { problem in
        "\(problem.key.flatMap { options[$0] } ?? "watchpost.yaml"): \(problem.message)"
          + (problem.advice.map { "; \($0)" } ?? "")
      }
      throw Failure(.usage, mistakes.joined(separator: "\n"))
    }
    return text
  }

  /// - Returns: false if the file was there already.
  @discardableResult
  private func place(_ name: String, _ contents: [UInt8]) throws -> Bool {
    let path = "\(directory)/\(name)"
    if access(path, F_OK) == 0 {
      print("kept  \(path)")
      return false
    }
    try createPrivateFile(path, contents)
    print("made  \(path)")
    return true
  }

  /// For its owner alone; one that is there already is left as it is, whatever its mode.
  private func makeDirectory(_ path: String) throws {
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
      throw Failure(.configuration, "\(path): cannot make the directory: \(String(cString: strerror(errno)))")
    }
  }
}

/// 32 bytes from the system's random source.
/// The key is as long as what HMAC-SHA-256 gives: longer would not be safer.
func randomKey() -> [UInt8] {
  var generator = SystemRandomNumberGenerator()
  return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
}
