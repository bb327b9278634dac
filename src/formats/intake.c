// SPDX-License-Identifier: Apache-2.0
#include "formats/intake.h"

#include "formats/bolt_seal.h"
#include "formats/border_wait.h"
#include "formats/emanifest.h"
#include "formats/equipment_file.h"
#include "formats/jointech.h"
#include "formats/sniff.h"
#include "formats/stix.h"
#include "formats/teltonika.h"

// "scheme=value", checked later where it is used as a subject.
static struct identifier filer_of(const struct intake *intake)
{
    struct str value, scheme = str_cut(intake->filer, '=', &value);
    return value.p ? (struct identifier){scheme, value} : (struct identifier){0};
}

static enum err read_document(struct arena *arena, struct str bytes, const struct intake *intake, enum sniff format,
                              struct drafts *out, struct why *why)
{
    struct document_context context = {.identifiers = intake->identifiers,
                                       .received_ms = intake->received_ms,
                                       .label = intake->label,
                                       .filer = filer_of(intake)};
    if (format == SNIFF_CARTA_PORTE) {
        const struct carta_porte_schema *schema = intake->trust ? intake->trust->carta_porte : NULL;
        return carta_porte_parse(arena, bytes, schema, &context, out, why);
    }
    return format == SNIFF_EMANIFEST ? emanifest_parse(arena, bytes, &context, out, why)
                                     : document_json_parse(arena, bytes, &context, out, why);
}

static enum err read_roster(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                            struct why *why)
{
    struct roster_context context = {.identifiers = intake->identifiers, .now_ms = intake->received_ms};
    struct roster roster;
    if (!intake->trust || !intake->trust->nroster_keys)
        return why_set(why, ERR_FORBIDDEN, "", "this node recognises nobody's rosters");
    context.keys = intake->trust->roster_keys;
    context.nkeys = intake->trust->nroster_keys;
    enum err err = roster_parse(arena, bytes, &context, &roster, why);
    if (err == ERR_NONE) drafts_add(out, roster_draft(arena, &roster));
    for (size_t i = 0; err == ERR_NONE && i < roster.count; i++) {
        struct draft *draft = NULL;
        err = roster_row_draft(arena, &roster, i, intake->identifiers, &draft, why);
        if (err == ERR_NONE) drafts_add(out, draft);
    }
    return err;
}

static enum err read_credential(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                                struct why *why)
{
    struct credential credential;
    if (!intake->trust || !intake->trust->issuer)
        return why_set(why, ERR_FORBIDDEN, "", "this node recognises nobody's credentials");
    struct credential_context context = {.identifiers = intake->identifiers,
                                         .now_ms = intake->received_ms,
                                         .documents = intake->trust->documents,
                                         .issuer = intake->trust->issuer,
                                         .issuer_context = intake->trust->context};
    enum err err = credential_verify(arena, bytes, &context, &credential, why);
    if (err == ERR_NONE) drafts_add(out, credential_draft(arena, &credential, bytes));
    return err;
}

static enum err read_threat(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                            struct why *why)
{
    struct stix_context context = {.identifiers = intake->identifiers,
                                   .received_ms = intake->received_ms,
                                   .reporter = intake->reporter,
                                   .label = intake->label};
    return stix_parse(arena, bytes, &context, out, why);
}

static void add_all(struct drafts *out, struct draft *draft)
{
    for (struct draft *next; draft; draft = next) {
        next = draft->next;
        draft->next = NULL;
        drafts_add(out, draft);
    }
}

static enum err read_bolt_seal(struct arena *arena, struct str bytes, struct drafts *out, struct why *why)
{
    struct bolt_seal seal;
    struct draft *drafts = NULL;
    enum err err = bolt_seal_parse(arena, bytes, &seal, why);
    if (err == ERR_NONE) err = bolt_seal_draft(arena, &seal, &drafts, why);
    if (err == ERR_NONE) add_all(out, drafts);
    return err;
}

// One frame of a recording. Teltonika's packets are of the device whose hello came last.
static enum err read_frame(struct arena *arena, const struct device_frame *frame, struct str bytes,
                           const struct intake *intake, struct str *imei, struct drafts *out, struct why *why)
{
    struct draft *drafts = NULL;
    enum err err = ERR_NONE;
    if (frame->kind == DEVICE_FRAME_TELTONIKA_HELLO) {
        err = teltonika_hello(bytes, imei, why);
    } else if (frame->kind == DEVICE_FRAME_TELTONIKA_PACKET) {
        struct teltonika_packet packet;
        if (!imei->n) return why_set(why, ERR_MALFORMED, "imei", "a packet before the device has said which one it is");
        err = teltonika_parse(arena, bytes, &packet, why);
        if (err == ERR_NONE) err = teltonika_draft(arena, &packet, *imei, NULL, &drafts, why);
    } else if (frame->protocol == DEVICE_JOINTECH) {
        struct jointech_message message;
        err = jointech_parse(arena, bytes, &message, why);
        if (err == ERR_NONE) err = jointech_draft(arena, &message, intake->received_ms, &drafts, why);
    }
    if (err == ERR_NONE) add_all(out, drafts);
    return err;
}

// A recording of what a device sent: whole frames, one after another.
static enum err read_frames(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                            struct why *why)
{
    enum device_protocol known = DEVICE_UNKNOWN;
    struct str imei = STR_NONE;
    for (size_t at = 0; at < bytes.n;) {
        struct device_frame frame;
        struct str rest = str_from(bytes, at);
        device_frame_next(rest, known, &frame);
        enum err err = ERR_NONE;
        if (frame.state == DEVICE_FRAMING_MORE) err = why_set(why, ERR_MALFORMED, "", "the last packet is cut short");
        if (frame.state == DEVICE_FRAMING_GARBAGE) {
            if (why) *why = frame.why;
            err = frame.why.err;
        }
        struct str one = {rest.p, frame.n};
        if (err == ERR_NONE) err = read_frame(arena, &frame, one, intake, &imei, out, why);
        if (err != ERR_NONE) {
            (void)why_at(why, at);
            return err;
        }
        known = frame.protocol;
        at += frame.n;
    }
    return ERR_NONE;
}

static enum err read_border_waits(struct arena *arena, struct str bytes, const struct intake *intake,
                                  struct drafts *out, struct why *why)
{
    struct document_context context = {
        .identifiers = intake->identifiers, .received_ms = intake->received_ms, .label = intake->label};
    return border_waits_drafts(arena, bytes, &context, out, why);
}

static enum err read_scanner_log(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                                 struct why *why)
{
    const struct scanner_mapping *mapping = intake->trust ? scanner_mapping_find(intake->trust->scanners, bytes) : NULL;
    struct scanner_context context = {.identifiers = intake->identifiers,
                                      .received_ms = intake->received_ms,
                                      .label = intake->label,
                                      .name = intake->name};
    if (mapping) return scanner_log_parse(arena, bytes, mapping, &context, out, NULL, why);
    struct buf header = BUF(160);
    scanner_header_text(bytes, &header);
    enum err err = why_set(why, ERR_UNSUPPORTED, "row 1", "no mapping of scanner-logs/ fits these columns: %.*s",
                           STR_ARG(buf_str(&header)));
    buf_free(&header);
    return err;
}

static enum err read_equipment(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                               struct why *why)
{
    struct equipment_file_context context = {intake->identifiers, intake->received_ms, intake->label};
    return equipment_file_parse(arena, bytes, &context, out, why);
}

static enum err read_as(struct arena *arena, struct str bytes, const struct intake *intake, enum sniff format,
                        struct drafts *out, struct why *why)
{
    switch (format) {
    case SNIFF_CARTA_PORTE:
    case SNIFF_EMANIFEST:
    case SNIFF_DOCUMENT:
        return read_document(arena, bytes, intake, format, out, why);
    case SNIFF_ROSTER:
        return read_roster(arena, bytes, intake, out, why);
    case SNIFF_CREDENTIAL:
        return read_credential(arena, bytes, intake, out, why);
    case SNIFF_STIX:
        return read_threat(arena, bytes, intake, out, why);
    case SNIFF_BOLT_SEAL:
        return read_bolt_seal(arena, bytes, out, why);
    case SNIFF_BORDER_WAIT:
        return read_border_waits(arena, bytes, intake, out, why);
    case SNIFF_SCANNER_LOG:
        return read_scanner_log(arena, bytes, intake, out, why);
    case SNIFF_EQUIPMENT:
        return read_equipment(arena, bytes, intake, out, why);
    case SNIFF_JOINTECH:
    case SNIFF_TELTONIKA:
        return read_frames(arena, bytes, intake, out, why);
    case SNIFF_STATEMENTS:
        return why_set(why, ERR_UNSUPPORTED, "", "these are drafts of statements; they go to POST /v1/statements");
    default:
        return why_set(why, ERR_UNSUPPORTED, "",
                       "no format reads this; Carta Porte, e-manifest, documents, rosters, credentials, STIX, bolt "
                       "seals, scanner logs, equipment and device packets are read");
    }
}

enum err intake_read(struct arena *arena, struct str bytes, const struct intake *intake, struct drafts *out,
                     struct why *why)
{
    *out = (struct drafts){0};
    if (!bytes.n) return why_set(why, ERR_MALFORMED, "", "the file is empty");
    enum sniff format = sniff(bytes, intake->name);
    size_t most = format == SNIFF_ROSTER        ? ROSTER_BYTES_MAX
                  : format == SNIFF_STIX        ? STIX_BYTES_MAX
                  : format == SNIFF_SCANNER_LOG ? SCANNER_LOG_BYTES_MAX
                                                : DOCUMENT_BYTES_MAX;
    if (bytes.n > most) return why_set(why, ERR_TOO_LARGE, "", "a %s has at most %zu bytes", sniff_name(format), most);
    enum err err = read_as(arena, bytes, intake, format, out, why);
    if (err != ERR_NONE) return err;
    if (arena->full) return why_set(why, ERR_TOO_LARGE, "", "the file says more than fits into one request; cut it up");
    if (arena->failed) return why_set(why, ERR_NO_MEMORY, "", "no memory for the file");
    if (!out->count) return why_set(why, ERR_SENSELESS, "", "there is nothing in it that could be stated");
    return ERR_NONE;
}
