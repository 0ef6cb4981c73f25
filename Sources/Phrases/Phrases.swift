// Phrases: what Watchpost says to participants, in six languages.
//
// What it does: keeps one text for each phrase and language, in files that an admin can replace (`words.fr`), fills in
// their placeholders as text or as HTML, knows each language's plural forms, and writes dates as its readers do. Mails
// speak by it; pages and answers will.
//
// What it refuses: it knows no mail, no layout and no post. A phrase that a language lacks, or that has another
// placeholder than it must have, is refused when it is loaded, not when it is said.
//
// When it fails: what is wrong in a file is a `Mistake` with file and line.
