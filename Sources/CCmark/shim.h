// cmark-gfm: CommonMark with GitHub's extensions; nothing else.
#ifndef WATCHPOST_CCMARK_H
#define WATCHPOST_CCMARK_H

#include <cmark-gfm.h>
#include <cmark-gfm-core-extensions.h>
#include <stdlib.h>

// The HTML that cmark returns is the caller's to free, with the allocator that made it.
static inline void watchpost_cmark_free(char *text) { free(text); }

#endif
