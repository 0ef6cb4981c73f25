// Time: moments, dates and lengths of time, as values.
//
// What it does: counts in whole seconds since 1970 in UTC, turns moments into dates of the Gregorian calendar and back,
// and reads and writes both as ISO 8601 and as mail's `Date` field has them. The one calendar of the program stands
// here.
//
// It also judges what clocks show against what was agreed on before (`AgreedClock`).
//
// What it refuses: it has no clock. The present moment comes in as a parameter everywhere, from the edge of the
// program. It knows no time zone: whoever has a zone's offset adds it to the moment.
//
// When it fails: a text that is no moment or date gives nil; nothing here throws.
