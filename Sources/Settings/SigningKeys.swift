import Foundation
import Mistakes
import Text

/// The file of signing keys: a line for each key, its number and its bytes in base64, `1: q8Jx…`. The largest number
/// signs what is new; older ones still verify (rule I2). Lines that open with `#` are remarks.
public enum SigningKeys {
  /// Reads the keys by their numbers.
  /// - Throws: a problem for a file that others than its owner can read (rule X2), for each line that is no key, for a
  ///   key of less than 32 bytes, for a number that stands twice, and for a file without any key.
  public static func load(_ path: String) throws(ConfigurationError) -> [UInt8: [UInt8]] {
    let text = String(
      decoding: try readFile(
        path, isPrivate: true, missing: "put it back from a backup, or let `watchpost init` make a new one"),
      as: UTF8.self)
    var keys: [UInt8: [UInt8]] = [:]
    var problems: [Mistake] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let content = line.trimmed
      if content.isEmpty || content.hasPrefix("#") { continue }
      do throws(Refusal) {
        let (number, key) = try read(content)
        if keys[number] != nil { throw Refusal("there is a key \(number) already", "give it the next free number") }
        keys[number] = key
      } catch {
        problems.append(.init(path, line: index + 1, error))
      }
    }
    if keys.isEmpty, problems.isEmpty {
      problems.append(
        .init(
          path, "there is no key in it",
          advice: "put it back from a backup, or remove the file and let `watchpost init` make one"))
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    return keys
  }

  /// The text of a new file, or a line to add to one.
  /// - Parameters:
  ///   - number: the key's number; a new one must be the largest.
  ///   - randomBytes: at least 32 bytes from the system's random source.
  public static func make(number: UInt8 = 1, randomBytes: [UInt8]) -> String {
    precondition(randomBytes.count >= 32, "a signing key has at least 32 bytes")
    return "\(number): \(Data(randomBytes).base64EncodedString())\n"
  }

  /// The message never quotes the line: it may be a key.
  private static func read(_ line: String) throws(Refusal) -> (UInt8, [UInt8]) {
    let parts = line.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let number = UInt8(parts[0].trimmed) else {
      throw Refusal("this is no key", "a line reads NUMBER: BASE64, the number in 0...255")
    }
    guard let bytes = Data(base64Encoded: parts[1].trimmed) else {
      throw Refusal("key \(number) is not written in base64", "make one with: openssl rand -base64 32")
    }
    guard bytes.count >= 32 else {
      throw Refusal("key \(number) has \(bytes.count) bytes, 32 are needed", "make one with: openssl rand -base64 32")
    }
    return (number, Array(bytes))
  }
}
