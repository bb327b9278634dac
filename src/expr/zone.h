// SPDX-License-Identifier: Apache-2.0
// Zone: how far a time zone is from UTC at an instant, out of the system's zone files (TZif, RFC 8536). Debian keeps
// those up to date; ICU's own table is of 2022, before Mexico gave up summer time and Ciudad Juárez became a zone.
#ifndef EXPR_ZONE_H
#define EXPR_ZONE_H

#include "base/bytes.h"

#define ZONE_FOLDER "/usr/share/zoneinfo"
#define ZONE_NAME_LEN_MAX 63
#define ZONE_BYTES_MAX 16384 // of a file; the largest has 4 KB

// "+02:30", "-9:30", "02:00": up to 23:59 either way.
bool zone_fixed(struct str text, int *seconds);
// An IANA name. false: there is no such zone.
bool zone_named(struct str name, int64_t at, int *seconds);
// The content of a zone file. false: it is none.
bool zone_read(struct str tzif, int64_t at, int *seconds);

#endif
