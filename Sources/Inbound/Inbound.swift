// Inbound: mail that comes in, read.
//
// What it does: makes our own values of a message's octets (`MessageReader`: header fields decoded, parts as a tree,
// text in Unicode), says what kind of message it is (`Classification`), reads what reports say of recipients
// (`RecipientReport`), and finds what a person wrote in a reply (`ReplyText`) and which files they sent with it
// (`AttachedFile`, `FileKind`).
//
// What it refuses: it does no I/O, sends nothing, knows no forum, no ledger and no clock, and believes nobody. Whether
// a bounce is of a delivery of ours, or a reply from the person that it names, is for others to ask.
//
// When it fails: it does not. Any octets end in a value (rule X3). What lies beyond the bounds (`ReadingBounds`) is
// left out, and the message says so. GMime parses; its memory is owned by `ParsedMessage` alone.
