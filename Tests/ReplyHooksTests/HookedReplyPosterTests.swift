import Forum
import Synchronization
import TestSupport
import Testing
import Time

@testable import ReplyHooks

/// Takes everything, and keeps it.
private final class OpenHook: ReplyHook {
  private let kept = Mutex<[ReplyRequest]>([])
  var seen: [ReplyRequest] { kept.withLock { $0 } }

  func hand(_ request: ReplyRequest) -> ReplyAnswer {
    kept.withLock { $0.append(request) }
    return .posted(key: "1", isPending: false)
  }
}

@Suite struct HookedReplyPosterTests {
  private let fixture: ForumFixture
  private let hook = OpenHook()

  init() throws { fixture = try ForumFixture() }

  private func post(_ parent: String, arrivedAt: Timestamp? = nil) throws -> ReplyAnswer {
    let now = fixture.clock.now
    return try HookedReplyPoster(fixture.source, hook).post(
      ReplyDraft(mailKey: "k", author: "1", parent: parent, body: "Yes.", arrivedAt: arrivedAt ?? now, now: now))
  }

  @Test("I5: the hook is told where the answered post stands")
  func place() throws {
    let ana = try fixture.participant("ana")
    let thread = try fixture.thread()
    let parent = try fixture.post(in: thread, by: ana, "I agree.")
    #expect(try post(parent) == .posted(key: "1", isPending: false))
    #expect(hook.seen.map(\.thread) == [thread] && hook.seen.map(\.discussion) == [fixture.discussion])
    #expect(hook.seen.map(\.parent) == [parent] && hook.seen.map(\.text) == ["Yes."])
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
    #expect(try post(parent, arrivedAt: now - 120) == .posted(key: "1", isPending: false))
  }
}
