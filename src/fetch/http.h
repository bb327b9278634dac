// SPDX-License-Identifier: Apache-2.0
// Fetch: outgoing HTTP, by libcurl over GnuTLS.
//
// Who is there is decided by a pinned certificate, never by an authority or a name: the server's certificate must have
// the SHA-256 fingerprint that we were given. libcurl cannot pin a whole certificate, so the first connection sends no
// request and no client certificate: it only learns the server's certificate, which is let through if its fingerprint
// fits. From then on that very certificate is the only trust anchor of the connections that carry requests (GnuTLS
// accepts exactly it, self-signed as it is, and the handshake proves that the other side holds its key). TLS 1.3 only,
// with our own client certificate; no redirects, no proxies, no cookies, no compression.
//
// The folder fetch/: outgoing HTTP, for whoever has something to fetch. It may not know what the bytes
// mean, who a partner is, or what to do when one does not answer.
#ifndef FETCH_HTTP_H
#define FETCH_HTTP_H

#include "base/bytes.h"
#include "base/why.h"

#define HTTP_TYPE_MAX 80
#define HTTP_CONNECT_MS 5000

// Texts and paths are copied.
struct http_settings {
    const char *certificate, *private_key; // ours, PEM paths; NULL: none is shown
    struct str fingerprint;                // the server's, 64 hexadecimal digits (x509_fingerprint)
    size_t reply_max;                      // bytes of a reply's body
    bool plain_loopback;                   // tests only: http:// to 127.0.0.1 is let through
};

// A client of one server: connections are kept alive and used again. One thread's, but for http_abort.
struct http;

struct http_reply {
    int status;
    char content_type[HTTP_TYPE_MAX]; // without parameters, lower case; "" when there is none
    struct buf body;                  // http_reply_free
};

enum err http_new(const struct http_settings *settings, struct http **out, struct why *why) MUST_USE;
void http_free(struct http *http); // NULL is fine

// One request. Any status is a reply; errors are those of reaching the server: ERR_UNREACHABLE (no connection, cut,
// too slow, aborted), ERR_UNTRUSTED (another certificate), ERR_TOO_LARGE (the reply), ERR_USAGE (no https URL, or our
// own certificate cannot be read). `reply` is filled from the first byte on and is to be freed in any case.
// `timeout_ms` is for the whole exchange.
enum err http_get(struct http *http, const char *url, int64_t timeout_ms, struct http_reply *reply,
                  struct why *why) MUST_USE;
enum err http_post(struct http *http, const char *url, const char *content_type, struct str body, int64_t timeout_ms,
                   struct http_reply *reply, struct why *why) MUST_USE;
void http_reply_free(struct http_reply *reply);

// From any thread: the request under way ends at once, and so does every later one.
void http_abort(struct http *http);

#endif
