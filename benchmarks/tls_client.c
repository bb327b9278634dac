// SPDX-License-Identifier: Apache-2.0
#include "tls_client.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_MAX 512
#define ANSWER_MAX ((size_t)1 << 20)

struct tls_identity {
    gnutls_certificate_credentials_t credentials;
    gnutls_datum_t pinned; // DER
};

struct tls_client {
    gnutls_session_t session;
    int fd;
    char *out, *in; // a request with its head; an answer
    size_t out_room, n;
};

static void check(int rc, const char *what)
{
    if (rc >= 0) return;
    fprintf(stderr, "%s: %s\n", what, gnutls_strerror(rc));
    exit(1);
}

static void pin(struct tls_identity *id, const char *name)
{
    gnutls_datum_t pem;
    gnutls_x509_crt_t certificate;
    check(gnutls_load_file(name, &pem), name);
    check(gnutls_x509_crt_init(&certificate), "certificate");
    check(gnutls_x509_crt_import(certificate, &pem, GNUTLS_X509_FMT_PEM), name);
    check(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_DER, &id->pinned), name);
    gnutls_x509_crt_deinit(certificate);
    gnutls_free(pem.data);
}

struct tls_identity *tls_identity_new(const char *certificate, const char *key, const char *node_certificate)
{
    struct tls_identity *id = calloc(1, sizeof *id);
    if (!id) abort();
    check(gnutls_certificate_allocate_credentials(&id->credentials), "credentials");
    check(gnutls_certificate_set_x509_key_file(id->credentials, certificate, key, GNUTLS_X509_FMT_PEM), certificate);
    pin(id, node_certificate);
    return id;
}

static int dial(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        perror("connect");
        exit(1);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

struct tls_client *tls_client_new(const struct tls_identity *identity, uint16_t port)
{
    struct tls_client *c = calloc(1, sizeof *c);
    if (!c || !(c->in = malloc(ANSWER_MAX + 1))) abort();
    c->fd = dial(port);
    check(gnutls_init(&c->session, GNUTLS_CLIENT), "session");
    check(gnutls_priority_set_direct(c->session, "NORMAL:-VERS-ALL:+VERS-TLS1.3", NULL), "priorities");
    check(gnutls_credentials_set(c->session, GNUTLS_CRD_CERTIFICATE, identity->credentials), "credentials");
    gnutls_transport_set_int(c->session, c->fd);
    int rc;
    do rc = gnutls_handshake(c->session);
    while (rc < 0 && !gnutls_error_is_fatal(rc));
    check(rc, "handshake");
    unsigned count;
    const gnutls_datum_t *peer = gnutls_certificate_get_peers(c->session, &count);
    if (!peer || peer->size != identity->pinned.size || memcmp(peer->data, identity->pinned.data, peer->size) != 0) {
        fprintf(stderr, "another node answers at this port\n");
        exit(1);
    }
    return c;
}

void tls_client_free(struct tls_client *c)
{
    if (!c) return;
    gnutls_bye(c->session, GNUTLS_SHUT_WR);
    gnutls_deinit(c->session);
    close(c->fd);
    free(c->in);
    free(c->out);
    free(c);
}

static void send_all(struct tls_client *c, const char *p, size_t n)
{
    while (n) {
        ssize_t sent = gnutls_record_send(c->session, p, n);
        if (sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED) continue;
        check((int)sent, "send");
        p += sent;
        n -= (size_t)sent;
    }
}

static void receive_more(struct tls_client *c)
{
    ssize_t got;
    if (c->n == ANSWER_MAX) abort();
    do got = gnutls_record_recv(c->session, c->in + c->n, ANSWER_MAX - c->n);
    while (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED);
    check((int)got, "receive");
    if (got == 0) {
        fprintf(stderr, "the node closed the connection\n");
        exit(1);
    }
    c->n += (size_t)got;
    c->in[c->n] = 0;
}

// Head and body in one piece: two records would be two packets, and the node would wake for each.
static void send_request(struct tls_client *c, const char *path, struct str body)
{
    if (c->out_room < HEAD_MAX + body.n) {
        free(c->out);
        c->out_room = HEAD_MAX + body.n;
        c->out = malloc(c->out_room);
        if (!c->out) abort();
    }
    int head =
        snprintf(c->out, HEAD_MAX,
                 "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                 path, body.n);
    if (head < 0 || head >= HEAD_MAX) abort();
    memcpy(c->out + head, body.p, body.n);
    send_all(c, c->out, (size_t)head + body.n);
}

int tls_post(struct tls_client *c, const char *path, struct str body, struct str *answer)
{
    send_request(c, path, body);
    char *end;
    c->n = 0;
    c->in[0] = 0;
    while (!(end = strstr(c->in, "\r\n\r\n"))) receive_more(c);
    const char *length = strcasestr(c->in, "\r\nContent-Length:");
    if (strncmp(c->in, "HTTP/1.1 ", 9) != 0 || !length || length > end) {
        fprintf(stderr, "an answer that this client cannot read: %.200s\n", c->in);
        exit(1);
    }
    size_t start = (size_t)(end + 4 - c->in), n = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    while (c->n < start + n) receive_more(c);
    *answer = (struct str){c->in + start, n};
    return atoi(c->in + 9);
}
