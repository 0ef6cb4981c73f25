// Composition: posts, and what there is to tell a person, into messages.
//
// What it does: `MailWriter` is the one way from what a mail carries (`MailContent`) to its octets. A post is rendered
// once for all readers of a language (`Composer.prepare`); from that comes each person's own copy (`instant`) or one
// part of a digest (`digest`): header, text, HTML, reply address, the way to stop. HTML, Markdown, BBCode and Textile
// of posts are reduced to one allow-list; layouts and phrases come from `TemplateSet`. What is told besides posts,
// answers to what people sent above all, is a `Notice`: a value that the ledger keeps until it is sent.
//
// What it refuses: it decides nothing (who, when, which posts), reads no clock, no database and no network, and loads
// no part of a mail from anywhere. It trusts no field of a post or a person: names, titles, addresses, texts and ids
// may hold anything, and the message is valid all the same (rule X1).
//
// When it fails: `prepare` and `digest` throw `CompositionError` for what the caller got wrong (a signing key that the
// ring does not hold, no post, JSON that is no notice). What is wrong in a template or a phrase is a
// `ConfigurationError` with file and line when it is loaded. Whatever a text holds is no failure.
