import Foundation
import TestSupport

/// A forum's page for replies: answers each request by what a test says, and keeps what came.
final class WebForum: Sendable {
  struct Request: Sendable {
    var line: String
    /// By lower-case name.
    var headers: [String: String]
    var body: String
  }

  let server: TalkingServer

  /// - Parameter answer: the whole response to one request.
  init(_ answer: @escaping @Sendable (Request) -> String) {
    server = TalkingServer { talk in
      guard let line = talk.line() else { return }
      var headers: [String: String] = [:]
      while let header = talk.line(), !header.isEmpty {
        let parts = header.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
        headers[parts[0].lowercased()] = parts.count > 1 ? parts[1] : ""
      }
      let body = String(decoding: talk.octets(headers["content-length"].flatMap { Int($0) } ?? 0), as: UTF8.self)
      talk.say(answer(Request(line: line, headers: headers, body: body)))
    }
  }

  deinit { server.shutDown() }

  var url: String { "http://127.0.0.1:\(server.port)/replies" }

  /// A whole response.
  static func response(_ status: Int, _ body: String, _ header: String = "") -> String {
    "HTTP/1.1 \(status) Word\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\(header)\r\n\(body)"
  }
}
