// SQL: a small seam to a relational database: run, query, bulk insert, transaction, migrate.
//
// What it does: runs one dialect of SQL that SQLite and PostgreSQL share, with parameters written `$1`, `$2` …; the few
// words that differ stand in `Dialect`. `openDatabase` tells from a name which of the two it is. Calls block; a
// connection belongs to one closure and must not leave it. To add a database, conform a type to `Database`, give
// `Dialect` its case and `openDatabase` its name; then see to every place that compares a dialect (`==`, `own`), and to
// what is no common SQL in the ledger's statements (ON CONFLICT, RETURNING, partial indexes).
//
// What it refuses: no records, no query building, no schema of its own but the version number. A value never becomes
// part of a statement's text.
//
// When it fails: every call throws `DatabaseError`. A transaction whose closure throws leaves nothing behind.
