// SPDX-License-Identifier: Apache-2.0
#include "fetch/http.h"

#include "base/clock.h"
#include "trust/x509.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#define URL_MAX 2048
#define POLL_MS 1000

struct http {
    CURL *easy;
    CURLM *multi;
    char *certificate, *private_key;
    char fingerprint[X509_FINGERPRINT_TEXT];
    bool plain_loopback;
    size_t reply_max;
    // PEM of the server's certificate, once it was seen and fits, in a file without a name; -1: not yet. Debian 12's
    // libcurl takes no anchor from memory with GnuTLS (CURLOPT_CAINFO_BLOB: not built in).
    int anchor;
    atomic_bool aborted;
    // Of the request under way.
    struct http_reply *reply;
    bool too_large;
    char message[CURL_ERROR_SIZE];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void begin(void)
{
    INVARIANT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

enum err http_new(const struct http_settings *s, struct http **out, struct why *why)
{
    pthread_once(&once, begin);
    if (s->fingerprint.n != X509_FINGERPRINT_TEXT - 1 && !s->plain_loopback)
        return why_set(why, ERR_USAGE, "certificate", "a server is known by the SHA-256 of its certificate, 64 digits");
    struct http *h = calloc(1, sizeof *h);
    if (!h) return why_set(why, ERR_NO_MEMORY, "", "no memory for a client");
    if (s->fingerprint.n == X509_FINGERPRINT_TEXT - 1) memcpy(h->fingerprint, s->fingerprint.p, s->fingerprint.n);
    h->certificate = copy(s->certificate);
    h->private_key = copy(s->private_key);
    h->plain_loopback = s->plain_loopback;
    h->reply_max = s->reply_max;
    h->anchor = -1;
    h->easy = curl_easy_init();
    h->multi = curl_multi_init();
    if (h->easy && h->multi && !h->certificate == !s->certificate && !h->private_key == !s->private_key) {
        *out = h;
        return ERR_NONE;
    }
    http_free(h);
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a client");
}

void http_free(struct http *h)
{
    if (!h) return;
    curl_easy_cleanup(h->easy);
    curl_multi_cleanup(h->multi);
    if (h->anchor >= 0) close(h->anchor);
    free(h->certificate);
    free(h->private_key);
    free(h);
}

void http_abort(struct http *h)
{
    atomic_store(&h->aborted, true);
    curl_multi_wakeup(h->multi);
}

void http_reply_free(struct http_reply *reply)
{
    buf_free(&reply->body);
}

// ---- One transfer ----

static size_t take_body(char *p, size_t size, size_t n, void *context)
{
    struct http *h = context;
    buf_add(&h->reply->body, p, size * n);
    if (h->reply->body.failed) h->too_large = true;
    return h->too_large ? 0 : size * n;
}

// Runs the handle until it is done, the time is over, or somebody aborts.
static CURLcode perform(struct http *h, int64_t timeout_ms)
{
    int64_t until = clock_monotonic_us() + timeout_ms * 1000;
    CURLcode code = CURLE_OPERATION_TIMEDOUT;
    int running = 1;
    if (curl_multi_add_handle(h->multi, h->easy) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
    while (running && !atomic_load(&h->aborted) && clock_monotonic_us() < until) {
        if (curl_multi_perform(h->multi, &running) != CURLM_OK) break;
        int64_t left = (until - clock_monotonic_us()) / 1000;
        if (running && left > 0) curl_multi_poll(h->multi, NULL, 0, (int)(left < POLL_MS ? left : POLL_MS), NULL);
    }
    int queued;
    for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &queued));)
        if (m->msg == CURLMSG_DONE) code = m->data.result;
    return code;
}

static void done(struct http *h)
{
    curl_multi_remove_handle(h->multi, h->easy);
}

// What holds for every connection.
static void set_common(struct http *h, const char *url, int64_t timeout_ms)
{
    CURL *e = h->easy;
    curl_easy_reset(e);
    h->message[0] = 0;
    curl_easy_setopt(e, CURLOPT_URL, url);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, h->message);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, h->plain_loopback ? "http,https" : "https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)HTTP_CONNECT_MS);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3 | (long)CURL_SSLVERSION_MAX_TLSv1_3);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "puente");
}

static enum err why_of(struct http *h, CURLcode code, const char *url, struct why *why)
{
    const char *text = h->message[0] ? h->message : curl_easy_strerror(code);
    if (atomic_load(&h->aborted)) return why_set(why, ERR_UNREACHABLE, "", "stopped while asking %s", url);
    if (h->too_large) return why_set(why, ERR_TOO_LARGE, "", "the answer of %s is over %zu bytes", url, h->reply_max);
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_ISSUER_ERROR)
        return why_set(why, ERR_UNTRUSTED, "certificate", "%s shows another certificate than the pinned one", url);
    if (code == CURLE_SSL_CERTPROBLEM)
        return why_set(why, ERR_USAGE, "certificate", "our own certificate or key cannot be used: %s", text);
    if (code == CURLE_URL_MALFORMAT)
        return why_set(why, ERR_USAGE, "url", "%s is no address to be asked: %s", url, text);
    return why_set(why, ERR_UNREACHABLE, "", "%s does not answer: %s", url, text);
}

// ---- Learning the pinned certificate ----

// The server's own certificate is the first of those that libcurl saw.
static bool pem_of(struct http *h, struct buf *pem)
{
    struct curl_certinfo *seen = NULL;
    if (curl_easy_getinfo(h->easy, CURLINFO_CERTINFO, &seen) != CURLE_OK || !seen || seen->num_of_certs < 1)
        return false;
    for (struct curl_slist *line = seen->certinfo[0]; line; line = line->next) {
        if (strncmp(line->data, "Cert:", 5) != 0) continue;
        buf_puts(pem, line->data + 5);
        buf_putc(pem, '\n');
        return !pem->failed;
    }
    return false;
}

static enum err keep_anchor(struct http *h, struct str pem, struct why *why)
{
    int fd = memfd_create("anchor", MFD_CLOEXEC);
    if (fd >= 0 && write(fd, pem.p, pem.n) == (ssize_t)pem.n) {
        h->anchor = fd;
        return ERR_NONE;
    }
    if (fd >= 0) close(fd);
    return why_set(why, ERR_NO_MEMORY, "", "no memory for a server's certificate");
}

static enum err learn(struct http *h, const char *url, struct why *why)
{
    char found[X509_FINGERPRINT_TEXT];
    struct buf pem = BUF(65536);
    set_common(h, url, HTTP_CONNECT_MS);
    curl_easy_setopt(h->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(h->easy, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(h->easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(h->easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(h->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(h->easy, CURLOPT_SSL_VERIFYPEER, 0L); // by fingerprint, just below
    curl_easy_setopt(h->easy, CURLOPT_SSL_VERIFYHOST, 0L);
    CURLcode code = perform(h, HTTP_CONNECT_MS);
    bool seen = code == CURLE_OK && pem_of(h, &pem);
    done(h);
    // The connection that proved nothing must not be used again, nor its TLS session.
    curl_easy_cleanup(h->easy);
    h->easy = curl_easy_init();
    enum err err = h->easy ? ERR_NONE : why_set(why, ERR_NO_MEMORY, "", "no memory for a client");
    if (err == ERR_NONE && code != CURLE_OK) err = why_of(h, code, url, why);
    if (err == ERR_NONE && !seen) err = why_set(why, ERR_UNTRUSTED, "certificate", "%s shows no certificate", url);
    if (err == ERR_NONE) err = x509_fingerprint(buf_str(&pem), found, why);
    if (err == ERR_NONE && strcasecmp(found, h->fingerprint) != 0)
        err = why_set(why, ERR_UNTRUSTED, "certificate", "%s shows the certificate %s, not the pinned %s", url, found,
                      h->fingerprint);
    if (err == ERR_NONE) err = keep_anchor(h, buf_str(&pem), why);
    buf_free(&pem);
    return err;
}

// ---- Requests ----

static bool is_plain_loopback(const struct http *h, const char *url)
{
    return h->plain_loopback && strncmp(url, "http://127.0.0.1:", 17) == 0;
}

// False when libcurl does not do as it is told: then nothing is asked.
static bool set_identity(struct http *h)
{
    CURL *e = h->easy;
    char path[40];
    snprintf(path, sizeof path, "/proc/self/fd/%d", h->anchor);
    bool set = curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
               curl_easy_setopt(e, CURLOPT_CAPATH, NULL) == CURLE_OK &&
               curl_easy_setopt(e, CURLOPT_CAINFO, path) == CURLE_OK &&
               // The certificate is pinned whole; its names say nothing more.
               curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
    if (!set || !h->certificate) return set;
    return curl_easy_setopt(e, CURLOPT_SSLCERT, h->certificate) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_SSLKEY, h->private_key) == CURLE_OK;
}

static void read_type(struct http *h, struct http_reply *reply)
{
    const char *type = NULL;
    curl_easy_getinfo(h->easy, CURLINFO_CONTENT_TYPE, &type);
    struct str rest, first = str_trim(str_cut(str_of(type ? type : ""), ';', &rest));
    if (first.n >= sizeof reply->content_type) return;
    for (size_t i = 0; i < first.n; i++) {
        char c = first.p[i];
        reply->content_type[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
}

static enum err exchange(struct http *h, const char *url, int64_t timeout_ms, struct http_reply *reply,
                         struct curl_slist *headers, const struct str *body, struct why *why)
{
    set_common(h, url, timeout_ms);
    if (!is_plain_loopback(h, url) && !set_identity(h))
        return why_set(why, ERR_NO_MEMORY, "", "libcurl cannot be told whom to trust");
    curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, h);
    if (body) {
        curl_easy_setopt(h->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->n);
        curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, body->n ? body->p : "");
        curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, headers);
    }
    h->reply = reply;
    CURLcode code = perform(h, timeout_ms);
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    reply->status = (int)status;
    if (code == CURLE_OK) read_type(h, reply);
    done(h);
    return code == CURLE_OK ? ERR_NONE : why_of(h, code, url, why);
}

static enum err ask(struct http *h, const char *url, int64_t timeout_ms, struct http_reply *reply,
                    struct curl_slist *headers, const struct str *body, struct why *why)
{
    *reply = (struct http_reply){.body = BUF(h->reply_max)};
    h->too_large = false;
    h->reply = reply;
    if (atomic_load(&h->aborted)) return why_of(h, CURLE_OK, url, why);
    if (!h->easy) h->easy = curl_easy_init();
    if (!h->easy) return why_set(why, ERR_NO_MEMORY, "", "no memory for a client");
    if (strlen(url) > URL_MAX || (strncmp(url, "https://", 8) != 0 && !is_plain_loopback(h, url)))
        return why_set(why, ERR_USAGE, "url", "only https:// addresses are asked");
    if (h->anchor < 0 && !is_plain_loopback(h, url)) {
        enum err err = learn(h, url, why);
        if (err != ERR_NONE) return err;
    }
    return exchange(h, url, timeout_ms, reply, headers, body, why);
}

enum err http_get(struct http *h, const char *url, int64_t timeout_ms, struct http_reply *reply, struct why *why)
{
    return ask(h, url, timeout_ms, reply, NULL, NULL, why);
}

enum err http_post(struct http *h, const char *url, const char *content_type, struct str body, int64_t timeout_ms,
                   struct http_reply *reply, struct why *why)
{
    char type[HTTP_TYPE_MAX + 16];
    *reply = (struct http_reply){0};
    if (snprintf(type, sizeof type, "Content-Type: %s", content_type) >= (int)sizeof type)
        return why_set(why, ERR_USAGE, "", "the content type is too long");
    struct curl_slist *one = curl_slist_append(NULL, type), *headers = one ? curl_slist_append(one, "Expect:") : NULL;
    enum err err = headers ? ask(h, url, timeout_ms, reply, headers, &body, why)
                           : why_set(why, ERR_NO_MEMORY, "", "no memory for a request");
    curl_slist_free_all(headers ? headers : one);
    return err;
}
