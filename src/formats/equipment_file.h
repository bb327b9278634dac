// SPDX-License-Identifier: Apache-2.0
// Equipment file: what a port has (YAML): scanners, docks, booths, readers and pre-check yards, each with its contract
// of maintenance. It comes in by any door that takes files, and makes one `equipment` statement a machine.
//
//   equipment:
//     - id: 2304/P1                  # port.equipment
//       type: scanner                # scanner, dock, booth, reader, yard
//       name: Portal 1
//       port: "2304"                 # default: what stands before the slash
//       model: … vendor: … rated_per_hour: 120
//       from: 2024-05-01             # in service since; default: always
//       to: 2034-05-01
//       contract: {vendor: …, availability_pct: 95, response_hours: 4, repair_hours: 24, penalty_per_hour: 150,
//                  penalty_max: 20000, currency: USD}
//       maintenance: {every_days: 30}
#ifndef FORMATS_EQUIPMENT_FILE_H
#define FORMATS_EQUIPMENT_FILE_H

#include "formats/document.h"

#define EQUIPMENT_MAX 1000 // of one file

struct equipment_file_context {
    const struct identifier_table *identifiers;
    int64_t received_ms;
    enum label label;
};

// Errors: yaml_read's; ERR_MALFORMED for an id; ERR_SENSELESS for one that is there twice, or an end before its
// beginning; ERR_NO_MEMORY. The drafts do not point into `bytes`.
enum err equipment_file_parse(struct arena *arena, struct str bytes, const struct equipment_file_context *context,
                              struct drafts *out, struct why *why) MUST_USE;
// Its members, one line each, for people.
void equipment_file_describe(struct buf *out);

#endif
