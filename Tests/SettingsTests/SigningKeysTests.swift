import Foundation
import Mistakes
import Testing

@testable import Settings

/// The file of signing keys, and private files (rule X2).
@Suite struct SigningKeysTests {
  let key = [UInt8](0..<32)

  @Test func aNewFileIsPrivateAndLoads() throws {
    let directory = try TemporaryDirectory()
    let text = SigningKeys.make(randomBytes: key)
    try createPrivateFile(directory / "keys", Array(text.utf8))
    let attributes = try FileManager.default.attributesOfItem(atPath: directory / "keys")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(try SigningKeys.load(directory / "keys") == [1: key])
  }

  @Test("I2: a second key is added by a line")
  func rotation() throws {
    let directory = try TemporaryDirectory()
    let other = [UInt8](repeating: 7, count: 48)
    let text = "# keys\n\n" + SigningKeys.make(randomBytes: key) + SigningKeys.make(number: 2, randomBytes: other)
    let file = try directory.write("keys", text, mode: 0o400)
    #expect(try SigningKeys.load(file) == [1: key, 2: other])
  }

  @Test("X2: a key file that others can read is refused", arguments: [0o644, 0o640, 0o604, 0o660, 0o601])
  func readableByOthers(mode: Int) throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys", SigningKeys.make(randomBytes: key), mode: mode)
    let error = #expect(throws: ConfigurationError.self) { try SigningKeys.load(file) }
    #expect(error?.description.contains("run: chmod 600 \(file)") == true)
    #expect(throws: ConfigurationError.self) { try requirePrivate(file) }
  }

  @Test func wrongLinesAreAnsweredWithTheirNumbersAndNeverQuoted() throws {
    let directory = try TemporaryDirectory()
    let good = Data(key).base64EncodedString()
    let text =
      "1: \(good)\nsecretword\n2: not-base64!\n3: \(Data([1, 2, 3]).base64EncodedString())\n300: x\n1: \(good)\n"
    let file = try directory.write("keys", text, mode: 0o600)
    let error = #expect(throws: ConfigurationError.self) { try SigningKeys.load(file) }
    #expect(error?.mistakes.map(\.line) == [2, 3, 4, 5, 6])
    #expect(
      error?.mistakes.map(\.message) == [
        "this is no key", "key 2 is not written in base64", "key 3 has 3 bytes, 32 are needed", "this is no key",
        "there is a key 1 already",
      ])
    for word in ["secretword", "not-base64", good] { #expect(error?.description.contains(word) == false) }
  }

  @Test func aFileMayHaveTheLineEndsOfWindows() throws {
    let directory = try TemporaryDirectory()
    let text = "# keys\r\n" + SigningKeys.make(randomBytes: key).replacing("\n", with: "\r\n") + "2: short\r\n"
    let file = try directory.write("keys", text, mode: 0o600)
    let error = #expect(throws: ConfigurationError.self) { try SigningKeys.load(file) }
    #expect(error?.mistakes.map(\.line) == [3], "\(error?.description ?? "")")
    let good = try directory.write("good", String(text.dropLast("2: short\r\n".count)), mode: 0o600)
    #expect(try SigningKeys.load(good) == [1: key])
  }

  @Test func aFileWithoutKeysIsRefused() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys", "# none\n", mode: 0o600)
    let error = #expect(throws: ConfigurationError.self) { try SigningKeys.load(file) }
    #expect(
      error?.description
        == "\(file): there is no key in it; put it back from a backup, or remove the file and let `watchpost init` make one"
    )
  }

  @Test func anExistingFileOrLinkIsNeverOverwritten() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys", "old", mode: 0o600)
    let error = #expect(throws: ConfigurationError.self) { try createPrivateFile(file, Array("new".utf8)) }
    #expect(error?.description.contains("move it away first; nothing is overwritten") == true)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "old")
    try FileManager.default.createSymbolicLink(atPath: directory / "link", withDestinationPath: directory / "target")
    #expect(throws: ConfigurationError.self) { try createPrivateFile(directory / "link", Array("new".utf8)) }
    #expect(!FileManager.default.fileExists(atPath: directory / "target"))
    #expect(throws: ConfigurationError.self) { try createPrivateFile("/nowhere/keys", []) }
    #expect(throws: ConfigurationError.self) { try requirePrivate("/nowhere/keys") }
  }
}
