import Jobs
import Logging
import Time

/// Writes log messages to standard error, one line each: text for people, or JSON for programs (rule O3). What is said
/// of a message stands in its metadata; the sentences are constant.
struct LineLog: LogHandler {
  let isJSON: Bool
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  let now: @Sendable () -> Timestamp

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, given in given }
    printError(isJSON ? json(event, all) : text(event, all))
  }

  /// `watchpost: warning: the relay is left alone job=dispatch run=…`: no time, cron's mail has one.
  private func text(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
    let fields = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted("\($0.value)"))" }
    return (["watchpost: \(event.level.rawValue): \(event.message)"] + fields).joined(separator: " ")
  }

  private func json(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
    var object = metadata.mapValues { "\($0)" }
    object["time"] = now().description
    object["level"] = event.level.rawValue
    object["message"] = "\(event.message)"
    return jsonLine(object)
  }

  private func quoted(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 < 0x7F }
    if isPlain { return text }
    let clean = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
    return "\"\(clean.replacing("\"", with: "'"))\""
  }
}
