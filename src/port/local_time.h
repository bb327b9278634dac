// SPDX-License-Identifier: Apache-2.0
// Local time at the ports of the two borders: which hour of the week it is there, and how its zone is called now. A
// table of the zones along the borders under the laws of 2026: the United States, Canada and Mexico's border
// municipalities change their clocks on the second Sunday of March and the first of November at 2 o'clock (15 USC
// 260a; Ley de los Husos Horarios 2022, art. 5); the rest of Mexico, Arizona and Sonora, Saskatchewan and the Yukon
// do not.
#ifndef PORT_LOCAL_TIME_H
#define PORT_LOCAL_TIME_H

#include "base/bytes.h"

// Whether the table has this IANA zone.
bool local_time_known(struct str zone);
// Minutes ahead of UTC (negative here); 0 and "UTC" for a zone that the table does not have. `abbreviation` may be
// NULL.
int local_time_offset_min(struct str zone, int64_t utc_ms, const char **abbreviation);
// The local hour of the week: 0 is Monday 00:00, 167 Sunday 23:00.
uint8_t local_time_slot(struct str zone, int64_t utc_ms);

#endif
