import Forum
import ForumSources
import Foundation
import Membership
import Mistakes
import Stories
import Text

/// What `check` found; its keys are an interface.
struct CheckReport: Encodable {
  /// A post, and who would get it now.
  struct PostReport: Encodable {
    /// Ids in the forum's database.
    var post, thread, discussion: String
    /// Left out where the thread cannot be found.
    var threadTitle: String?
    /// Left out where the discussion cannot be found.
    var discussionTitle: String?
    /// `pending`, `visible`, `hidden` or `deleted`; only a visible one is mailed.
    var state: String
    /// By the forum's word.
    var createdAt: String
    /// Whether a run has taken it up already: then it was decided by what held at that time.
    var journalled: Bool
    /// How many would get it at once, and in a digest.
    var instant, digest: Int
    /// How many would get nothing, by reason.
    var skipped: [String: Int]
    /// The first.
    var people: [Person]
  }

  /// What one person would get.
  struct Person: Encodable {
    /// The id in the forum's database.
    var participant: String
    var address: String
    /// `instant`, `digest` or `nothing`.
    var gets: String
    /// The watch that brings it: `thread`, `discussion` or `everything`; left out for nothing.
    var watch: String?
    /// Why nothing; left out otherwise.
    var reason: String?
    /// The same for people.
    var because: String
  }

  /// Who may read a discussion, of those who were asked about.
  struct Place: Encodable {
    /// Ids in the forum's database; the post is the newest that can be seen.
    var discussion, post: String
    /// Left out where the discussion cannot be found.
    var title: String?
    /// How many watch it, and how many of them may read it.
    var watchers, readers: Int
    /// Whether these are all who watch it.
    var complete: Bool
    /// How many other people were asked about, and how many of them may read it.
    var others, otherReaders: Int
  }

  /// What the columns of one kind of row held.
  struct Rows: Encodable {
    /// `posts`, `threads`, `discussions`, `people` or `watches`.
    var kind: String
    var count: Int
    var columns: [Column]
    /// Columns that the mapping leaves out.
    var leftOut: [String]
  }

  /// What one column held.
  struct Column: Encodable {
    var column: String
    /// How many rows have something there, and how many nothing.
    var given, empty: Int
    /// How often each value, where they are few.
    var values: [String: Int]?
    /// Of a column of moments.
    var earliest, latest: String?
    /// The same for people.
    var words: String
  }

  /// How long a query took.
  struct Query: Encodable {
    var query: String
    var asked, milliseconds, slowestMilliseconds: Int
    /// The lines of the database's plan, of a query that took half a second or more; left out otherwise.
    var plan: [String]?
  }

  /// One line each, with file, line, query and advice.
  var mistakes: [String]
  /// What is no mistake.
  var remarks: [String]
  /// Whether people's replies by mail can be posted.
  var takesReplies: Bool
  var posts: [PostReport] = []
  /// Those with the newest posts first.
  var discussions: [Place]
  var rows: [Rows]
  var queries: [Query] = []

  /// - Parameter wrong: the mistakes, of rows too.
  init(_ findings: MappingFindings, mistakes wrong: [Mistake], takesReplies: Bool) {
    self.takesReplies = takesReplies
    mistakes = wrong.map(\.description)
    remarks = findings.remarks
    // Beside a mistake it is the query's fault that none is found.
    if findings.posts.isEmpty, mistakes.isEmpty {
      remarks.append("the forum has no post that can be seen: nothing is proved")
    }
    discussions = findings.places.map {
      Place(
        discussion: $0.discussion, post: $0.post, title: $0.title.isEmpty ? nil : $0.title, watchers: $0.watchers,
        readers: $0.readers, complete: $0.isAll, others: $0.others, otherReaders: $0.otherReaders)
    }
    rows = findings.rows.map { rows in
      Rows(
        kind: rows.kind.rawValue, count: rows.count,
        columns: rows.columns.map {
          Column(
            column: $0.column, given: $0.given, empty: $0.empty, values: $0.values.isEmpty ? nil : $0.values,
            earliest: $0.earliest, latest: $0.latest, words: $0.words)
        }, leftOut: rows.leftOut)
    }
  }

  /// Beyond this a query is shown with its plan.
  private static let slow = 0.5

  mutating func addQueries(of forum: SQLForum) throws {
    queries = try forum.queryTimes.map { time in
      Query(
        query: time.question.rawValue, asked: time.asked, milliseconds: Int((time.seconds * 1000).rounded()),
        slowestMilliseconds: Int((time.slowest * 1000).rounded()),
        plan: time.slowest < CheckReport.slow ? nil : try forum.plan(of: time.question))
    }
  }

  /// For people; mistakes are told elsewhere, on standard error.
  var lines: [String] {
    var lines = posts.flatMap { $0.lines + [""] }
    if !discussions.isEmpty {
      lines += ["who may read, by the newest post of each discussion:"] + discussions.map(\.line) + [""]
    }
    if !rows.isEmpty {
      lines += ["what the columns hold, in the rows that were read:"] + rows.flatMap(\.lines) + [""]
    }
    lines += remarks.map { "remark: \($0)" }
    lines.append("query                asked    seconds    slowest")
    for query in queries {
      let numbers = [query.milliseconds, query.slowestMilliseconds].map { String(format: "%.3f", Double($0) / 1000) }
      lines.append(
        query.query.padded(17) + "\(query.asked)".leftPadded(9) + numbers[0].leftPadded(11) + numbers[1].leftPadded(11))
      lines += (query.plan ?? []).map { "    \($0.singleLine(limit: 200))" }
    }
    lines.append(
      takesReplies
        ? "Replies by mail are posted."
        : "Replies by mail are not taken, for want of a section `reply` or forum.reply_hook: mails offer none.")
    if mistakes.isEmpty { lines.append("The queries' answers agree.") }
    return lines
  }
}

extension CheckReport.PostReport {
  init(_ post: Post, _ thread: Forum.Thread?, _ discussion: Discussion?, isJournalled: Bool, _ survey: AudienceSurvey) {
    (self.post, self.thread, self.discussion) = (post.key, post.threadKey, post.discussionKey)
    threadTitle = thread?.title
    discussionTitle = discussion?.title
    state = post.visibility.rawValue
    createdAt = post.createdAt.description
    journalled = isJournalled
    (instant, digest) = (survey.instant, survey.digest)
    skipped = Dictionary(uniqueKeysWithValues: survey.skipped.map { ($0.key.rawValue, $0.value) })
    people = survey.first.map(CheckReport.Person.init)
  }

  fileprivate var lines: [String] {
    func named(_ what: String, _ key: String, _ title: String?) -> String {
      "\(what) \(key.singleLine(limit: 40))" + (title.map { " “\($0.singleLine(limit: 60))”" } ?? " (not found)")
    }
    var lines = [
      "post \(post.singleLine(limit: 40)) of \(createdAt), in " + named("thread", thread, threadTitle) + ", "
        + named("discussion", discussion, discussionTitle)
    ]
    if state != Visibility.visible.rawValue { lines.append("  It is \(state): nobody gets it as long as it is.") }
    if journalled { lines.append("  A run has taken it up; this is what would be decided now.") }
    lines.append("  at once \(instant), in a digest \(digest), nothing \(skipped.values.reduce(0, +))")
    for (reason, count) in skipped.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append("    \(count) × \(SkipReason(rawValue: reason)?.words ?? reason)")
    }
    if people.isEmpty { return lines }
    let width = max(4, people.map { $0.participant.singleLine(limit: 40).columns }.max() ?? 0) + 2
    let why = (people.map(\.because.columns).max() ?? 0) + 2
    lines.append("    " + "id".padded(width) + "gets".padded(9) + "because".padded(why) + "address")
    for person in people {
      lines.append(
        "    " + person.participant.singleLine(limit: 40).padded(width)
          + (person.gets == "instant" ? "at once" : person.gets).padded(9) + person.because.padded(why)
          + person.address.singleLine(limit: 80))
    }
    let more = instant + digest + skipped.values.reduce(0, +) - people.count
    if more > 0 { lines.append("    and \(more) more") }
    return lines
  }
}

extension CheckReport.Place {
  fileprivate var line: String {
    let name = title.map { " “\($0.singleLine(limit: 60))”" } ?? " (not found)"
    let more = complete ? "" : "the first "
    let elsewhere = others == 0 ? "" : "; \(otherReaders) of \(others) others"
    return "  discussion \(discussion.singleLine(limit: 40))\(name), post \(post.singleLine(limit: 40)): "
      + "\(readers) of \(more)\(watchers) watchers may read\(elsewhere)"
  }
}

extension CheckReport.Rows {
  fileprivate var lines: [String] {
    var lines = ["  \(kind), \(count) read"]
    // Texts are read of a few rows alone.
    lines += columns.map { column in
      let asked = column.given + column.empty
      let few = asked < count ? " (of the \(asked) that were read with it)" : ""
      return "    " + column.column.padded(16) + column.words + few
    }
    if !leftOut.isEmpty { lines.append("    " + "left out".padded(16) + leftOut.joined(separator: ", ")) }
    return lines
  }
}

extension CheckReport.Person {
  fileprivate init(_ member: AudienceMember) {
    participant = member.watcher.participant.key
    address = member.watcher.participant.address.singleLine(limit: 320)
    switch member.decision {
    case .instant(let scope), .digest(let scope):
      if case .instant = member.decision { gets = "instant" } else { gets = "digest" }
      watch = scope.rawValue
      because = "watches \(scope == .everything ? "everything" : "the \(scope.rawValue)")"
    case .skipped(let skip):
      gets = "nothing"
      reason = skip.rawValue
      because = skip.words
    }
  }
}

extension String {
  /// Filled up with blanks behind, by what a terminal shows.
  fileprivate func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - columns)) }

  /// Filled up with blanks before.
  fileprivate func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - columns)) + self }
}
