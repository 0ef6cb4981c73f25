// libcurl's variadic functions, given a type each, and <poll.h>; nothing else.
#ifndef WATCHPOST_CCURL_H
#define WATCHPOST_CCURL_H

#include <curl/curl.h>
#include <poll.h>

typedef size_t (*watchpost_curl_callback)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode watchpost_curl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode watchpost_curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode watchpost_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode watchpost_curl_set_callback(CURL *handle, CURLoption option, watchpost_curl_callback value) {
  return curl_easy_setopt(handle, option, value);
}
static inline CURLcode watchpost_curl_set_connect_to(CURL *handle, struct curl_slist *value) {
  return curl_easy_setopt(handle, CURLOPT_CONNECT_TO, value);
}
static inline CURLcode watchpost_curl_set_headers(CURL *handle, struct curl_slist *value) {
  return curl_easy_setopt(handle, CURLOPT_HTTPHEADER, value);
}
static inline long watchpost_curl_get_response_code(CURL *handle) {
  long code = 0;
  return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &code) ? 0 : code;
}
static inline const char *watchpost_curl_get_primary_ip(CURL *handle) {
  const char *text = NULL;
  return curl_easy_getinfo(handle, CURLINFO_PRIMARY_IP, &text) ? NULL : text;
}
static inline CURLcode watchpost_curl_set_error_buffer(CURL *handle, char *buffer) {
  return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, buffer);
}
static inline CURLMcode watchpost_curl_multi_set_socket_callback(
    CURLM *multi, curl_socket_callback callback, void *context) {
  CURLMcode result = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, callback);
  return result ? result : curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
}
static inline CURLMcode watchpost_curl_multi_set_timer_callback(
    CURLM *multi, curl_multi_timer_callback callback, void *context) {
  CURLMcode result = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, callback);
  return result ? result : curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
}
static inline CURLcode watchpost_curl_get_socket(CURL *handle, curl_socket_t *value) {
  return curl_easy_getinfo(handle, CURLINFO_ACTIVESOCKET, value);
}
static inline curl_off_t watchpost_curl_get_connect_time(CURL *handle) {
  curl_off_t microseconds = 0;
  return curl_easy_getinfo(handle, CURLINFO_CONNECT_TIME_T, &microseconds) ? 0 : microseconds;
}
static inline CURLcode watchpost_curl_message_result(CURLMsg *message) { return message->data.result; }

#endif
