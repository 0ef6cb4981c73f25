/// The questions that a mapping answers.
public enum Question: String, CaseIterable, Sendable {
  /// Where the collector begins.
  case newest
  /// What is new.
  case postsAfter = "posts_after"
  /// What came late, where ordinals were passed over (rule C2).
  case postsWithin = "posts_within"
  /// A post as it stands now, before its mail is built.
  case posts
  /// What waited for approval before the first run.
  case pending
  /// The files of a post, for its mails.
  case attachments
  /// Titles and links for mails.
  case threads
  /// Titles, links and slugs for mails.
  case discussions
  /// For last calls (rule D3).
  case closing
  /// For fan-out, a page at a time (rule F6).
  case watchers
  /// For asking again before a mail goes (rule F3).
  case watchersAmong = "watchers_among"
  /// For commands, and for people whom the ledger knows.
  case participants
  /// For what an admin types.
  case findParticipant = "find_participant"
  /// For showing somebody what they watch.
  case watches
  /// For the right to read (rule F3).
  case readers
  /// Spares asking for the readers of what is public.
  case open
  /// For moving digests when their readers choose anew.
  case changes

  /// What the query is for, as the error about a missing one says it.
  public var purpose: String {
    switch self {
    case .newest: "the largest ordinal of all posts, in a column `ordinal`"
    case .postsAfter: "posts of every state with an ordinal above :after, ascending, at most :limit"
    case .postsWithin: "posts of every state with an ordinal from :first to :last, ascending, at most :limit"
    case .posts: "the posts whose id is in (:keys)"
    case .pending: "posts that wait for approval"
    case .attachments: "the files of the posts whose id is in (:keys) (columns `post`, `name`, `size`, `url`)"
    case .threads: "the threads whose id is in (:keys)"
    case .discussions: "the discussions whose id is in (:keys)"
    case .closing: "discussions that close from :from on and before :until (seconds since 1970)"
    case .watchers:
      "participants after :after who watch :thread, :discussion or everything, by key, at most :limit rows"
    case .watchersAmong: "the same for the participants in (:keys)"
    case .participants: "the participants whose id is in (:keys)"
    case .findParticipant: "the participants whose address or account name is :text"
    case .watches: "the watches of :participant (columns `scope`, `target`, `title`)"
    case .readers: "which participants in (:keys) may read :post of :thread in :discussion"
    case .open:
      "a row if everybody who may sign in may read :post of :thread in :discussion; then `readers` is not asked"
    case .changes:
      """
      participants whose preferences or watches changed after :after (columns `mark` and `participant`), \
      at most :limit
      """
    }
  }

  /// Whether a mapping is refused without it. Of `readers`, `Mapping` asks for one thing or the other.
  var isRequired: Bool {
    switch self {
    case .attachments, .closing, .changes, .readers, .open, .findParticipant, .watches: false
    default: true
    }
  }

  /// The names of the parameters that the query may use; `keys` is a list.
  var parameters: [String] {
    switch self {
    case .newest, .pending: []
    case .postsAfter, .changes: ["after", "limit"]
    case .postsWithin: ["first", "last", "limit"]
    case .posts, .attachments, .threads, .discussions, .participants: ["keys"]
    case .closing: ["from", "until"]
    case .watchers: ["thread", "discussion", "after", "limit"]
    case .watchersAmong: ["thread", "discussion", "keys"]
    case .findParticipant: ["text"]
    case .watches: ["participant"]
    case .readers: ["post", "thread", "discussion", "keys"]
    case .open: ["post", "thread", "discussion"]
    }
  }
}
