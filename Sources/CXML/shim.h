// libxml2's HTML parser; nothing else.
#ifndef WATCHPOST_CXML_H
#define WATCHPOST_CXML_H

// Foundation brings an ICU of its own; the two may not meet in one Swift module.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED
#include <libxml/HTMLparser.h>
#include <libxml/tree.h>

// xmlFree is a variable that holds a function; Swift cannot call it as one under strict concurrency.
static inline void watchpost_xml_free(void *memory) { xmlFree(memory); }

#endif
