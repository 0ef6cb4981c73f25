// Tokens: signed names that Watchpost puts into its mails and finds again in what comes back.
//
// What it does: a token says what it names (`TokenSubject`) and carries an HMAC-SHA-256 over that, cut to 80 bits. It
// is lower-case base32 without padding, so that mail systems that fold case leave it intact, and short enough for a
// 64-octet local part behind `reply+`. A ring masks tokens that stand where others read them.
//
// What it refuses: it reads no clock and no file. Keys come in as a `KeyRing`; lifetimes are judged by whoever asks.
//
// When it fails: a token whose signature does not hold, of whatever form, is nil; an empty ring or a key that is too
// short is refused when the ring is made.
