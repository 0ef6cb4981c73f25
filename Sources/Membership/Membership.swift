// Membership: what forum, ledger and configuration know of people, put together.
//
// What it does: finds a person, resolves their preferences, changes them and their watches wherever these are kept,
// says who may have a post and why not (`Audience`), loads journalled posts as they stand now (`JournalledPosts`), and
// moves a digest when its reader's choices change. Jobs, commands and pages ask here, so that they all give one answer.
//
// What it refuses: the decision itself is `Watcher.decide`, a pure function; here is only what it is asked with. It
// sends nothing, writes no mail and keeps no state of its own.
//
// When it fails: what the forum or the ledger throws is thrown on; a name that fits nobody, or several, is
// `Members.NotFound`.
