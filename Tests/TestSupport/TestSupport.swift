// TestSupport: what several test targets share.
//
// What it does: gives a test a forum and a ledger with a clock that stands (`ForumFixture`, `TestClock`), in a
// directory that goes with it or, where `WATCHPOST_TEST_POSTGRES` names a server, in schemas of its own
// (`TestDatabase`); a database whose process dies at a chosen commit (`FaultingDatabase`), and one that notes how
// statements find their rows (`ExplainingDatabase`); a peer on a thread of its own (`OtherProcess`); random numbers
// from a seed (`SplitMix64`).
//
// What it refuses: what one target alone needs lives in that target. Nothing here sleeps, opens a port, or reads the
// machine's clock but to end a wait that would never end (`Deadline`).
//
// When it fails: it throws, or traps where the test itself is wrong (`address("no address")`); the test fails both
// ways.
