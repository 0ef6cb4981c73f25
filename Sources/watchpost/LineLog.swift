import Jobs
import Logging
import Time

/// Writes log messages to standard error, one line each: text for people, or JSON for programs (rule O3). What is said
/// of a message stands in its metadata; the sentences are constant.
struct LineLog: LogHandler {
  /// One object a line, instead of words.
  let isJSON: Bool
  /// Below it nothing is written; at debug level addresses stand in full.
  var logLevel: Logger.Level
  /// What every line carries: job and run.
  var metadata: Logger.Metadata = [:]
  /// For JSON alone; cron's mail and journald know the time by themselves.
  let now: @Sendable () -> Timestamp

  /// As `LogHandler` demands: a logger is a value, and so is its metadata.
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// May be called from any thread: a line is written by one call, so that two do not mix.
  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, given in given }
    StandardError.say(isJSON ? json(event, all) : text(event, all), isKept: event.level >= .warning)
  }

  /// `watchpost: warning: the relay is left alone job=dispatch run=…`: no time, cron's mail has one.
  private func text(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
    let fields = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted("\($0.value)"))" }
    return (["watchpost: \(event.level.rawValue): \(event.message)"] + fields).joined(separator: " ")
  }

  /// The three keys of ours win over a field of metadata with the same name.
  private func json(_ event: LogEvent, _ metadata: Logger.Metadata) -> String {
    var object = metadata.mapValues { "\($0)" }
    object["time"] = now().description
    object["level"] = event.level.rawValue
    object["message"] = "\(event.message)"
    return jsonLine(object)
  }

  /// A value as it stands behind `=`: what could be taken for the next field, or for a line of its own, is in quotation
  /// marks, and control characters are blanks (rule X1).
  private func quoted(_ text: String) -> String {
    let isPlain = !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 < 0x7F }
    if isPlain { return text }
    let clean = text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : String($0) }.joined()
    return "\"\(clean.replacing("\"", with: "'"))\""
  }
}
