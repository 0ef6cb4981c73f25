// Mailboxes: where mail that comes in is fetched from.
//
// What it does: gives the messages of a mailbox one at a time, each with a name that stays, its size, the moment it
// arrived and its octets, and removes those that whoever asked has recorded (rule I1). A Maildir is read as files; for
// IMAP and POP3 libcurl connects, with TLS and login, and what is said then is read by values without I/O
// (`IMAPReader`, `POP3Reader`). A message is taken by its count, or up to its last dot: nothing that stands in it is
// ever looked at as an answer, which libcurl itself would do with the answer to a command of ours.
//
// What it refuses: it reads no message, knows no ledger, and removes nothing that it was not told to. One message is in
// memory at a time, and none larger than the limit: of a larger one it gives the header and leaves it where it is. What
// a server or a file says is hostile: every line, list and size is bounded (rule X3).
//
// When it fails: `MailboxTrouble` says which mailbox, what went wrong and what to do. What was not recorded is still
// there, and so may be what was: then it comes again under the same name. A message that alone cannot be had is given
// as `unreadable` and stops no other.
