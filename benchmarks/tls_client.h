// SPDX-License-Identifier: Apache-2.0
// A TLS 1.3 client for load: one keep-alive connection, one request at a time, blocking. No more of HTTP/1.1 than the
// node's answers need: a status, a Content-Length, a body. The node's certificate is pinned, as partners pin it.
#ifndef BENCHMARKS_TLS_CLIENT_H
#define BENCHMARKS_TLS_CLIENT_H

#include "base/bytes.h"

#include <stdint.h>

struct tls_identity;
// PEM files: ours, and the node's certificate. Ends the process when one cannot be read.
struct tls_identity *tls_identity_new(const char *certificate, const char *key, const char *node_certificate);

struct tls_client;
// 127.0.0.1. Ends the process when the node does not answer.
struct tls_client *tls_client_new(const struct tls_identity *identity, uint16_t port);
void tls_client_free(struct tls_client *client);

// Sends the whole request and reads the whole answer; the status. `answer` is valid until the next call.
int tls_post(struct tls_client *client, const char *path, struct str body, struct str *answer);

#endif
