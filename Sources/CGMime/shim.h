// GMime's parser; nothing else. GObject's casts and type tests are macros, which Swift cannot call.
#ifndef WATCHPOST_CGMIME_H
#define WATCHPOST_CGMIME_H

#include <gmime/gmime.h>

typedef enum { WATCHPOST_GMIME_LEAF, WATCHPOST_GMIME_MULTIPART, WATCHPOST_GMIME_MESSAGE } watchpost_gmime_kind;

static inline watchpost_gmime_kind watchpost_gmime_kind_of(GMimeObject *object) {
  if (GMIME_IS_MULTIPART(object)) return WATCHPOST_GMIME_MULTIPART;
  if (GMIME_IS_MESSAGE_PART(object)) return WATCHPOST_GMIME_MESSAGE;
  return WATCHPOST_GMIME_LEAF;
}

static inline int watchpost_gmime_count(GMimeObject *multipart) {
  return g_mime_multipart_get_count(GMIME_MULTIPART(multipart));
}

static inline GMimeObject *watchpost_gmime_part(GMimeObject *multipart, int index) {
  return g_mime_multipart_get_part(GMIME_MULTIPART(multipart), index);
}

// What stands in front of the first part, or NULL.
static inline const char *watchpost_gmime_prologue(GMimeObject *multipart) {
  return g_mime_multipart_get_prologue(GMIME_MULTIPART(multipart));
}

// What a message/rfc822 part holds, or NULL.
static inline GMimeMessage *watchpost_gmime_message(GMimeObject *part) {
  return g_mime_message_part_get_message(GMIME_MESSAGE_PART(part));
}

static inline GMimeObject *watchpost_gmime_object(GMimeMessage *message) { return GMIME_OBJECT(message); }

// The content of a leaf, or NULL: one that is no part of GMime's kind, or one without content.
static inline GMimeDataWrapper *watchpost_gmime_content(GMimeObject *leaf) {
  return GMIME_IS_PART(leaf) ? g_mime_part_get_content(GMIME_PART(leaf)) : NULL;
}

static inline const char *watchpost_gmime_filename(GMimeObject *leaf) {
  return GMIME_IS_PART(leaf) ? g_mime_part_get_filename(GMIME_PART(leaf)) : NULL;
}

// The octets that a stream in memory has taken; they are the stream's.
static inline GByteArray *watchpost_gmime_octets(GMimeStream *memory) {
  return g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
}

#endif
