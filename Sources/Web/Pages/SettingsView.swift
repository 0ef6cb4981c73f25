import Forum
import Ledger
import Time

/// What a person's page shows; a value, so that the page follows from it alone.
struct SettingsView {
  /// The watch by which a mail came, where the page was opened by its link.
  enum Stop: Hashable {
    /// A thread that is watched, by a watch of that scope; its title where the person may still read it.
    case watched(WatchScope, thread: String, discussion: String)
    /// It is not watched any more: a watch of that scope, as far as is known; its title where the person may read it.
    case unwatched(Unwatched)
    /// Everything, and whether anything comes.
    case all(comes: Bool)
    /// The thread is there no more.
    case gone
  }

  /// What a link's button has ended, or another did, and gives back.
  struct Unwatched: Hashable {
    var scope: WatchScope
    /// Of the thread or discussion; may be empty.
    var title: String
    /// The mode that it had of its own.
    var mode: Mode?
  }

  /// One watch or mute.
  struct Watched {
    /// `thread:12`, what the form calls it.
    var name: String
    var scope: WatchScope
    /// Empty for everything, and where the forum does not tell.
    var title: String
    var mode: Mode?
    var isMute: Bool
  }

  enum Address {
    case good
    case returned(since: Timestamp, answer: String, canLift: Bool)
    case stopped(since: Timestamp)
  }

  /// Where the page's forms go, behind the base.
  var here: String
  /// Proves that a form is of this page.
  var proof: String
  /// nil unless a mail's link opened the page.
  var stop: Stop?
  /// The mail is too old for its link to show more.
  var isOld = false
  /// In full for who is signed in, else masked.
  var account: String
  var preferences: EffectivePreferences
  /// Whether the zone was chosen by anybody.
  var hasZone: Bool
  var fixed: Set<SettingsForm.Field>
  var now: Timestamp
  var address: Address = .good
  /// The one whose own page it is; nil for the page of all.
  var watch: Watched?
  /// One page of them.
  var watches: [Watched] = []
  var page = 1
  var pages = 1
  /// When the next digest is due, where they get digests.
  var nextDigest: Timestamp?
  /// Not shown to who came by a mail's link.
  var hidden = 0
}
