import Forum
import Synchronization
import TestSupport
import Testing
import Time

@testable import ReplyHooks

/// Takes everything, and keeps it.
private final class OpenHook: ReplyHook {
  private let kept = Mutex<[ReplyRequest]>([])
  private let post: @Sendable (ReplyRequest) throws -> ReplyAnswer
  var seen: [ReplyRequest] { kept.withLock { $0 } }

  init(_ post: @escaping @Sendable (ReplyRequest) throws -> ReplyAnswer) { self.post = post }

  func hand(_ request: ReplyRequest) throws -> ReplyAnswer {
    kept.withLock { $0.append(request) }
    return try post(request)
  }
}

@Suite struct HookedReplyPosterTests {
  private let fixture: ForumFixture
  private let hook: OpenHook

  init() throws {
    let fixture = try ForumFixture()
    self.fixture = fixture
    hook = OpenHook { request in
      .posted(key: try fixture.post(in: request.thread, by: request.author, request.text), isPending: false)
    }
  }

  private func post(
    _ parent: String, arrivedAt: Timestamp? = nil, over hook: (any ReplyHook)? = nil,
    pause: @escaping @Sendable () -> Void = {}
  ) throws -> ReplyAnswer {
    let now = fixture.clock.now
    return try HookedReplyPoster(fixture.source, hook ?? self.hook, place: "w.yaml: forum.reply_hook", pause: pause)
      .post(
        ReplyDraft(
          mailKey: "k", author: "1", parent: parent, body: "Yes, of course.", arrivedAt: arrivedAt ?? now, now: now))
  }

  @Test("I5: the hook is told where the answered post stands")
  func place() throws {
    let ana = try fixture.participant("ana")
    let thread = try fixture.thread()
    let parent = try fixture.post(in: thread, by: ana, "I agree.")
    #expect(try post(parent) == .posted(key: "2", isPending: false))
    #expect(hook.seen.map(\.thread) == [thread] && hook.seen.map(\.discussion) == [fixture.discussion])
    #expect(hook.seen.map(\.parent) == [parent] && hook.seen.map(\.text) == ["Yes, of course."])
  }

  @Test("I7: what the forum's queries rule out never reaches the hook; when it arrived decides")
  func refused() throws {
    let ana = try fixture.participant("ana")
    let now = fixture.clock.now
    let closed = try fixture.writer.addDiscussion(title: "Over", slug: "over", url: nil, closesAt: now - 60)
    let parent = try fixture.post(in: fixture.thread(in: closed), by: ana, "Late?")
    #expect(try post(parent) == .refused(.discussionClosed))
    #expect(try post("999") == .refused(.postGone))
    #expect(hook.seen.isEmpty)
    #expect(try post(parent, arrivedAt: now - 120) == .posted(key: "2", isPending: false))
  }

  @Test(
    "I5, E8: what the program says to have posted is read back: another post, or none, is no reply",
    arguments: [
      ("the answered post", "is of participant 2, and the reply of participant 1"), ("none", "is not found by its id"),
      ("no key", "is not found by its id"), ("elsewhere", "stands in thread 2, and what it answers in 1"),
      ("by somebody else", "is of participant 2, and the reply of participant 1"),
      ("without its text", "does not have the reply's text"), ("late", "is of "),
      ("unapproved", "is pending, and was said to be visible"),
    ])
  func unlike(_ way: String, _ words: String) throws {
    let (ana, ben) = (try fixture.participant("ana"), try fixture.participant("ben"))
    let (thread, other) = (try fixture.thread(), try fixture.thread("Maize"))
    let parent = try fixture.post(in: thread, by: ben, "I agree.")
    let fixture = fixture
    let hook = OpenHook { request in
      let key =
        switch way {
        case "the answered post": request.parent
        case "none": "999"
        case "no key": "a/b"
        case "elsewhere": try fixture.post(in: other, by: ana, request.text)
        case "by somebody else": try fixture.post(in: thread, by: ben, request.text)
        case "without its text": try fixture.post(in: thread, by: ana, "Posted by mail.")
        case "unapproved": try fixture.post(in: thread, by: ana, request.text, state: .pending)
        default:
          try fixture.writer.addPost(
            thread: thread, author: ana, body: request.text, subject: "", state: .visible, isUrgent: false,
            at: fixture.clock.now - 3600)
        }
      return .posted(key: key, isPending: false)
    }
    guard case .unlike(_, let told) = try post(parent, over: hook) else {
      Issue.record("taken for a reply: \(way)")
      return
    }
    #expect(told.hasPrefix("w.yaml: forum.reply_hook: the program answers ") && told.contains(words), "\(told)")
    #expect(hook.seen.count == 1)
  }

  @Test("I5: a post that the database shows a little later is waited for")
  func behind() throws {
    let ana = try fixture.participant("ana")
    let thread = try fixture.thread()
    let parent = try fixture.post(in: thread, by: ana, "I agree.")
    let (hook, fixture) = (OpenHook { _ in .posted(key: "2", isPending: false) }, fixture)
    let answer = try post(parent, over: hook) {
      #expect(throws: Never.self) { try fixture.post(in: thread, by: ana, "Yes, of course.") }
    }
    #expect(answer == .posted(key: "2", isPending: false))
  }
}
