// SPDX-License-Identifier: Apache-2.0
#include "formats/sniff.h"

static const char *const names[SNIFF_COUNT] = {
#define X(value, name) [value] = name,
    SNIFF_TABLE(X)
#undef X
};

const char *sniff_name(enum sniff format)
{
    return names[format];
}

static bool contains(struct str s, const char *text)
{
    return s.p && memmem(s.p, s.n, text, strlen(text));
}

// --- JSON ---

// Members of the outermost object (or of the first object of an outermost array) that tell the formats apart.
static const char *const tellers[] = {"type", "objects", "@context", "trip",      "document",
                                      "seal", "event",   "kind",     "shipments", "port_number"};
enum { TYPE, OBJECTS, CONTEXT, TRIP, DOCUMENT, SEAL, EVENT, KIND, SHIPMENTS, PORT_NUMBER };

struct scan {
    unsigned found; // bit per teller
    bool bundle;    // "type" is "bundle"
};

// From the byte after the opening quote: the text up to the closing one. Moves *at behind it.
static struct str string_take(struct str s, size_t *at)
{
    size_t from = *at;
    while (*at < s.n && s.p[*at] != '"') *at += s.p[*at] == '\\' ? 2 : 1;
    size_t end = *at < s.n ? *at : s.n;
    *at = end + 1;
    return (struct str){s.p + from, end - from};
}

// Walks the text by quotes and brackets alone, so that a file with a fault in it is recognised too.
static struct scan members_scan(struct str s, int level)
{
    struct scan out = {0};
    struct str key = STR_NONE;
    int depth = 0;
    for (size_t at = 0; at < s.n;) {
        char c = s.p[at++];
        if (c == '{' || c == '[')
            depth++;
        else if (c == '}' || c == ']')
            depth--;
        if (depth == 0) return out;
        if (depth == level && c == ',') key = STR_NONE;
        if (c != '"') continue;
        struct str text = string_take(s, &at);
        if (depth != level) continue;
        if (key.p) {
            out.bundle |= str_is(key, "type") && str_is(text, "bundle");
            continue;
        }
        key = text;
        for (unsigned i = 0; i < sizeof tellers / sizeof *tellers; i++) {
            if (str_is(text, tellers[i])) out.found |= 1u << i;
        }
    }
    return out;
}

static bool has(struct scan scan, int teller)
{
    return scan.found >> teller & 1;
}

static enum sniff sniff_json(struct str s)
{
    if (s.p[0] == '[') {
        struct scan first = members_scan(s, 2);
        if (has(first, PORT_NUMBER)) return SNIFF_BORDER_WAIT;
        return has(first, KIND) ? SNIFF_STATEMENTS : SNIFF_UNKNOWN;
    }
    struct scan scan = members_scan(s, 1);
    if (has(scan, CONTEXT)) return SNIFF_CREDENTIAL;
    if (scan.bundle || (has(scan, TYPE) && has(scan, OBJECTS))) return SNIFF_STIX;
    if (has(scan, TRIP) || has(scan, SHIPMENTS)) return SNIFF_EMANIFEST;
    if (has(scan, SEAL) && has(scan, EVENT)) return SNIFF_BOLT_SEAL;
    if (has(scan, KIND)) return SNIFF_STATEMENTS;
    return has(scan, DOCUMENT) ? SNIFF_DOCUMENT : SNIFF_UNKNOWN;
}

// --- the others ---

static enum sniff sniff_xml(struct str s)
{
    struct str head = {s.p, s.n < 65536 ? s.n : 65536};
    bool ours = contains(head, "http://www.sat.gob.mx/CartaPorte") || contains(head, "http://www.sat.gob.mx/cfd/") ||
                contains(head, "CartaPorte") || contains(head, "Comprobante");
    return ours ? SNIFF_CARTA_PORTE : SNIFF_UNKNOWN;
}

static bool digits(struct str s, size_t from, size_t n)
{
    for (size_t i = from; i < from + n; i++) {
        if (i >= s.n || s.p[i] < '0' || s.p[i] > '9') return false;
    }
    return true;
}

// '$' and five bytes of two decimal digits each, or "(" ten digits and a comma (JT701D protocol 2 and 3).
static bool is_jointech(struct str s)
{
    if (s.n >= 12 && s.p[0] == '(') return digits(s, 1, 10) && s.p[11] == ',';
    if (s.n < 10 || s.p[0] != '$') return false;
    for (size_t i = 1; i < 6; i++) {
        unsigned char b = (unsigned char)s.p[i];
        if (b >> 4 > 9 || (b & 15) > 9) return false;
    }
    return true;
}

// The greeting (length 15 and an IMEI), or a frame: four zeros, a length, a codec.
static bool is_teltonika(struct str s)
{
    if (s.n >= 17 && s.p[0] == 0 && s.p[1] == 15) return digits(s, 2, 15);
    if (s.n < 12 || memcmp(s.p, "\0\0\0\0\0", 5) != 0) return false;
    unsigned char codec = (unsigned char)s.p[8];
    return codec == 0x08 || codec == 0x8e || codec == 0x10 || codec == 0x0c || codec == 0x0d;
}

static bool is_text(struct str s)
{
    for (size_t i = 0; i < s.n && i < 4096; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' && c != '\n' && c != '\r' && c != '\t') return false;
    }
    return s.n > 0;
}

// Names of three columns or more, and a line below them.
static bool is_table(struct str s)
{
    static const char delimiters[] = ",;\t|";
    struct str rest, line = str_cut(s, '\n', &rest);
    if (!is_text(s) || s.p[0] == '#' || !rest.p || line.n > 4096) return false;
    for (const char *d = delimiters; *d; d++) {
        size_t n = 0;
        for (size_t i = 0; i < line.n; i++) n += line.p[i] == *d;
        if (n >= 2) return true;
    }
    return false;
}

static bool is_roster(struct str s, struct str file_name)
{
    struct str head = {s.p, s.n < 4096 ? s.n : 4096};
    if (!is_text(s)) return false;
    if (s.p[0] == '#' && (contains(head, "issuer:") || contains(head, "programme:"))) return true;
    return str_starts(s, "role,scheme,value") || (str_ends(file_name, ".csv") && !is_table(s));
}

// A line of comments may stand before it.
static bool is_equipment(struct str s)
{
    struct str head = {s.p, s.n < 4096 ? s.n : 4096};
    return is_text(s) && (str_starts(s, "equipment:") || (s.p[0] == '#' && contains(head, "\nequipment:")));
}

enum sniff sniff(struct str bytes, struct str file_name)
{
    // Devices first: their bytes may be blanks to the others.
    if (is_teltonika(bytes)) return SNIFF_TELTONIKA;
    if (str_starts(bytes, "\xef\xbb\xbf")) bytes = str_from(bytes, 3);
    struct str text = str_trim(bytes);
    if (!text.n) return SNIFF_UNKNOWN;
    if (is_jointech(bytes) || is_jointech(text)) return SNIFF_JOINTECH;
    if (text.p[0] == '<') return sniff_xml(text);
    if (text.p[0] == '{' || text.p[0] == '[') return sniff_json(text);
    if (is_roster(text, file_name)) return SNIFF_ROSTER;
    if (is_equipment(text)) return SNIFF_EQUIPMENT;
    return is_table(text) ? SNIFF_SCANNER_LOG : SNIFF_UNKNOWN;
}
