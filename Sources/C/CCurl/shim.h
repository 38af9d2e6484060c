#ifndef CCURL_SHIM_H
#define CCURL_SHIM_H

#include <curl/curl.h>

// The calls of libcurl that take an option are variadic, which Swift cannot call: one shim for each kind of value.
static inline CURLcode ccu_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccu_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode ccu_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
// Copies `count` bytes.
static inline CURLcode ccu_set_body(CURL *handle, const void *bytes, long count) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE, count);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes);
}
// `write` gets what arrives of the body, with `context`; what it does not take ends the transfer.
static inline CURLcode ccu_set_receiver(CURL *handle, curl_write_callback write, void *context) {
    CURLcode code = curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, write);
    return code != CURLE_OK ? code : curl_easy_setopt(handle, CURLOPT_WRITEDATA, context);
}
// `error` must have CURL_ERROR_SIZE bytes and outlive the transfer.
static inline CURLcode ccu_set_error_text(CURL *handle, char *error) {
    return curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
}
static inline long ccu_status(CURL *handle) {
    long status = 0;
    return curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}
// The errno of a connection that failed, 0 where there was none.
static inline long ccu_errno(CURL *handle) {
    long number = 0;
    return curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &number) == CURLE_OK ? number : 0;
}
// Valid as long as the handle; NULL where the answer did not say.
static inline const char *ccu_content_type(CURL *handle) {
    char *type = NULL;
    return curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK ? type : NULL;
}
// Sets up the connection alone, TLS included, and sends nothing.
static inline CURLcode ccu_connect_only(CURL *handle) {
    return curl_easy_setopt(handle, CURLOPT_CONNECT_ONLY, 1L);
}
// The seconds that an answer asks to wait (`Retry-After`), 0 where it does not.
static inline long ccu_retry_after(CURL *handle) {
    curl_off_t seconds = 0;
    return curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK ? (long)seconds : 0;
}
static inline CURLMcode ccu_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
// Takes the next transfer that has ended; 0 where there is none. Nothing of libcurl's own memory is handed out.
static inline int ccu_multi_next(CURLM *multi, CURL **handle, CURLcode *code) {
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)) != NULL;) {
        if (message->msg != CURLMSG_DONE) continue;
        *handle = message->easy_handle;
        *code = message->data.result;
        return 1;
    }
    return 0;
}
// CURL_GLOBAL_DEFAULT as a number.
static inline CURLcode ccu_start(void) { return curl_global_init(CURL_GLOBAL_DEFAULT); }

#endif
