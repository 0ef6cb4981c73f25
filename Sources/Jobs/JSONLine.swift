import Foundation

/// A value as one line of JSON, for programs that read our output (rule O3).
///
/// Keys stand in order, so that equal values are equal texts; slashes stay as they are, so that a person can read an
/// address or a path in it. What cannot be encoded, such as a number that is none, is a bug and traps: only texts,
/// whole numbers and lists of them are given to it.
package func jsonLine(_ value: some Encodable) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  do {
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  } catch {
    preconditionFailure("what is told as JSON cannot be encoded: \(error)")
  }
}
