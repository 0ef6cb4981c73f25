// gumbo, Debian's parser of the HTML standard, with bounds that it does not have by itself.
#ifndef WATCHPOST_CGUMBO_H
#define WATCHPOST_CGUMBO_H

#include <gumbo.h>

// How far a text was read.
typedef enum {
  // To its end.
  WATCHPOST_HTML_WHOLE,
  // The tree grew beyond the budget.
  WATCHPOST_HTML_LARGE,
  // More than WATCHPOST_HTML_DEPTH elements are open in each other. Each tag and each letter may walk through all.
  WATCHPOST_HTML_DEEP,
  // A tag has more than WATCHPOST_HTML_ATTRIBUTES, which are compared each with each.
  WATCHPOST_HTML_CROWDED,
  // The parser met a case that it says cannot be.
  WATCHPOST_HTML_BROKEN,
} watchpost_html_end;

enum { WATCHPOST_HTML_DEPTH = 640, WATCHPOST_HTML_ATTRIBUTES = 128 };

typedef struct {
  // The element `html`; NULL unless the text was read to its end.
  const GumboNode *root;
  watchpost_html_end end;
  // Where the tag begins that was too much, in octets from the text's start; 0 where that is not known.
  size_t offset;
  // Everything that the tree is made of, in one piece.
  void *memory;
} watchpost_html;

// Reads `length` octets of UTF-8, without a zero, as a page. The tree points into `text` and holds
// at most `budget` octets; it is freed with `watchpost_html_free`, in all cases.
watchpost_html watchpost_html_read(const char *text, size_t length, size_t budget);
void watchpost_html_free(watchpost_html read);

#endif
