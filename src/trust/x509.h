// SPDX-License-Identifier: Apache-2.0
// X.509 certificates of parties for mutual TLS: a self-signed one each, no authority above it; a partner knows the
// other by the fingerprint in its key set. ECDSA P-256, because every TLS library takes it as a client certificate.
#ifndef TRUST_X509_H
#define TRUST_X509_H

#include "base/bytes.h"
#include "base/why.h"

#define X509_DAYS 3652           // ten years
#define X509_NAME_MAX 64         // bytes of a common name (X.520's upper bound)
#define X509_FINGERPRINT_TEXT 65 // 64 lower-case hexadecimal digits and the NUL

// A new key and certificate: CN = party, valid X509_DAYS from not_before_s (POSIX), subjectAltName DNS "localhost", IP
// 127.0.0.1 and ::1, for server and client use. PEM is appended to both; wipe and free `key_pem` after use. ERR_USAGE
// for a party name that is empty, too long or not printable ASCII.
enum err x509_make(struct str party, int64_t not_before_s, struct buf *key_pem, struct buf *certificate_pem,
                   struct why *why) MUST_USE;

// SHA-256 over the DER form, of a certificate in DER or PEM (the first in the text). ERR_MALFORMED if there is none.
enum err x509_fingerprint(struct str certificate, char out[X509_FINGERPRINT_TEXT], struct why *why) MUST_USE;

// The subject's common name, NUL-terminated. ERR_MALFORMED if there is none, or more than one, or it is too long or
// holds a NUL.
enum err x509_common_name(struct str certificate, char out[X509_NAME_MAX + 1], struct why *why) MUST_USE;

#endif
