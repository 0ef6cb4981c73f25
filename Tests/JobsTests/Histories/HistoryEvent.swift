import TestSupport

/// One thing that happens: in the forum, to the machine, at the relay, or a run.
///
/// Posts have numbers of the history's own, which no restore gives again; people, threads and discussions are counted
/// from 1 and are there from the beginning. An event whose post is not there does nothing, so that any part of a history
/// is a history.
enum HistoryEvent: Hashable, Sendable {
  /// What a watch is on.
  enum Place: Hashable, Sendable {
    case thread(Int)
    case discussion(Int)
    case everything
  }

  /// A row that cannot be read, or used.
  enum Fault: Hashable, Sendable {
    case postDate(Int)
    case postVisibility(Int)
    case pause(person: Int)
    case watch(person: Int)
    case address(person: Int)
    case closing(discussion: Int)
  }

  /// How the relay answers until it is said otherwise.
  enum Weather: Hashable, Sendable, CaseIterable {
    case good, down, later, policy, mixed, uncertain, lost
    /// `550 5.1.1` to everybody.
    case unknown
  }

  enum Steps: Hashable, Sendable, CaseIterable {
    case all, dispatch, digest, collect, decide, deliver
  }

  /// What befalls a run.
  enum Mishap: Hashable, Sendable {
    case none
    /// The process dies at this commit, before it or after it.
    case dies(commit: Int, after: Bool)
    /// It dies at the next commit after this mail was handed over.
    case diesSending(mail: Int, after: Bool)
    /// The forum cannot be asked from this question on.
    case forumDown(question: Int)
    /// While this mail is under way another process runs all steps.
    case other(mail: Int)
    /// The clock steps while this mail is under way, and back after the run.
    case clockSteps(Int64, mail: Int)
  }

  enum Store: Hashable, Sendable { case forum, ledger }

  case post(Int, thread: Int, author: Int?, isPending: Bool, isUrgent: Bool)
  case burst(first: Int, count: Int, thread: Int)
  /// Made visible; the forum may write down when.
  case show(Int, isDated: Bool)
  case hide(Int)
  case delete(Int)
  case erase(Int)
  case edit(Int)
  case movePost(Int, thread: Int)
  case moveThread(Int, discussion: Int)
  case watch(Int, Place, isMute: Bool, mode: String?)
  case unwatch(Int, Place)
  case mode(Int, String?)
  case digest(Int, isWeekly: Bool, hour: Int, zone: String, language: String)
  case pause(Int, seconds: Int64?)
  case account(Int, isActive: Bool)
  case ownPosts(Int, Bool)
  case suppress(Int, Bool)
  case privacy(discussion: Int, Bool)
  case member(Int, discussion: Int, Bool)
  case closing(discussion: Int, seconds: Int64?)
  case spoil(Fault)
  case mend(Fault)
  case wait(Int64)
  /// The machine's clock is wrong by so many seconds until the next run is over.
  case clock(Int64)
  case relay(Weather)
  case run(Steps, Mishap)
  case backUp(Store)
  case restore(Store)
  /// The admin's word about what is held after a restore.
  case resume(all: Bool)
  /// The admin lets go whatever else is held.
  case release
}

extension HistoryEvent: CustomStringConvertible {
  var description: String {
    switch self {
    case .post(let post, let thread, let author, let isPending, let isUrgent):
      "post \(post) in thread \(thread) by \(author.map { "p\($0)" } ?? "a guest")"
        + (isPending ? ", pending" : "") + (isUrgent ? ", urgent" : "")
    case .burst(let first, let count, let thread): "posts \(first) to \(first + count - 1) in thread \(thread)"
    case .show(let post, let isDated): "post \(post) is shown\(isDated ? ", and dated" : "")"
    case .hide(let post): "post \(post) is hidden"
    case .delete(let post): "post \(post) is deleted"
    case .erase(let post): "post \(post) is erased, row and all"
    case .edit(let post): "post \(post) is edited"
    case .movePost(let post, let thread): "post \(post) is moved to thread \(thread)"
    case .moveThread(let thread, let discussion): "thread \(thread) is moved to discussion \(discussion)"
    case .watch(let person, let place, let isMute, let mode):
      "p\(person) \(isMute ? "mutes" : "watches") \(place)\(mode.map { ", \($0)" } ?? "")"
    case .unwatch(let person, let place): "p\(person) gives up the wish for \(place)"
    case .mode(let person, let mode): "p\(person) chooses \(mode ?? "the default mode")"
    case .digest(let person, let isWeekly, let hour, let zone, let language):
      "p\(person) wants digests \(isWeekly ? "weekly" : "daily") at \(hour), \(zone), \(language)"
    case .pause(let person, let seconds):
      "p\(person) \(seconds.map { "pauses for \($0) s" } ?? "pauses no longer")"
    case .account(let person, let isActive): "the account of p\(person) is \(isActive ? "opened" : "closed")"
    case .ownPosts(let person, let wants): "p\(person) wants \(wants ? "" : "no ")copies of their own posts"
    case .suppress(let person, let isOn): "the address of p\(person) is \(isOn ? "" : "no longer ")suppressed"
    case .privacy(let discussion, let isOn): "discussion \(discussion) becomes \(isOn ? "private" : "public")"
    case .member(let person, let discussion, let isOn):
      "p\(person) may \(isOn ? "" : "not ")read discussion \(discussion) where it is private"
    case .closing(let discussion, let seconds):
      "discussion \(discussion) closes \(seconds.map { "in \($0) s" } ?? "never")"
    case .spoil(let fault): "a row becomes unreadable: \(fault)"
    case .mend(let fault): "that row is mended: \(fault)"
    case .wait(let seconds): "\(seconds) s pass"
    case .clock(let seconds): "the clock goes wrong by \(seconds) s until the next run is over"
    case .relay(let weather): "the relay: \(weather)"
    case .run(let steps, let mishap): "run \(steps)\(mishap == .none ? "" : ", \(mishap)")"
    case .backUp(let store): "a backup of the \(store)"
    case .restore(let store): "the \(store) is restored from its backup"
    case .resume(let all): "resume --from \(all ? "all" : "now")"
    case .release: "the admin releases what is held"
    }
  }
}
