// Mail: what mail is, whoever sends it.
//
// What it does: reads and compares addresses and hosts, reads a server's replies, writes header fields, encoded words
// and transfer encodings, and makes Message-IDs. What comes in must be defined by an RFC, and its comment names which.
//
// What it refuses: it knows no forum, no database, no network and no clock. It writes nothing that a header field or an
// address could not carry: a line end in a name or a subject never becomes a field of its own (rule X1).
//
// When it fails: a text that is no address is `Address.Invalid`; an answer that is none is nil. Hostile octets are
// replaced, left out or refused, never passed on.
