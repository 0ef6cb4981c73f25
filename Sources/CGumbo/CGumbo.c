// gumbo asks for memory by a function and never looks whether it got any. The one here gives pieces of a single block. What
// goes beyond leaves the parser by longjmp, and all its memory goes with the block; gumbo's own way to free a tree
// recurses. The parser itself does not.
//
// What costs it time beyond the text's length is bounded here too, seen by the lists that it lets grow: it doubles a
// list by asking for twice its size and giving the old one back.
#include "CGumbo.h"

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  unit = 16,
  // Sizes up to so many units are used again when they come back.
  classes = 64,
  // The list of open elements is the first thing of this size that the parser asks for: ten pointers.
  first_open = 10,
};

// Stands before each piece; a unit in all.
typedef struct {
  size_t size;
  size_t unused;
} piece;

typedef struct {
  jmp_buf way_out;
  const char *text;
  size_t length;
  unsigned char *next, *limit, *start;
  void *given_back[classes + 1];
  // What was given last.
  void *last;
  // The list of open elements, and for how many it has room.
  void **open;
  size_t room;
  watchpost_html_end end;
  size_t offset;
} arena;

static piece *head(void *place) { return (piece *)((unsigned char *)place - unit); }

static _Noreturn void leave(arena *a, watchpost_html_end end, const char *place) {
  a->end = end;
  if (place && place >= a->text && place < a->text + a->length) a->offset = (size_t)(place - a->text);
  longjmp(a->way_out, 1);
}

static void *give(void *data, size_t size) {
  arena *a = data;
  size_t units = size ? (size + unit - 1) / unit : 1;
  void *place;
  if (units <= classes && a->given_back[units]) {
    place = a->given_back[units];
    memcpy(&a->given_back[units], place, sizeof(void *));
  } else {
    if (units >= (size_t)(a->limit - a->next) / unit) leave(a, WATCHPOST_HTML_LARGE, NULL);
    place = a->next + unit;
    a->next += (units + 1) * unit;
  }
  head(place)->size = size;
  // The parser reads a field of its state before it writes it.
  if (units <= classes) memset(place, 0, units * unit);
  if (!a->open && size == first_open * sizeof(void *)) {
    a->open = place;
    a->room = first_open;
  }
  a->last = place;
  return place;
}

// Whether a word of a list points to a piece of that size.
static int points_to(const arena *a, void *word, size_t size) {
  uintptr_t place = (uintptr_t)word, start = (uintptr_t)a->start;
  return place >= start + unit && place < (uintptr_t)a->next && (place - start) % unit == 0 && head(word)->size == size;
}

static void take_back(void *data, void *place) {
  arena *a = data;
  if (!place) return;
  size_t size = head(place)->size;
  size_t units = size ? (size + unit - 1) / unit : 1;
  int grows = head(a->last)->size == 2 * size && size && !memcmp(a->last, place, size);
  if (grows && place == a->open) {
    a->open = a->last;
    a->room *= 2;
    if (a->room > WATCHPOST_HTML_DEPTH) {
      size_t index = a->room / 2;
      const char *tag = NULL;
      while (index > 0 && !tag) tag = ((GumboNode *)a->open[--index])->v.element.original_tag.data;
      leave(a, WATCHPOST_HTML_DEEP, tag);
    }
  } else if (grows && size == WATCHPOST_HTML_ATTRIBUTES * sizeof(void *)) {
    void **list = place;
    if (points_to(a, list[0], sizeof(GumboAttribute)) && points_to(a, list[1], sizeof(GumboAttribute))) {
      const char *tag = ((GumboAttribute *)list[0])->original_name.data;
      while (tag && tag > a->text && *tag != '<') tag--;
      leave(a, WATCHPOST_HTML_CROWDED, tag);
    }
  }
  if (units <= classes) {
    memcpy(place, &a->given_back[units], sizeof(void *));
    a->given_back[units] = place;
  } else if ((unsigned char *)place + units * unit == a->next) {
    a->next = (unsigned char *)head(place);
  }
}

// What this thread reads just now.
static _Thread_local arena *reading;

// Debian builds gumbo with its assertions, and some sequences of tags fail one: no text of a post may end the program for
// that. The dynamic linker finds this function before the C library's. Whoever else fails an assertion ends as ever.
_Noreturn void __assert_fail(const char *assertion, const char *file, unsigned line, const char *function) {
  if (reading) leave(reading, WATCHPOST_HTML_BROKEN, NULL);
  fprintf(stderr, "%s:%u: %s: Assertion `%s' failed.\n", file, line, function, assertion);
  abort();
}

watchpost_html watchpost_html_read(const char *text, size_t length, size_t budget) {
  arena *a = malloc(sizeof(arena) + unit + budget);
  if (!a) return (watchpost_html){.end = WATCHPOST_HTML_LARGE};
  memset(a, 0, sizeof(arena));
  uintptr_t start = ((uintptr_t)(a + 1) + unit - 1) / unit * unit;
  a->start = a->next = (unsigned char *)start;
  a->limit = a->start + budget;
  a->text = text;
  a->length = length;
  reading = a;
  if (_setjmp(a->way_out)) {
    reading = NULL;
    return (watchpost_html){.end = a->end, .offset = a->offset, .memory = a};
  }
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = give;
  options.deallocator = take_back;
  options.userdata = a;
  options.max_errors = 0;
  const GumboNode *root = gumbo_parse_with_options(&options, text, length)->root;
  reading = NULL;
  return (watchpost_html){.root = root, .end = WATCHPOST_HTML_WHOLE, .memory = a};
}

void watchpost_html_free(watchpost_html read) { free(read.memory); }
