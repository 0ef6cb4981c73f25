// Mistakes: what an admin wrote wrong, and how they are told.
//
// What it does: one type says where a mistake stands (file, line, key), what it is, and what to write instead; one
// error collects all mistakes of a file. It also finds the word that was probably meant, and makes a hostile text fit
// to be shown in a message.
//
// What it refuses: it reads no file and knows no setting, query or template. Faults of a database, a relay or the
// program itself are no mistakes: they have errors of their own, in the modules that meet them.
//
// When it fails: it does not; it is what the others fail with. The program ends with exit status 78.
