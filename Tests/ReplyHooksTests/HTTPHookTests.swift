import Curl
import Forum
import Foundation
import Synchronization
import Testing
import Time

@testable import ReplyHooks

extension ReplyRequest {
  /// One that says nothing that plain JSON could say by accident.
  static let sample = ReplyRequest(
    ReplyDraft(
      mailKey: "k1", author: "7", parent: "9240", body: "Yes, \"I\" do.\n\nنعم / 是",
      arrivedAt: Timestamp(1_764_277_200),
      now: Timestamp(1_764_277_260)),
    thread: "3", discussion: "12")
}

@Suite struct HTTPHookTests {
  private func hand(_ forum: WebForum, timeout: Int = 20_000) throws -> ReplyAnswer {
    try HTTPHook(url: forum.url, secret: "hush", timeout: timeout).hand(.sample)
  }

  @Test("I5: a hook gets one POST of JSON, with the key and a signature that it can verify")
  func request() throws {
    let seen = Mutex<[WebForum.Request]>([])
    let forum = WebForum { request in
      seen.withLock { $0.append(request) }
      return WebForum.response(201, #"{"post": 9241, "pending": true}"#)
    }
    #expect(try hand(forum) == .posted(key: "9241", isPending: true))
    let requests = seen.withLock { $0 }
    let request = try #require(requests.first)
    #expect(requests.count == 1)
    #expect(request.line == "POST /replies HTTP/1.1")
    #expect(request.headers["content-type"] == "application/json" && request.headers["idempotency-key"] == "k1")
    #expect(request.headers["expect"] == nil)
    #expect(
      request.body
        == #"{"arrived_at":"2025-11-27T21:00:00Z","author":"7","discussion":"12","key":"k1","parent":"9240","#
        + #""text":"Yes, \"I\" do.\n\nنعم / 是","thread":"3"}"#)
    #expect(
      request.headers["watchpost-signature"]
        == ReplyRequest.signature(of: request.body, at: Timestamp(1_764_277_260), secret: "hush"))
  }

  @Test(
    "O2, I5: a certificate that is not trusted is the configuration's, with what to do; whatever waiting heals is not",
    arguments: [
      (CurlResult.peerNotVerified, ForumError.Kind.query), (.couldNotConnect, .unavailable), (.timedOut, .unavailable),
    ])
  func failures(_ result: CurlResult, _ kind: ForumError.Kind) {
    let error = HTTPHook.failure(result, "self-signed certificate", "forum.reply_hook, https://f.example/r,")
    #expect(error.kind == kind)
    #expect(
      error.description.hasPrefix("forum.reply_hook, https://f.example/r, cannot be asked: self-signed certificate"))
    #expect(error.description.contains("forum.hook_ca_file") == (kind == .query))
  }

  @Test("I5: the signature is what any other program computes: openssl dgst -sha256 -hmac hush")
  func signature() {
    #expect(
      ReplyRequest.signature(of: "{}", at: Timestamp(1_764_277_260), secret: "hush")
        == "t=1764277260,v1=7d15eec57e53f9cc6c93cbed0fab24ced50d56be86212e71dd3405be322c7c9c")
  }

  @Test(
    "I5: what the hook answers decides",
    arguments: [
      (200, #"{"post": "a-7"}"#, ReplyAnswer.posted(key: "a-7", isPending: false)),
      (200, #"{"post": "9", "pending": false, "more": [1]}"#, .posted(key: "9", isPending: false)),
      (200, #"{"refused": "thread-closed"}"#, .refused(.threadClosed)),
      (403, #"{"refused": "no-right"}"#, .refused(.noRight)),
      (410, #"{"refused": "post-gone"}"#, .refused(.postGone)),
    ])
  func answers(status: Int, body: String, answer: ReplyAnswer) throws {
    #expect(try hand(WebForum { _ in WebForum.response(status, body) }) == answer)
  }

  @Test(
    "I5: what was not agreed on is never taken for a yes, and says what it was",
    arguments: [
      (200, "", ForumError.Kind.query, "no such JSON"), (200, "<html>Login</html>", .query, "<html>Login</html>"),
      (200, "{}", .query, "neither"), (200, #"{"post": ""}"#, .query, "no post"), (204, "", .query, "status 204"),
      (200, #"{"post": 1.5}"#, .query, "no such JSON"), (200, #"{"post": "1", "refused": "no-right"}"#, .query, "both"),
      (200, #"{"refused": "because"}"#, .query, "none of"), (401, "who?", .query, "status 401: who?"),
      (404, #"{"post": "1"}"#, .query, "status 404"), (302, "", .query, "redirect"),
      (500, "down\u{1B}[2J", .unavailable, "status 500: down"), (503, #"{"post": "1"}"#, .unavailable, "status 503"),
      (429, "", .unavailable, "status 429"), (408, "", .unavailable, "status 408"),
    ])
  func refused(status: Int, body: String, kind: ForumError.Kind, words: String) throws {
    let forum = WebForum { _ in WebForum.response(status, body, status == 302 ? "Location: /elsewhere\r\n" : "") }
    let error = #expect(throws: ForumError.self) { try hand(forum) }
    #expect(error?.kind == kind && error?.description.contains(words) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("hush") == false && error?.description.contains("\u{1B}") == false)
    #expect(forum.server.lines.filter { $0.hasPrefix("POST") }.count == 1)
  }

  @Test("I5: a hook that is not there, breaks off, says nothing or too much, is asked again later")
  func unavailable() throws {
    let gone = WebForum { _ in "" }
    gone.server.shutDown()
    #expect(throws: ForumError.self) { try hand(gone) }
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"post\": \"1\"}", "no HTTP at all\r\n\r\n"] {
      let error = #expect(throws: ForumError.self) { try hand(WebForum { _ in answer }) }
      #expect(error?.kind == .unavailable, "\(error?.description ?? "")")
    }
    let large = WebForum { _ in WebForum.response(200, String(repeating: " ", count: 10_000_000) + #"{"post":"1"}"#) }
    let error = #expect(throws: ForumError.self) { try hand(large) }
    #expect(error?.description.contains("more than 64 KB") == true)
  }

  @Test("I5: a hook that never answers ends with its time")
  func silence() throws {
    let waits = DispatchSemaphore(value: 0)
    let forum = WebForum { _ in
      waits.wait()
      return ""
    }
    defer { waits.signal() }
    let error = #expect(throws: ForumError.self) { try hand(forum, timeout: 200) }
    #expect(error?.kind == .unavailable)
  }

  @Test("S7: an https hook whose certificate nobody vouches for is told nothing")
  func untrusted() throws {
    let forum = WebForum { _ in WebForum.response(200, #"{"post": "1"}"#) }
    let hook = HTTPHook(url: forum.url.replacing("http:", with: "https:"), secret: "hush", timeout: 5000)
    #expect(throws: ForumError.self) { try hook.hand(.sample) }
    #expect(!forum.server.lines.contains { $0.contains("POST") })
  }
}
