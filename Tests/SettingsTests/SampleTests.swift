import Foundation
import Testing

@testable import Settings

/// The root of the repository.
let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// What comes from the declarations: the sample, the short file, the listing.
@Suite struct SampleTests {
  @Test("config/watchpost.yaml is what the declarations say, byte for byte (WATCHPOST_RECORD=1 rewrites it)")
  func sampleIsCurrent() throws {
    let path = repository.appending(path: "config/watchpost.yaml")
    if ProcessInfo.processInfo.environment["WATCHPOST_RECORD"] == "1" {
      try Data(Configuration.sample().utf8).write(to: path)
    }
    let recorded = try String(contentsOf: path, encoding: .utf8)
    #expect(recorded == Configuration.sample(), "run WATCHPOST_RECORD=1 swift test --filter SampleTests")
  }

  @Test func theSampleLoadsAsItStands() throws {
    let configuration = try Configuration(
      file: repository.appending(path: "config/watchpost.yaml").path(), environment: [:])
    #expect(configuration.site.title == "BCH forum")
    #expect(configuration.delivery.connections == 10)
  }

  @Test func theSampleLoadsWithEveryKeyUncommentedAndStillSaysTheDefaults() throws {
    let directory = try TemporaryDirectory()
    for name in ["smtp-password", "inbound-password", "hook-secret"] {
      try createPrivateFile(directory / name, Array("hush\n".utf8))
    }
    let left = ["password", "hook_secret", "reply_hook"]
    let lines = Configuration.sample().split(separator: "\n", omittingEmptySubsequences: false).map { line in
      // `password` and `password_file` exclude each other, and so do the embedded forum and a hook for replies.
      left.contains { line.hasPrefix("  #\($0):") } || !line.hasPrefix("  #") || line.hasPrefix("  # ")
        ? String(line) : "  " + line.dropFirst(3)
    }
    let full = try Configuration(text: lines.joined(separator: "\n"), directory: directory.path)
    let bare = try Configuration(text: Configuration.sample(), directory: directory.path)
    let settings = Configuration.catalog.settings
    for setting in settings where !left.contains(setting.name) {
      #expect(full.origin(of: setting) != .fallback, "\(setting.key) is not in the sample")
    }
    for (a, b) in zip(full.effective, bare.effective) where !b.value.isEmpty {
      #expect(a.key == b.key && a.value == b.value)
    }
    #expect(full.smtp.password?.reveal() == "hush")
  }

  @Test func everySettingIsFoundStandsInItsSectionAndHasProseThatEnds() {
    let settings = Configuration.catalog.settings
    #expect(Configuration.catalog.sections.count == Mirror(reflecting: Configuration.catalog).children.count)
    #expect(Set(settings.map(\.key)).count == settings.count)
    for section in Configuration.catalog.sections {
      #expect(section.settings.count == Mirror(reflecting: section).children.count, "\(section.name)")
      for setting in section.settings {
        #expect(setting.section == section.name)
        #expect(setting.prose.hasSuffix("."), "\(setting.key)")
      }
    }
  }

  @Test func theShortFileLoadsAndQuotesWhatItMust() throws {
    let text = Configuration.minimal(
      title: "Forum: \"Ana's\" #1", url: "https://forum.example.org", domain: "forum.example.org",
      values: [("delivery.transport", "smtp://localhost:2525"), ("jobs.directory", "jobs")])
    let configuration = try Configuration(text: text, directory: "/etc/watchpost")
    #expect(configuration.site.title == "Forum: \"Ana's\" #1")
    #expect(configuration.delivery.transport == .smtp(host: "localhost", port: 2525, isTLS: false))
    #expect(configuration.jobs.directory == "/etc/watchpost/jobs")
    #expect(text.split(separator: "\n").count < 20)
  }

  @Test func theListingNamesEverySettingWithItsDefaultAndVariable() {
    let listing = Configuration.listing(width: 80)
    for setting in Configuration.catalog.settings {
      #expect(listing.contains("  \(setting.key)  ("))
      #expect(listing.contains(setting.variable))
    }
    #expect(listing.split(separator: "\n").allSatisfy { $0.count <= 80 })
    #expect(Configuration.listing(section: "log").hasPrefix("log: "))
    #expect(Configuration.listing(section: "nothing").isEmpty)
  }
}

/// A directory that goes when the value does.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "settings-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  static func / (directory: TemporaryDirectory, name: String) -> String { directory.path + "/" + name }

  /// Writes a file of a mode and returns its path.
  func write(_ name: String, _ text: String, mode: Int = 0o644) throws -> String {
    let file = self / name
    try Data(text.utf8).write(to: URL(filePath: file))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
    return file
  }
}
