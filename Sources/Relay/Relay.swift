// Relay: brings messages to a relay and tells how each of them ended.
//
// What it does: takes messages from a `MessageFeed` one at a time, sends them over kept SMTP connections
// (`SMTPTransport`) or into a Maildir (`MaildirTransport`), and reports one `Outcome` for every message it took. The
// SMTP dialogue is a value without I/O (`Dialogue`); libcurl connects (`CurlConnection`); `SMTPRun` is the loop over
// all connections of a run, on one thread. Where the address that a name leads to does not answer in time, or greets
// with a no, its others are tried (`RelayAddresses`, RFC 5321 section 5.1).
//
// A relay is believed no more than it said: an answer counts for a question that the kernel had before the answer began
// to come (`ReplyInbox`); PIPELINING counts as kept when it was seen to be (`PipeliningTrust`); a 4xx behind accepted
// messages is tried once on a fresh connection before it counts as a person's (`SessionLimit`).
//
// What it refuses: it knows no ledger, no clock of its own, no recipient's history. It never sends in clear text where
// TLS was asked for, and never to another host than loopback without TLS unless the configuration says so (rule S7).
// What an outcome means for a message, a domain or a person is decided elsewhere (DeliveryPolicy).
//
// When it fails: a trouble of the relay ends the run as `RelayTrouble` and spends nobody's attempt (rule S3); a trouble
// of one message ends that message alone; an error of the feed stops new messages, lets those under way finish and is
// then thrown on.
