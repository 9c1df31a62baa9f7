/// The only includer of libcurl's headers: its variadic functions typed, its global set-up made once.
///
/// Swift cannot call variadic C functions, so each kind of option value has a function of its own. No policy
/// lives here.
#pragma once

#include <curl/curl.h>
#include <stddef.h>

#if LIBCURL_VERSION_NUM < 0x075800
#error "libcurl 7.88 or newer is needed (CURLOPT_PROTOCOLS_STR, CURLOPT_QUICK_EXIT)"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/// Option values that are enumerators in some versions of libcurl and macros with casts in others.
enum {
    CURL_SHIM_AUTH_BASIC = (int)CURLAUTH_BASIC,
    CURL_SHIM_HTTP_1_1 = (int)CURL_HTTP_VERSION_1_1,
    CURL_SHIM_TLS_1_2 = (int)CURL_SSLVERSION_TLSv1_2,
    CURL_SHIM_USE_SSL_NONE = (int)CURLUSESSL_NONE,
    CURL_SHIM_USE_SSL_TRY = (int)CURLUSESSL_TRY,
    CURL_SHIM_USE_SSL_ALL = (int)CURLUSESSL_ALL,
};

typedef size_t (*curl_shim_data_function)(char *bytes, size_t size, size_t count, void *context);
typedef int (*curl_shim_socket_function)(CURL *easy, curl_socket_t socket, int what, void *context, void *unused);
/// The type of CURLOPT_XFERINFOFUNCTION; anything but 0 ends the transfer.
typedef int (*curl_shim_progress_function)(
    void *context, curl_off_t to_receive, curl_off_t received, curl_off_t to_send, curl_off_t sent);
typedef int (*curl_shim_timer_function)(CURLM *multi, long milliseconds, void *context);

/// curl_global_init, exactly once per process and safe from any thread; the first call's result ever after.
CURLcode curl_shim_global_init(void);

// curl_easy_setopt by the type of its value.
CURLcode curl_shim_set_long(CURL *easy, CURLoption option, long value);
CURLcode curl_shim_set_offset(CURL *easy, CURLoption option, curl_off_t value);
CURLcode curl_shim_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode curl_shim_set_list(CURL *easy, CURLoption option, struct curl_slist *value);
CURLcode curl_shim_set_pointer(CURL *easy, CURLoption option, void *value);
CURLcode curl_shim_set_writer(CURL *easy, curl_shim_data_function function, void *context);
CURLcode curl_shim_set_header_reader(CURL *easy, curl_shim_data_function function, void *context);

/// A body that can be read once: any attempt to rewind it fails the transfer (CURLE_SEND_FAIL_REWIND), so libcurl
/// cannot send it again by itself.
CURLcode curl_shim_set_body_once(CURL *easy, curl_shim_data_function function, void *context);

/// Called at every step with what was received and sent so far; needs CURLOPT_NOPROGRESS to be 0.
CURLcode curl_shim_set_progress(CURL *easy, curl_shim_progress_function function, void *context);

/// Trusts the default authorities' file alone, not the folder too: libcurl parses and caches a lone file once per
/// multi handle, but reads a folder on every handshake. Does nothing where there is no default file.
CURLcode curl_shim_trust_default_file_only(CURL *easy);

// curl_easy_getinfo by the type of its value; zero or NULL where libcurl has none.
long curl_shim_get_long(CURL *easy, CURLINFO info);
curl_off_t curl_shim_get_offset(CURL *easy, CURLINFO info);
const char *curl_shim_get_string(CURL *easy, CURLINFO info);
void *curl_shim_get_private(CURL *easy);
/// CURL_SOCKET_BAD where there is none.
curl_socket_t curl_shim_get_active_socket(CURL *easy);

// curl_multi_setopt by the type of its value.
CURLMcode curl_shim_multi_set_long(CURLM *multi, CURLMoption option, long value);
/// NULL functions take the callbacks away.
CURLMcode curl_shim_multi_set_callbacks(
    CURLM *multi, curl_shim_socket_function on_socket, curl_shim_timer_function on_timer, void *context);

/// The next transfer that finished, and how; NULL when there is none (CURLMsg is a union that Swift reads badly).
CURL *curl_shim_multi_next_done(CURLM *multi, CURLcode *result);

#ifdef __cplusplus
}
#endif
