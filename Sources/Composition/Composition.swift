// Composition: posts into messages.
//
// What it does: renders a post once for all readers of a language (`Composer.prepare`), and from that writes each
// person's own copy (`instant`) or one part of a digest (`digest`): header, text, HTML, reply address, the way to stop.
// HTML and Markdown of posts are reduced to an allow-list; layouts and phrases come from `TemplateSet`.
//
// What it refuses: it decides nothing (who, when, which posts), reads no clock, no database and no network, and loads
// no part of a mail from anywhere. It trusts no field of a post or a person: names, titles, addresses, texts and ids
// may hold anything, and the message is valid all the same (rule X1).
//
// When it fails: `prepare` and `digest` throw `CompositionError` for what the caller got wrong (a signing key that the
// ring does not hold, no post). Templates are checked when they are loaded. Whatever a text holds is no failure.
