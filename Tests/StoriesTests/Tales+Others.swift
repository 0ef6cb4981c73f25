import DeliveryPolicy
import Forum
import Identifiers
import Stories
import Time

@testable import Ledger

extension Tales {
  /// Nothing is decided about these.
  static let undecided: [String: StoryRows] = {
    let fault = RowFault(
      .post, key: "77", query: "embedded, query posts", column: "created_at", value: "soon",
      complaint: "is no moment in UTC")
    let person = RowFault(
      .participant, key: "7", query: "embedded, query watchers", column: "mode", value: "daily",
      complaint: "is none of: instant, digest, off")
    func post(_ place: StoryRows.Place, _ change: (inout StoryRows) -> Void = { _ in }) -> StoryRows {
      with(journalled) {
        $0.place = place
        change(&$0)
      }
    }
    let resting = StoryRows.Place.resting(visibleAt: start, until: start + 3600)
    return [
      "undecided-unseen": post(.unknown),
      "undecided-restored-forum": post(.unknown) { $0.holds = [.forum] },
      "undecided-pending": post(.pending(since: start)) {
        $0.post?.visibility = .pending
        $0.prediction = nil
      },
      "undecided-resting": post(resting),
      "undecided-flood": post(resting) { $0.holds = [.flood] },
      "undecided-restored-ledger": post(resting) { $0.holds = [.ledger] },
      "undecided-unreadable-post": post(.setAside(fault, since: start)) { $0.prediction = nil },
      "undecided-left-out": post(.leftOut(begunAt: start)),
      "undecided-deciding": with(journalled) { $0.awaitsFanOut = true },
      "undecided-doubted": with(journalled) {
        $0.awaitsFanOut = true
        $0.isDoubted = true
      },
      "undecided-unreadable-person": with(journalled) {
        $0.personFault = person
        $0.prediction = .skipped(.unreadablePerson)
      },
      "undecided-unwatched": with(journalled) { $0.prediction = .skipped(.olderThanWatch) },
      "undecided-forgotten": with(journalled) { $0.forgottenBefore = start + 1000 },
    ]
  }()

  /// What is worth a story of its own.
  static let others: [String: StoryRows] = [
    "urgent": with(sent) { $0.place = .journalled(at: start, visibleAt: start, due: start, isUrgent: true) },
    "digest-part": with(part) {
      $0.deliveries[0].state = .sent
      $0.deliveries[0].endedAt = start + 960
      $0.attempts = [attempt(1, .accepted, "250 2.0.0 OK", at: 960, delivery: 50)]
    },
    "digest-without-slot": with(digest) { $0.slot = nil },
    "digest-late-slot": with(digest) { $0.slot = .init(person: 1, due: start, date: nil, kind: .catchUp) },
    "digest-out-of-sight": with(digest) {
      $0.slot = nil
      $0.withdrawnSince = start + 1000
    },
    "returned": with(sent) {
      var excused = FailureEvent(
        delivery: 41, person: 1, address: "ana@example.net", severity: .soft, source: .report, status: "5.2.2",
        diagnostic: "mailbox full", at: start + 700)
      excused.isExcused = true
      $0.failures = [excused]
    },
    "decided-by-an-older-program": with(sent) { $0.decisions[0].decidedAt = nil },
    "sent-twice": with(sent) {
      $0.decisions.append(.init(generation: 1, decision: .instant(.thread), delivery: 60, decidedAt: start + 1000))
      $0.deliveries.append(.init(id: 60, person: 1, post: 5, state: .queued, due: start + 1000))
    },
    "decided-by-a-newer-program": with(journalled) { $0.decisions = [.init(decision: nil, decidedAt: start + 126)] },
    "gone-from-the-forum": with(sent) {
      $0.reader.name = ""
      $0.post?.visibility = nil
      $0.prediction = nil
    },
    "notice": with(StoryRows(now: start + 1800, reader: journalled.reader)) {
      $0.deliveries = [
        .init(
          id: 70, person: 1, notice: 4, state: .sent, due: start, endedAt: start + 60, createdAt: start)
      ]
      $0.topics = [70: "lifted"]
      $0.attempts = [attempt(1, .accepted, "250 2.0.0 OK", at: 60, delivery: 70)]
    },
    "part-as-a-whole": with(StoryRows(now: start + 1800, reader: journalled.reader)) {
      $0.deliveries = part.deliveries
      $0.digests = part.digests
      $0.partPosts = part.partPosts
    },
  ]
}
