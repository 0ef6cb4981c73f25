// Web: the pages on which participants decide about their mail (rules P1, P2, P4, X4).
//
// What it does: answers a `Visit` with a `PageAnswer`: a person's settings, reached by a mail's signed link or by one
// that signs them in; one-click unsubscribe (RFC 8058); the state of their address. `PagesServer` puts that behind
// HTTP. Pages are plain HTML that works without JavaScript, in the six languages.
//
// What it refuses: it decides nothing about mail and has no SQL: it asks and changes through Membership and the ledger,
// as commands by mail do. GET and HEAD change nothing. A mail's link shows no address and nothing that is not open to
// everybody, and never signs in: mails are forwarded. No answer says whether an address is known. No link, cookie or
// address is logged. It speaks plain HTTP: a web server in front of it has the certificate.
//
// When it fails: a form that is stale or cannot be read changes nothing, and says so; where forum or ledger cannot be
// asked the answer is 503 with words for the visitor, and a line in the log.
