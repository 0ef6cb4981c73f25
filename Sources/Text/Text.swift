// Text: what people wrote, made fit to be shown.
//
// What it does: takes out of a text what is no text (controls, line ends in a name, marks that turn the reading
// direction of what follows), cuts it to a size, wraps it to a width as scripts allow it, and escapes it for HTML.
//
// What it refuses: it knows no markup, no language's words and no mail. It never fails: whatever comes in, what comes
// out is clean.
//
// When it fails: it does not; what cannot be shown is left out or cut, and the cut is marked with `…`.
