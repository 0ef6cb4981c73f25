// Forum: posts, people and watches, and what is decided about them.
//
// What it does: says who hears of a post and why not (`Watcher.decide`), when a digest is due (`DigestSlot.next`), and
// what holds for a person when several places know of their choices (`Preferences.resolved`). It names what a forum
// must answer (`ForumReader`), may be told (`ForumWriter`) and may keep (`PreferenceKeeper`).
//
// What it refuses: it reads no forum, no ledger, no file and no clock; moments come in as parameters. It knows no mail
// and no language's words.
//
// When it fails: decisions do not. `ForumError` is here for those who read a forum: it says whether waiting helps, or
// the mapping, a row or a key has to be mended.
