// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte.h"

#include "base/clock.h"
#include "base/text.h"

#include <libxml/parser.h>
#include <libxml/xmlreader.h>
#include <libxml/xmlschemas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NS_CARTA_PORTE "http://www.sat.gob.mx/CartaPorte31"
#define NS_CFDI "http://www.sat.gob.mx/cfd/4"
#define NS_TIMBRE "http://www.sat.gob.mx/TimbreFiscalDigital"
#define CLAUSE "SAT Carta Porte 3.1"
#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA)

struct reading {
    struct arena *arena;
    const struct document_context *context;
    struct why *why;
    xmlNode *root; // CartaPorte
    bool invalid;  // SAT's schema has refused something
};

// --- the shape of the bytes ---

// Before libxml2 sees them: no DOCTYPE at all (so no entity can be declared, let alone expanded), bounded depth, number
// of elements and of attributes, UTF-8.
struct shape {
    const char *p, *end;
    size_t depth, elements;
};

static enum err shape_fault(const struct shape *s, struct str bytes, enum err err, const char *text, struct why *why)
{
    why_set(why, err, "", "%s", text);
    return why ? why_at(why, (size_t)(s->p - bytes.p)) : err;
}

static bool shape_at(const struct shape *s, const char *prefix)
{
    return str_starts((struct str){s->p, (size_t)(s->end - s->p)}, prefix);
}

// Moves past the next `close`; false if there is none.
static bool shape_skip(struct shape *s, const char *close)
{
    const char *at = memmem(s->p, (size_t)(s->end - s->p), close, strlen(close));
    if (!at) return false;
    s->p = at + strlen(close);
    return true;
}

// From '<' past '>'; counts what looks like attributes.
static bool shape_tag(struct shape *s, size_t *attributes)
{
    bool closing = s->p + 1 < s->end && s->p[1] == '/';
    char quote = 0;
    const char *start = s->p;
    for (; s->p < s->end; s->p++) {
        char c = *s->p;
        if (quote) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '=') {
            ++*attributes;
        } else if (c == '>') {
            bool empty = s->p > start && s->p[-1] == '/';
            s->p++;
            if (closing)
                s->depth -= s->depth > 0;
            else
                s->elements++, s->depth += !empty;
            return true;
        }
    }
    return false;
}

static enum err shape_check(struct str bytes, struct why *why)
{
    struct shape s = {bytes.p, bytes.p + bytes.n, 0, 0};
    while (s.p < s.end && (s.p = memchr(s.p, '<', (size_t)(s.end - s.p)))) {
        size_t attributes = 0;
        bool whole;
        if (shape_at(&s, "<!--"))
            whole = shape_skip(&s, "-->");
        else if (shape_at(&s, "<![CDATA["))
            whole = shape_skip(&s, "]]>");
        else if (shape_at(&s, "<?"))
            whole = shape_skip(&s, "?>");
        else if (shape_at(&s, "<!"))
            return shape_fault(&s, bytes, ERR_MALFORMED, "document type declarations (<!DOCTYPE) are not read", why);
        else
            whole = shape_tag(&s, &attributes);
        if (!whole) return shape_fault(&s, bytes, ERR_MALFORMED, "the XML is cut off", why);
        if (s.depth > CARTA_PORTE_DEPTH_MAX)
            return shape_fault(&s, bytes, ERR_TOO_LARGE, "the elements are nested too deeply", why);
        if (s.elements > CARTA_PORTE_ELEMENTS_MAX || attributes > CARTA_PORTE_ATTRIBUTES_MAX)
            return shape_fault(&s, bytes, ERR_TOO_LARGE, "too many elements, or attributes of one element", why);
    }
    return ERR_NONE;
}

// The declared encoding, where there is one, must be UTF-8: otherwise the parser would read other text than we did.
static bool encoding_is_utf8(struct str bytes)
{
    if (!bytes.p || !str_starts(bytes, "<?xml")) return true;
    const char *end = memmem(bytes.p, bytes.n, "?>", 2);
    struct str head = {bytes.p, end ? (size_t)(end - bytes.p) : bytes.n};
    const char *at = memmem(head.p, head.n, "encoding", 8);
    if (!at) return true;
    struct str value = str_trim(str_from(head, (size_t)(at - head.p) + 8));
    if (!value.n || value.p[0] != '=') return false;
    value = str_trim(str_from(value, 1));
    return value.n >= 7 && strncasecmp(value.p + 1, "utf-8", 5) == 0 && value.p[6] == value.p[0];
}

static enum err bytes_check(struct str bytes, struct why *why)
{
    if (bytes.n > DOCUMENT_BYTES_MAX)
        return why_set(why, ERR_TOO_LARGE, "", "the document has %zu bytes; at most %zu are read", bytes.n,
                       DOCUMENT_BYTES_MAX);
    if (str_starts(bytes, "\xef\xbb\xbf")) bytes = str_from(bytes, 3);
    if (!bytes.n) return why_set(why, ERR_MALFORMED, "", "the document is empty");
    if (!utf8_valid(bytes) || !encoding_is_utf8(bytes))
        return why_set(why, ERR_MALFORMED, "", "the document is not UTF-8, which CFDI asks for");
    return shape_check(bytes, why);
}

// --- nodes ---

static bool node_is(const xmlNode *n, const char *ns, const char *name)
{
    return n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->ns->href, ns) == 0 &&
           strcmp((const char *)n->name, name) == 0;
}

static xmlNode *node_next(xmlNode *n, const char *name)
{
    while (n && !node_is(n, NS_CARTA_PORTE, name)) n = n->next;
    return n;
}

static xmlNode *node_child(const xmlNode *parent, const char *name)
{
    return parent ? node_next(parent->children, name) : NULL;
}

#define node_each(item, parent, name)                                                                                  \
    for (xmlNode *item = node_child(parent, name); item; item = node_next(item->next, name))

// The attribute's value in the arena; {NULL,0} if it is absent.
static struct str attribute(struct arena *arena, const xmlNode *n, const char *name)
{
    xmlChar *value = n ? xmlGetNoNsProp(n, (const xmlChar *)name) : NULL;
    struct str copy = value ? arena_str(arena, str_of((const char *)value)) : STR_NONE;
    xmlFree(value);
    return copy;
}

// "/CartaPorte/Mercancias/Mercancia[2]", and "/@PesoEnKg" behind it. What does not fit is left out at the front.
static void node_path(const xmlNode *n, const char *name, char out[80])
{
    char whole[512];
    size_t at = sizeof whole - 1;
    whole[at] = '\0';
    char piece[96];
    int k = name ? snprintf(piece, sizeof piece, "/@%.60s", name) : 0;
    for (;;) {
        if (k > 0) {
            size_t len = (size_t)k < sizeof piece ? (size_t)k : sizeof piece - 1;
            if (len > at) break;
            at -= len;
            memcpy(whole + at, piece, len);
        }
        if (!n || n->type != XML_ELEMENT_NODE) break;
        size_t before = 0, same = 0;
        for (const xmlNode *s = n->parent ? n->parent->children : NULL; s && same < 1000; s = s->next) {
            if (s == n) before = same;
            same += s->type == XML_ELEMENT_NODE && strcmp((const char *)s->name, (const char *)n->name) == 0;
        }
        k = same > 1 ? snprintf(piece, sizeof piece, "/%.60s[%zu]", (const char *)n->name, before + 1)
                     : snprintf(piece, sizeof piece, "/%.60s", (const char *)n->name);
        n = n->parent;
    }
    const char *path = whole + at, *cut;
    while (strlen(path) > 79 && (cut = strchr(path + 1, '/'))) path = cut;
    snprintf(out, 80, "%s", path);
}

static enum err no_memory(struct reading *r)
{
    return why_set(r->why, ERR_NO_MEMORY, "", "no memory for the document");
}

static enum err fault(struct reading *r, enum err err, const xmlNode *n, const char *name, const char *format, ...)
    PRINTF_LIKE(5, 6);
static enum err fault(struct reading *r, enum err err, const xmlNode *n, const char *name, const char *format, ...)
{
    char path[80], text[200];
    if (r->arena->failed) return no_memory(r); // an attribute that found no memory looks absent
    node_path(n, name, path);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    why_set(r->why, err, path, "%s (line %ld)", text, n ? xmlGetLineNo(n) : 0);
    if (r->why) why_clause(r->why, CLAUSE);
    return err;
}

// --- valid: our own checks ---

enum kind {
    TEXT,   // min to max characters, none of them '|'
    DIGITS, // min to max digits
    NUMBER, // decimal over zero with at most max decimals
    COUNT,  // whole number from 1
    CHOICE, // one of `choices`
    IDCCP,  // CCC and the rest of a UUID
    UUID,
    PEDIMENTO, // "YY  AA  PPPP  NNNNNNN"
    MOMENT,    // local date and time to the second
    DAY,
    PLATE, // 5 to 7 characters without blanks or hyphens
    RFC,
    COUNTRY, // ISO 3166-1 alpha-3
    SITE,    // OR or DE and six digits
};

struct attribute_rule {
    const char *element, *name;
    bool required;
    enum kind kind;
    int min, max;
    const char *const *choices;
};

struct child_rule {
    const char *element, *child;
    size_t min, max;
};

static const char *const version_31[] = {"3.1", NULL};
static const char *const yes_no[] = {"Sí", "No", NULL};
static const char *const yes[] = {"Sí", NULL};
static const char *const in_out[] = {"Entrada", "Salida", NULL};
static const char *const ends[] = {"Origen", "Destino", NULL};
static const char *const sea[] = {"Altura", "Cabotaje", NULL};
static const char *const regimes[] = {"IMD", "EXD", "ITR", "ITE", "ETR", "ETE", "DFI", "RFE", "RFS", "TRA", NULL};
static const char *const figures[] = {"01", "02", "03", "04", "05", NULL};
static const char *const ways[] = {"01", "02", "03", "04", "05", NULL};
static const char *const matters[] = {"01", "02", "03", "04", "05", NULL};

// Order in a sequence is left to SAT's schema.
static const struct child_rule children[] = {
    {"CartaPorte", "RegimenesAduaneros", 0, 1},
    {"CartaPorte", "Ubicaciones", 1, 1},
    {"CartaPorte", "Mercancias", 1, 1},
    {"CartaPorte", "FiguraTransporte", 0, 1},
    {"RegimenesAduaneros", "RegimenAduaneroCCP", 1, 10},
    {"Ubicaciones", "Ubicacion", 2, SIZE_MAX},
    {"Ubicacion", "Domicilio", 0, 1},
    {"Mercancias", "Mercancia", 1, SIZE_MAX},
    {"Mercancias", "Autotransporte", 0, 1},
    {"Mercancias", "TransporteMaritimo", 0, 1},
    {"Mercancias", "TransporteAereo", 0, 1},
    {"Mercancias", "TransporteFerroviario", 0, 1},
    {"Mercancia", "DocumentacionAduanera", 0, SIZE_MAX},
    {"Mercancia", "GuiasIdentificacion", 0, SIZE_MAX},
    {"Mercancia", "CantidadTransporta", 0, SIZE_MAX},
    {"Mercancia", "DetalleMercancia", 0, 1},
    {"Autotransporte", "IdentificacionVehicular", 1, 1},
    {"Autotransporte", "Seguros", 1, 1},
    {"Autotransporte", "Remolques", 0, 1},
    {"Remolques", "Remolque", 1, 2},
    {"FiguraTransporte", "TiposFigura", 1, SIZE_MAX},
    {"TiposFigura", "PartesTransporte", 0, SIZE_MAX},
    {"TiposFigura", "Domicilio", 0, 1},
};

static const struct attribute_rule attributes[] = {
    {"CartaPorte", "Version", true, CHOICE, .choices = version_31},
    {"CartaPorte", "IdCCP", true, IDCCP},
    {"CartaPorte", "TranspInternac", true, CHOICE, .choices = yes_no},
    {"CartaPorte", "EntradaSalidaMerc", false, CHOICE, .choices = in_out},
    {"CartaPorte", "PaisOrigenDestino", false, COUNTRY},
    {"CartaPorte", "ViaEntradaSalida", false, CHOICE, .choices = ways},
    {"CartaPorte", "TotalDistRec", false, NUMBER, .max = 99},
    {"CartaPorte", "RegistroISTMO", false, CHOICE, .choices = yes},
    {"CartaPorte", "UbicacionPoloOrigen", false, TEXT, 1, 20},
    {"CartaPorte", "UbicacionPoloDestino", false, TEXT, 1, 20},
    {"RegimenAduaneroCCP", "RegimenAduanero", true, CHOICE, .choices = regimes},
    {"Ubicacion", "TipoUbicacion", true, CHOICE, .choices = ends},
    {"Ubicacion", "IDUbicacion", false, SITE},
    {"Ubicacion", "RFCRemitenteDestinatario", true, RFC},
    {"Ubicacion", "NombreRemitenteDestinatario", false, TEXT, 1, 254},
    {"Ubicacion", "NumRegIdTrib", false, TEXT, 6, 40},
    {"Ubicacion", "ResidenciaFiscal", false, COUNTRY},
    {"Ubicacion", "NumEstacion", false, TEXT, 1, 20},
    {"Ubicacion", "NombreEstacion", false, TEXT, 1, 50},
    {"Ubicacion", "NavegacionTrafico", false, CHOICE, .choices = sea},
    {"Ubicacion", "FechaHoraSalidaLlegada", true, MOMENT},
    {"Ubicacion", "TipoEstacion", false, DIGITS, 2, 2},
    {"Ubicacion", "DistanciaRecorrida", false, NUMBER, .max = 99},
    {"Domicilio", "Calle", false, TEXT, 1, 100},
    {"Domicilio", "NumeroExterior", false, TEXT, 1, 55},
    {"Domicilio", "NumeroInterior", false, TEXT, 1, 55},
    {"Domicilio", "Colonia", false, TEXT, 1, 120},
    {"Domicilio", "Localidad", false, TEXT, 1, 120},
    {"Domicilio", "Referencia", false, TEXT, 1, 250},
    {"Domicilio", "Municipio", false, TEXT, 1, 120},
    {"Domicilio", "Estado", true, TEXT, 1, 30},
    {"Domicilio", "Pais", true, COUNTRY},
    {"Domicilio", "CodigoPostal", true, TEXT, 1, 12},
    {"Mercancias", "PesoBrutoTotal", true, NUMBER, .max = 3},
    {"Mercancias", "UnidadPeso", true, TEXT, 1, 3},
    {"Mercancias", "PesoNetoTotal", false, NUMBER, .max = 3},
    {"Mercancias", "NumTotalMercancias", true, COUNT},
    {"Mercancias", "CargoPorTasacion", false, TEXT, 1, 20},
    {"Mercancias", "LogisticaInversaRecoleccionDevolucion", false, CHOICE, .choices = yes},
    {"Mercancia", "BienesTransp", true, DIGITS, 8, 8},
    {"Mercancia", "ClaveSTCC", false, TEXT, 6, 7},
    {"Mercancia", "Descripcion", true, TEXT, 1, 1000},
    {"Mercancia", "Cantidad", true, NUMBER, .max = 6},
    {"Mercancia", "ClaveUnidad", true, TEXT, 1, 3},
    {"Mercancia", "Unidad", false, TEXT, 1, 20},
    {"Mercancia", "Dimensiones", false, TEXT, 1, 14},
    {"Mercancia", "MaterialPeligroso", false, CHOICE, .choices = yes_no},
    {"Mercancia", "CveMaterialPeligroso", false, TEXT, 1, 10},
    {"Mercancia", "Embalaje", false, TEXT, 1, 10},
    {"Mercancia", "DescripEmbalaje", false, TEXT, 1, 100},
    {"Mercancia", "SectorCOFEPRIS", false, TEXT, 1, 2},
    {"Mercancia", "NombreIngredienteActivo", false, TEXT, 1, 1000},
    {"Mercancia", "NomQuimico", false, TEXT, 1, 150},
    {"Mercancia", "DenominacionGenericaProd", false, TEXT, 1, 50},
    {"Mercancia", "DenominacionDistintivaProd", false, TEXT, 1, 50},
    {"Mercancia", "Fabricante", false, TEXT, 1, 240},
    {"Mercancia", "FechaCaducidad", false, DAY},
    {"Mercancia", "LoteMedicamento", false, TEXT, 1, 10},
    {"Mercancia", "FormaFarmaceutica", false, TEXT, 1, 2},
    {"Mercancia", "CondicionesEspTransp", false, TEXT, 1, 2},
    {"Mercancia", "RegistroSanitarioFolioAutorizacion", false, TEXT, 1, 15},
    {"Mercancia", "PermisoImportacion", false, TEXT, 1, 6},
    {"Mercancia", "FolioImpoVUCEM", false, TEXT, 1, 25},
    {"Mercancia", "NumCAS", false, TEXT, 1, 15},
    {"Mercancia", "RazonSocialEmpImp", false, TEXT, 1, 80},
    {"Mercancia", "NumRegSanPlagCOFEPRIS", false, TEXT, 1, 60},
    {"Mercancia", "DatosFabricante", false, TEXT, 1, 600},
    {"Mercancia", "DatosFormulador", false, TEXT, 1, 600},
    {"Mercancia", "DatosMaquilador", false, TEXT, 1, 600},
    {"Mercancia", "UsoAutorizado", false, TEXT, 1, 1000},
    {"Mercancia", "PesoEnKg", true, NUMBER, .max = 3},
    {"Mercancia", "ValorMercancia", false, TEXT, 1, 20},
    {"Mercancia", "Moneda", false, TEXT, 3, 3},
    {"Mercancia", "FraccionArancelaria", false, DIGITS, 8, 10},
    {"Mercancia", "UUIDComercioExt", false, UUID},
    {"Mercancia", "TipoMateria", false, CHOICE, .choices = matters},
    {"Mercancia", "DescripcionMateria", false, TEXT, 1, 50},
    {"DocumentacionAduanera", "TipoDocumento", true, DIGITS, 2, 2},
    {"DocumentacionAduanera", "NumPedimento", false, PEDIMENTO},
    {"DocumentacionAduanera", "IdentDocAduanero", false, TEXT, 1, 150},
    {"DocumentacionAduanera", "RFCImpo", false, RFC},
    {"GuiasIdentificacion", "NumeroGuiaIdentificacion", true, TEXT, 10, 30},
    {"GuiasIdentificacion", "DescripGuiaIdentificacion", true, TEXT, 1, 1000},
    {"GuiasIdentificacion", "PesoGuiaIdentificacion", true, NUMBER, .max = 3},
    {"CantidadTransporta", "Cantidad", true, NUMBER, .max = 6},
    {"CantidadTransporta", "IDOrigen", true, SITE},
    {"CantidadTransporta", "IDDestino", true, SITE},
    {"CantidadTransporta", "CvesTransporte", false, CHOICE, .choices = ways},
    {"DetalleMercancia", "UnidadPesoMerc", true, TEXT, 1, 3},
    {"DetalleMercancia", "PesoBruto", true, NUMBER, .max = 3},
    {"DetalleMercancia", "PesoNeto", true, NUMBER, .max = 3},
    {"DetalleMercancia", "PesoTara", true, NUMBER, .max = 3},
    {"DetalleMercancia", "NumPiezas", false, COUNT},
    {"Autotransporte", "PermSCT", true, TEXT, 1, 6},
    {"Autotransporte", "NumPermisoSCT", true, TEXT, 1, 50},
    {"IdentificacionVehicular", "ConfigVehicular", true, TEXT, 1, 12},
    {"IdentificacionVehicular", "PesoBrutoVehicular", true, NUMBER, .max = 2},
    {"IdentificacionVehicular", "PlacaVM", true, PLATE},
    {"IdentificacionVehicular", "AnioModeloVM", true, DIGITS, 4, 4},
    {"Seguros", "AseguraRespCivil", true, TEXT, 3, 50},
    {"Seguros", "PolizaRespCivil", true, TEXT, 3, 30},
    {"Seguros", "AseguraMedAmbiente", false, TEXT, 3, 50},
    {"Seguros", "PolizaMedAmbiente", false, TEXT, 3, 30},
    {"Seguros", "AseguraCarga", false, TEXT, 3, 50},
    {"Seguros", "PolizaCarga", false, TEXT, 3, 30},
    {"Seguros", "PrimaSeguro", false, TEXT, 1, 20},
    {"Remolque", "SubTipoRem", true, TEXT, 6, 6},
    {"Remolque", "Placa", true, PLATE},
    {"TiposFigura", "TipoFigura", true, CHOICE, .choices = figures},
    {"TiposFigura", "RFCFigura", false, RFC},
    {"TiposFigura", "NumLicencia", false, TEXT, 6, 16},
    {"TiposFigura", "NombreFigura", true, TEXT, 1, 254},
    {"TiposFigura", "NumRegIdTribFigura", false, TEXT, 6, 40},
    {"TiposFigura", "ResidenciaFiscalFigura", false, COUNTRY},
    {"PartesTransporte", "ParteTransporte", true, TEXT, 4, 4},
};

// A template: '0' a digit, 'h' a hexadecimal digit, anything else itself.
static bool fits(struct str v, const char *template)
{
    if (v.n != strlen(template)) return false;
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        bool digit = c >= '0' && c <= '9', hex = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        if (template[i] == '0' ? !digit : template[i] == 'h' ? !hex : c != template[i]) return false;
    }
    return true;
}

static size_t points(struct str v)
{
    size_t n = 0;
    for (size_t i = 0; i < v.n; i++) n += ((unsigned char)v.p[i] & 0xc0) != 0x80;
    return n;
}

static bool digits_fit(struct str v, int min, int max)
{
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] < '0' || v.p[i] > '9') return false;
    }
    return v.n >= (size_t)min && v.n <= (size_t)max;
}

// xs:decimal over zero, at most `decimals` of them; 15 digits are exact in a double.
static bool number_read(struct str v, int decimals, double *out)
{
    struct str fraction, whole = str_cut(v, '.', &fraction);
    char copy[40];
    if (whole.n + fraction.n == 0 || !digits_fit(whole, 0, 12) || !digits_fit(fraction, 0, decimals)) return false;
    if (fraction.n > 16) return false;
    snprintf(copy, sizeof copy, "%.*s", STR_ARG(v));
    *out = strtod(copy, NULL);
    return *out > 0;
}

// Local time as UTC milliseconds of the same face.
static bool moment_read(struct str v, int64_t *face_ms)
{
    if (!fits(v, "0000-00-00T00:00:00")) return false;
    char utc[24];
    snprintf(utc, sizeof utc, "%.19sZ", v.p);
    return str_starts(v, "20") && time_parse_ms(str_of(utc), face_ms);
}

// SAT tdCFDI t_RFC: three or four letters (& and Ñ too), a date, two characters and a check character.
static bool rfc_fits(struct str v)
{
    size_t letters = 0, at = 0;
    while (at < v.n && letters < 4) {
        bool enye = at + 1 < v.n && (unsigned char)v.p[at] == 0xc3 && (unsigned char)v.p[at + 1] == 0x91;
        if (!enye && v.p[at] != '&' && (v.p[at] < 'A' || v.p[at] > 'Z')) break;
        at += enye ? 2 : 1;
        letters++;
    }
    struct str rest = str_from(v, at);
    if (letters < 3 || rest.n != 9 || !fits((struct str){rest.p, 6}, "000000")) return false;
    int month = (rest.p[2] - '0') * 10 + rest.p[3] - '0', day = (rest.p[4] - '0') * 10 + rest.p[5] - '0';
    for (size_t i = 6; i < 9; i++) {
        bool digit = rest.p[i] >= '0' && rest.p[i] <= '9', upper = rest.p[i] >= 'A' && rest.p[i] <= 'Z';
        if (!digit && !(i < 8 ? upper : rest.p[i] == 'A')) return false;
    }
    return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

static bool plate_fits(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        if (memchr("(?!.*)- \t\r\n", v.p[i], 11)) return false;
    }
    return points(v) >= 5 && points(v) <= 7;
}

static bool choice_fits(struct str v, const char *const *choices)
{
    while (*choices && !str_is(v, *choices)) choices++;
    return *choices != NULL;
}

static bool text_fits(struct str v, int min, int max)
{
    return points(v) >= (size_t)min && points(v) <= (size_t)max && !(v.n && memchr(v.p, '|', v.n));
}

static bool country_fits(struct str v)
{
    return v.n == 3 && v.p[0] >= 'A' && v.p[0] <= 'Z' && v.p[1] >= 'A' && v.p[1] <= 'Z' && v.p[2] >= 'A' &&
           v.p[2] <= 'Z';
}

static bool value_fits(const struct attribute_rule *rule, struct str v)
{
    double number;
    int64_t ms;
    uint64_t count;
    switch (rule->kind) {
    case TEXT:
        return text_fits(v, rule->min, rule->max);
    case DIGITS:
        return digits_fit(v, rule->min, rule->max);
    case NUMBER:
        return number_read(v, rule->max, &number);
    case COUNT:
        return str_decimal(v, INT32_MAX, &count) && count >= 1;
    case CHOICE:
        return choice_fits(v, rule->choices);
    case IDCCP:
        return fits(v, "CCChhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");
    case UUID:
        return fits(v, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh");
    case PEDIMENTO:
        return fits(v, "00  00  0000  0000000");
    case MOMENT:
        return moment_read(v, &ms);
    case DAY:
        return fits(v, "0000-00-00");
    case PLATE:
        return plate_fits(v);
    case RFC:
        return rfc_fits(v);
    case COUNTRY:
        return country_fits(v);
    case SITE:
        return fits(v, "OR000000") || fits(v, "DE000000");
    }
    return false;
}

static const char *kind_text(enum kind kind)
{
    static const char *const texts[] = {
        [TEXT] = "a text of the allowed length, without |",
        [DIGITS] = "digits, as many as the catalogue's codes have",
        [NUMBER] = "a number over zero with no more decimals than allowed",
        [COUNT] = "a whole number from 1",
        [CHOICE] = "one of the values of its catalogue",
        [IDCCP] = "CCC and the rest of a UUID",
        [UUID] = "a UUID",
        [PEDIMENTO] = "a pedimento: 2, 2, 4 and 7 digits with two spaces between",
        [MOMENT] = "a date and time such as 2026-03-10T05:30:00",
        [DAY] = "a date",
        [PLATE] = "a plate: 5 to 7 characters, no spaces or hyphens",
        [RFC] = "an RFC",
        [COUNTRY] = "a country code of three letters",
        [SITE] = "OR or DE and six digits",
    };
    return texts[kind];
}

static enum err attributes_check(struct reading *r, const xmlNode *n)
{
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        bool known = a->ns != NULL; // xsi:schemaLocation and the like
        for (size_t i = 0; i < sizeof attributes / sizeof *attributes && !known; i++)
            known = !strcmp(attributes[i].element, (const char *)n->name) &&
                    !strcmp(attributes[i].name, (const char *)a->name);
        if (!known)
            return fault(r, ERR_MALFORMED, n, (const char *)a->name, "the attribute %.40s is not known in %.40s",
                         (const char *)a->name, (const char *)n->name);
    }
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        const struct attribute_rule *rule = &attributes[i];
        if (strcmp(rule->element, (const char *)n->name) != 0) continue;
        struct str v = attribute(r->arena, n, rule->name);
        if (!v.p && r->arena->failed) return no_memory(r);
        if (!v.p && rule->required)
            return fault(r, ERR_MALFORMED, n, rule->name, "%s must have the attribute %s", rule->element, rule->name);
        if (v.p && !value_fits(rule, v))
            return fault(r, ERR_MALFORMED, n, rule->name, "%s=\"%.40s\" is not %s", rule->name, v.p,
                         kind_text(rule->kind));
    }
    return ERR_NONE;
}

static enum err children_check(struct reading *r, xmlNode *n)
{
    for (xmlNode *c = n->children; c; c = c->next) {
        if (c->type != XML_ELEMENT_NODE) continue;
        bool known = false;
        for (size_t i = 0; i < sizeof children / sizeof *children && !known; i++)
            known =
                !strcmp(children[i].element, (const char *)n->name) && node_is(c, NS_CARTA_PORTE, children[i].child);
        if (!known)
            return fault(r, ERR_MALFORMED, c, NULL, "the element %.40s is not known in %.40s", (const char *)c->name,
                         (const char *)n->name);
    }
    for (size_t i = 0; i < sizeof children / sizeof *children; i++) {
        const struct child_rule *rule = &children[i];
        if (strcmp(rule->element, (const char *)n->name) != 0) continue;
        size_t count = 0;
        node_each(c, n, rule->child) count++;
        if (count < rule->min)
            return fault(r, ERR_MALFORMED, n, NULL, "%s must have %zu or more %s, and has %zu", rule->element,
                         rule->min, rule->child, count);
        if (count > rule->max)
            return fault(r, ERR_MALFORMED, n, NULL, "%s may have %zu %s, and has %zu", rule->element, rule->max,
                         rule->child, count);
    }
    return ERR_NONE;
}

// Other means of transport are not read here, and so not checked.
static bool other_branch(const xmlNode *n)
{
    return node_is(n, NS_CARTA_PORTE, "TransporteMaritimo") || node_is(n, NS_CARTA_PORTE, "TransporteAereo") ||
           node_is(n, NS_CARTA_PORTE, "TransporteFerroviario");
}

// Depth is bounded by shape_check.
static enum err elements_check(struct reading *r, xmlNode *n)
{
    enum err err = attributes_check(r, n);
    if (!err) err = children_check(r, n);
    for (xmlNode *c = n->children; c && !err; c = c->next) {
        if (c->type == XML_ELEMENT_NODE && !other_branch(c)) err = elements_check(r, c);
    }
    return err;
}

// --- valid: SAT's schema ---

struct carta_porte_schema {
    xmlSchema *schema;
};

static void quiet(void *user, xmlError *error)
{
    (void)user;
    (void)error;
}

enum err carta_porte_schema_load(const char *dir, struct carta_porte_schema **out, struct why *why)
{
    static const char *const places[] = {"%s/CartaPorte31.xsd", "%s/CartaPorte/CartaPorte31.xsd"};
    char path[1024] = "";
    FILE *file = NULL;
    for (size_t i = 0; i < 2 && !file; i++) {
        snprintf(path, sizeof path, i ? places[1] : places[0], dir);
        file = fopen(path, "rb");
    }
    if (!file) return why_set(why, ERR_NOT_FOUND, "", "there is no CartaPorte31.xsd in %.120s", dir);
    fclose(file);
    xmlInitParser();
    xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader);
    xmlSchemaParserCtxt *parser = xmlSchemaNewParserCtxt(path);
    if (!parser) return why_set(why, ERR_NO_MEMORY, "", "no memory for the schema");
    xmlSchemaSetParserStructuredErrors(parser, quiet, NULL);
    xmlSchema *compiled = xmlSchemaParse(parser);
    xmlSchemaFreeParserCtxt(parser);
    if (!compiled) return why_set(why, ERR_MALFORMED, "", "%.150s, or what it imports, is no XML Schema", path);
    struct carta_porte_schema *schema = malloc(sizeof *schema);
    if (!schema) xmlSchemaFree(compiled);
    if (!schema) return why_set(why, ERR_NO_MEMORY, "", "no memory for the schema");
    schema->schema = compiled;
    *out = schema;
    return ERR_NONE;
}

void carta_porte_schema_free(struct carta_porte_schema *schema)
{
    if (!schema) return;
    xmlSchemaFree(schema->schema);
    free(schema);
}

// libxml2's message without namespaces and line end.
static void message_clean(const char *message, char *out, size_t room)
{
    size_t n = 0;
    for (const char *p = message; *p && n + 1 < room; p++) {
        const char *close = str_starts(str_of(p), "{http") ? strchr(p, '}') : NULL;
        if (close)
            p = close;
        else
            out[n++] = *p == '\n' ? ' ' : *p;
    }
    while (n && out[n - 1] == ' ') n--;
    out[n] = '\0';
}

// What stands in the message between `before` and the next quote.
static void message_part(const char *message, const char *before, char *out, size_t room)
{
    const char *at = strstr(message, before);
    at = at ? at + strlen(before) : "";
    snprintf(out, room, "%.*s", (int)strcspn(at, "'"), at);
}

struct complaint {
    char element[64], attribute[64], value[64];
    long line; // 0: not known
};

// The validator reads a stream and has no nodes: the element that the message is about, found again in the tree. Depth
// is bounded by shape_check.
static const xmlNode *complaint_find(const xmlNode *n, const struct complaint *c)
{
    for (; n; n = n->next) {
        if (n->type != XML_ELEMENT_NODE) continue;
        xmlChar *value = c->attribute[0] ? xmlGetNoNsProp(n, (const xmlChar *)c->attribute) : NULL;
        bool found = strcmp((const char *)n->name, c->element) == 0 && (!c->line || xmlGetLineNo(n) == c->line) &&
                     (!c->value[0] || (value && strcmp((const char *)value, c->value) == 0));
        xmlFree(value);
        const xmlNode *at = found ? n : complaint_find(n->children, c);
        if (at) return at;
    }
    return NULL;
}

// The first error is the one that is told.
static void schema_error(void *user, xmlError *error)
{
    struct reading *r = user;
    struct complaint c = {.line = 0};
    char text[180];
    if (!error || r->invalid) return;
    r->invalid = true;
    const char *message = error->message ? error->message : "not valid";
    message_clean(message, text, sizeof text);
    message_part(text, "Element '", c.element, sizeof c.element);
    message_part(text, "attribute '", c.attribute, sizeof c.attribute);
    message_part(text, "The value '", c.value, sizeof c.value);
    if (xmlDocGetRootElement(r->root->doc) == r->root) c.line = error->line;
    const xmlNode *at = complaint_find(r->root, &c);
    c.line = 0; // of what is missing at the end of an element, the line is that of the end
    if (!at) at = complaint_find(r->root, &c);
    fault(r, ERR_MALFORMED, at ? at : r->root, c.attribute[0] ? c.attribute : NULL, "%s", text);
}

// The complement on its own, as text: the document's own bytes where it is the whole of it.
static xmlChar *complement_text(const struct reading *r, struct str bytes, int *n)
{
    if (xmlDocGetRootElement(r->root->doc) == r->root) {
        *n = (int)bytes.n;
        return xmlStrndup((const xmlChar *)bytes.p, *n);
    }
    xmlChar *text = NULL;
    xmlDoc *alone = xmlNewDoc((const xmlChar *)"1.0");
    xmlNode *copy = alone ? xmlDocCopyNode(r->root, alone, 1) : NULL;
    if (copy) xmlDocSetRootElement(alone, copy);
    if (copy) xmlDocDumpMemoryEnc(alone, &text, n, "UTF-8");
    xmlFreeDoc(alone);
    return text;
}

// Reads until the first error and no further: for each value that is not in a catalogue libxml2 writes out all of the
// catalogue, and a document can have thousands of them.
static enum err schema_read(struct reading *r, xmlSchemaValidCtxt *valid, xmlTextReader *reader)
{
    xmlSchemaSetValidStructuredErrors(valid, schema_error, r);
    if (xmlTextReaderSchemaValidateCtxt(reader, valid, 0) != 0) return no_memory(r);
    int more = 1;
    while (more == 1 && !r->invalid) more = xmlTextReaderRead(reader);
    if (!r->invalid && more == 0 && xmlTextReaderIsValid(reader) == 1) return ERR_NONE;
    return why_set(r->why, ERR_MALFORMED, "/CartaPorte", "not valid by SAT's schema");
}

static enum err schema_check(struct reading *r, struct str bytes, const struct carta_porte_schema *schema)
{
    int n = 0;
    xmlChar *text = complement_text(r, bytes, &n);
    xmlTextReader *reader = text ? xmlReaderForMemory((const char *)text, n, NULL, "UTF-8", PARSE_OPTIONS) : NULL;
    xmlSchemaValidCtxt *valid = xmlSchemaNewValidCtxt(schema->schema);
    enum err err = reader && valid ? schema_read(r, valid, reader) : no_memory(r);
    xmlFreeTextReader(reader);
    xmlSchemaFreeValidCtxt(valid);
    xmlFree(text);
    return err;
}

// --- sensible ---

static bool attribute_is(struct reading *r, const xmlNode *n, const char *name, const char *value)
{
    return str_is(attribute(r->arena, n, name), value);
}

static double attribute_number(struct reading *r, const xmlNode *n, const char *name)
{
    double value = 0;
    struct str v = attribute(r->arena, n, name);
    return v.p && number_read(v, 99, &value) ? value : 0;
}

// Kilograms of one unit of c_ClaveUnidadPeso; 0 for those that are no unit of mass or not in use at the border.
static double unit_kg(struct str unit)
{
    static const struct {
        const char *unit;
        double kg;
    } units[] = {{"KGM", 1},          {"TNE", 1000},      {"GRM", 0.001},
                 {"LBR", 0.45359237}, {"STN", 907.18474}, {"LTN", 1016.0469088}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (str_is(unit, units[i].unit)) return units[i].kg;
    }
    return 0;
}

static enum err weights_sense(struct reading *r)
{
    xmlNode *goods = node_child(r->root, "Mercancias");
    double sum = 0, unit = unit_kg(attribute(r->arena, goods, "UnidadPeso"));
    size_t count = 0;
    node_each(item, goods, "Mercancia")
    {
        sum += attribute_number(r, item, "PesoEnKg");
        count++;
    }
    double total = attribute_number(r, goods, "PesoBrutoTotal") * unit;
    // Each weight has three decimals; other units than kilograms round in the third figure after conversion.
    double slack = 0.001 * (double)(count + 1) + (unit == 1 ? 0 : 0.001 * total) + 1e-6;
    if (unit > 0 && fabs(total - sum) > slack)
        return fault(r, ERR_SENSELESS, goods, "PesoBrutoTotal",
                     "PesoBrutoTotal is %.3f kg, the goods' PesoEnKg sum to %.3f", total, sum);
    double stated = attribute_number(r, goods, "NumTotalMercancias");
    if (stated != (double)count)
        return fault(r, ERR_SENSELESS, goods, "NumTotalMercancias",
                     "NumTotalMercancias is %.0f, there are %zu Mercancia", stated, count);
    xmlNode *vehicle = node_child(node_child(goods, "Autotransporte"), "IdentificacionVehicular");
    double gross = attribute_number(r, vehicle, "PesoBrutoVehicular") * 1000;
    if (sum > gross)
        return fault(r, ERR_SENSELESS, vehicle, "PesoBrutoVehicular",
                     "the cargo weighs %.3f kg, more than the gross weight of the vehicle with it, %.0f kg", sum,
                     gross);
    return ERR_NONE;
}

static enum err sites_sense(struct reading *r)
{
    int64_t departure = INT64_MAX;
    size_t origins = 0, destinations = 0;
    double distance = 0;
    xmlNode *sites = node_child(r->root, "Ubicaciones");
    node_each(site, sites, "Ubicacion")
    {
        int64_t when;
        struct str id = attribute(r->arena, site, "IDUbicacion");
        bool origin = attribute_is(r, site, "TipoUbicacion", "Origen");
        if (id.p && !str_starts(id, origin ? "OR" : "DE"))
            return fault(r, ERR_SENSELESS, site, "IDUbicacion", "IDUbicacion %.8s is not of its TipoUbicacion", id.p);
        if (!moment_read(attribute(r->arena, site, "FechaHoraSalidaLlegada"), &when)) return no_memory(r);
        if (origin && when < departure) departure = when;
        origins += origin;
        destinations += !origin;
        distance += attribute_number(r, site, "DistanciaRecorrida");
    }
    if (!origins || !destinations)
        return fault(r, ERR_SENSELESS, sites, NULL, "Ubicaciones must have an Origen and a Destino");
    node_each(site, sites, "Ubicacion")
    {
        int64_t when;
        struct str text = attribute(r->arena, site, "FechaHoraSalidaLlegada");
        if (!moment_read(text, &when)) return no_memory(r);
        if (attribute_is(r, site, "TipoUbicacion", "Destino") && when < departure)
            return fault(r, ERR_SENSELESS, site, "FechaHoraSalidaLlegada", "the arrival %.19s is before the departure",
                         text.p);
    }
    double total = attribute_number(r, r->root, "TotalDistRec");
    if (total > 0 && fabs(total - distance) > 0.01 * (double)(destinations + 1) + 1e-6)
        return fault(r, ERR_SENSELESS, r->root, "TotalDistRec",
                     "TotalDistRec is %.2f km, DistanciaRecorrida sums to %.2f", total, distance);
    return ERR_NONE;
}

static enum err plates_sense(struct reading *r)
{
    xmlNode *road = node_child(node_child(r->root, "Mercancias"), "Autotransporte");
    struct str seen[3];
    size_t n = 0;
    seen[n++] = attribute(r->arena, node_child(road, "IdentificacionVehicular"), "PlacaVM");
    node_each(trailer, node_child(road, "Remolques"), "Remolque")
    {
        struct str plate = attribute(r->arena, trailer, "Placa");
        for (size_t i = 0; i < n; i++) {
            if (str_eq(seen[i], plate))
                return fault(r, ERR_SENSELESS, trailer, "Placa", "the plate %.20s is on two vehicles", plate.p);
        }
        if (n < 3) seen[n++] = plate;
    }
    return ERR_NONE;
}

// Which way a regime goes, by SAT's catalogue c_RegimenAduanero.
static bool regime_goes(struct str regime, bool in)
{
    static const char *const in_only[] = {"IMD", "ITR", "ITE", NULL}, *const out_only[] = {"EXD", "ETR", "ETE", NULL};
    return !choice_fits(regime, in ? out_only : in_only);
}

static enum err customs_sense(struct reading *r)
{
    static const char *const needed[] = {"EntradaSalidaMerc", "PaisOrigenDestino", "ViaEntradaSalida"};
    if (!attribute_is(r, r->root, "TranspInternac", "Sí")) return ERR_NONE;
    for (size_t i = 0; i < 3; i++) {
        if (!attribute(r->arena, r->root, needed[i]).p)
            return fault(r, ERR_SENSELESS, r->root, needed[i], "international transport must have %s", needed[i]);
    }
    bool in = attribute_is(r, r->root, "EntradaSalidaMerc", "Entrada");
    xmlNode *list = node_child(r->root, "RegimenesAduaneros");
    if (!list) return fault(r, ERR_SENSELESS, r->root, NULL, "international transport must have RegimenesAduaneros");
    node_each(regime, list, "RegimenAduaneroCCP")
    {
        struct str code = attribute(r->arena, regime, "RegimenAduanero");
        if (!regime_goes(code, in))
            return fault(r, ERR_SENSELESS, regime, "RegimenAduanero",
                         "the regime %.3s is not one of goods that %s the country", code.p, in ? "enter" : "leave");
    }
    node_each(item, node_child(r->root, "Mercancias"), "Mercancia")
    {
        node_each(paper, item, "DocumentacionAduanera")
        {
            if (in && attribute_is(r, paper, "TipoDocumento", "01") && !attribute(r->arena, paper, "NumPedimento").p)
                return fault(r, ERR_SENSELESS, paper, "NumPedimento",
                             "a pedimento of goods that enter must have NumPedimento");
        }
    }
    return ERR_NONE;
}

// --- the draft ---

static bool rfc_generic(struct str rfc)
{
    return str_is(rfc, "XEXX010101000") || str_is(rfc, "XAXX010101000");
}

// A subject by an attribute. SAT itself registered some RFCs whose check digit does not hold; and a tax number from
// abroad may follow no scheme of ours: what is not checked names nobody, and the document stands.
static enum err subject_soft(struct reading *r, struct draft *draft, enum noun noun, const char *scheme,
                             struct str value, struct subject_ref **ref)
{
    struct identifier id;
    if (!value.n || rfc_generic(value)) return ERR_NONE;
    enum err err = identifier_check(r->context->identifiers, r->arena, str_of(scheme), value, &id, NULL);
    if (err == ERR_MALFORMED || err == ERR_SENSELESS) return ERR_NONE;
    return document_subject(r->arena, r->context, draft, noun, str_of(scheme), value, scheme, ref, r->why);
}

static enum err subject_document(struct reading *r, struct draft *draft, struct str number, struct str uuid)
{
    struct subject_ref *ref = NULL;
    enum err err = document_subject(r->arena, r->context, draft, NOUN_DOCUMENT, STR("mx.idccp"), number,
                                    "/CartaPorte/@IdCCP", &ref, r->why);
    if (!err && uuid.p)
        err =
            document_also(r->arena, r->context, ref, STR("cfdi.uuid"), uuid, "/Comprobante/Complemento/@UUID", r->why);
    return err;
}

static enum err subject_consignments(struct reading *r, struct draft *draft)
{
    node_each(item, node_child(r->root, "Mercancias"), "Mercancia")
    {
        node_each(paper, item, "DocumentacionAduanera")
        {
            struct str number = attribute(r->arena, paper, "NumPedimento");
            char path[80];
            if (!number.p) continue;
            node_path(paper, "NumPedimento", path);
            enum err err = document_subject(r->arena, r->context, draft, NOUN_CONSIGNMENT, STR("mx.pedimento"), number,
                                            path, NULL, r->why);
            if (err) return err;
        }
    }
    return ERR_NONE;
}

static enum err subject_vehicles(struct reading *r, struct draft *draft, struct json *plates)
{
    xmlNode *road = node_child(node_child(r->root, "Mercancias"), "Autotransporte");
    struct str plate = attribute(r->arena, node_child(road, "IdentificacionVehicular"), "PlacaVM");
    enum err err =
        document_subject(r->arena, r->context, draft, NOUN_CONVEYANCE, STR("plate.mx"), plate,
                         "/CartaPorte/Mercancias/Autotransporte/IdentificacionVehicular/@PlacaVM", NULL, r->why);
    json_add(plates, json_new_text(r->arena, plate));
    node_each(trailer, node_child(road, "Remolques"), "Remolque")
    {
        if (err) return err;
        plate = attribute(r->arena, trailer, "Placa");
        // The specification does not say of which country a trailer's plate is.
        err = document_subject(r->arena, r->context, draft, NOUN_TRAILER, STR("trailer.plate"), plate,
                               "/CartaPorte/Mercancias/Autotransporte/Remolques/Remolque/@Placa", NULL, r->why);
        json_add(plates, json_new_text(r->arena, plate));
    }
    return err;
}

static enum err subject_driver(struct reading *r, struct draft *draft)
{
    xmlNode *figure = node_child(node_child(r->root, "FiguraTransporte"), "TiposFigura");
    while (figure && !attribute_is(r, figure, "TipoFigura", "01")) figure = node_next(figure->next, "TiposFigura");
    if (!figure) return ERR_NONE;
    struct subject_ref *ref = NULL;
    struct str licence = attribute(r->arena, figure, "NumLicencia"), rfc = attribute(r->arena, figure, "RFCFigura");
    enum err err = subject_soft(r, draft, NOUN_DRIVER, "mx.licence", licence, &ref);
    if (err || !ref) return err ? err : subject_soft(r, draft, NOUN_DRIVER, "mx.rfc", rfc, NULL);
    struct identifier id;
    if (!rfc.n || rfc_generic(rfc)) return ERR_NONE;
    if (identifier_check(r->context->identifiers, r->arena, STR("mx.rfc"), rfc, &id, NULL)) return ERR_NONE;
    return draft_also(r->arena, ref, id.scheme, id.value) ? ERR_NONE : no_memory(r);
}

// The party at one end: by its RFC, or from abroad by the tax number of its country.
static enum err subject_party(struct reading *r, struct draft *draft, enum noun noun, const xmlNode *site)
{
    struct str rfc = attribute(r->arena, site, "RFCRemitenteDestinatario");
    struct str foreign = attribute(r->arena, site, "NumRegIdTrib"),
               home = attribute(r->arena, site, "ResidenciaFiscal");
    if (!rfc_generic(rfc)) return subject_soft(r, draft, noun, "mx.rfc", rfc, NULL);
    if (noun != NOUN_IMPORTER) return ERR_NONE;
    if (str_is(home, "USA")) return subject_soft(r, draft, noun, "us.ior", foreign, NULL);
    if (str_is(home, "CAN")) return subject_soft(r, draft, noun, "ca.bn", foreign, NULL);
    return ERR_NONE;
}

static xmlNode *site_of(struct reading *r, const char *type)
{
    xmlNode *site = node_child(node_child(r->root, "Ubicaciones"), "Ubicacion");
    while (site && !attribute_is(r, site, "TipoUbicacion", type)) site = node_next(site->next, "Ubicacion");
    return site;
}

static enum err subject_traders(struct reading *r, struct draft *draft)
{
    enum err err = ERR_NONE;
    node_each(item, node_child(r->root, "Mercancias"), "Mercancia")
    {
        node_each(paper, item, "DocumentacionAduanera")
        {
            if (!err)
                err = subject_soft(r, draft, NOUN_IMPORTER, "mx.rfc", attribute(r->arena, paper, "RFCImpo"), NULL);
        }
    }
    if (!err) err = subject_party(r, draft, NOUN_IMPORTER, site_of(r, "Destino"));
    if (!err) err = subject_party(r, draft, NOUN_MANUFACTURER, site_of(r, "Origen"));
    return err;
}

static int offset_of(const struct document_context *context)
{
    return context->utc_offset_minutes ? context->utc_offset_minutes : CARTA_PORTE_OFFSET_DEFAULT;
}

static bool utc_of(struct reading *r, struct str local, int64_t *ms)
{
    if (!local.p || !moment_read(local, ms)) return false;
    *ms -= (int64_t)offset_of(r->context) * 60000;
    return true;
}

static void put_place(struct reading *r, struct json *facts, const char *name, const xmlNode *site)
{
    const xmlNode *home = node_child(site, "Domicilio");
    struct str state = attribute(r->arena, home, "Estado"), country = attribute(r->arena, home, "Pais");
    if (home)
        json_put_text(r->arena, facts, name, arena_printf(r->arena, "%.*s, %.*s", STR_ARG(state), STR_ARG(country)));
}

// Departure is the earliest of the origins, arrival the latest of the destinations.
static void put_times(struct reading *r, struct json *facts)
{
    int64_t departure = INT64_MAX, arrival = INT64_MIN;
    int offset = offset_of(r->context);
    node_each(site, node_child(r->root, "Ubicaciones"), "Ubicacion")
    {
        int64_t ms;
        if (!utc_of(r, attribute(r->arena, site, "FechaHoraSalidaLlegada"), &ms)) continue;
        bool origin = attribute_is(r, site, "TipoUbicacion", "Origen");
        if (origin && ms < departure) departure = ms;
        if (!origin && ms > arrival) arrival = ms;
    }
    document_put_time(r->arena, facts, "departure", departure);
    document_put_time(r->arena, facts, "arrival", arrival);
    // The document's times have no zone: this is the offset with which they were read.
    json_put_text(
        r->arena, facts, "local_offset",
        arena_printf(r->arena, "%c%02d:%02d", offset < 0 ? '-' : '+', abs(offset) / 60 % 24, abs(offset) % 60));
}

static void put_goods(struct reading *r, struct draft *draft, struct json *facts)
{
    struct json *goods = json_new_array(r->arena);
    double kg = 0, pieces = 0;
    node_each(item, node_child(r->root, "Mercancias"), "Mercancia")
    {
        struct json *one = json_new_object(r->arena);
        struct str hs = attribute(r->arena, item, "FraccionArancelaria");
        double weight = attribute_number(r, item, "PesoEnKg");
        json_put_text(r->arena, one, "description", attribute(r->arena, item, "Descripcion"));
        if (hs.p) json_put_text(r->arena, one, "hs", hs);
        json_put_number(r->arena, one, "kg", weight);
        json_put_number(r->arena, one, "quantity", attribute_number(r, item, "Cantidad"));
        json_add(goods, one);
        kg += weight;
        pieces += attribute_number(r, node_child(item, "DetalleMercancia"), "NumPiezas");
    }
    json_put_number(r->arena, facts, "gross_kg", round(kg * 1000) / 1000);
    if (pieces > 0) json_put_number(r->arena, facts, "pieces", pieces);
    document_goods(r->arena, draft, facts, goods);
}

// What stands around the complement in a CFDI.
struct invoice {
    struct str uuid, issuer, stamped;
};

static enum err draft_subjects(struct reading *r, struct draft *draft, const struct invoice *invoice,
                               struct json *plates)
{
    enum err err = subject_document(r, draft, attribute(r->arena, r->root, "IdCCP"), invoice->uuid);
    if (!err) err = subject_consignments(r, draft);
    if (!err) err = subject_vehicles(r, draft, plates);
    if (!err) err = subject_driver(r, draft);
    if (!err) err = subject_soft(r, draft, NOUN_CARRIER, "mx.rfc", invoice->issuer, NULL);
    return err ? err : subject_traders(r, draft);
}

static enum err draft_make(struct reading *r, struct str bytes, const struct invoice *invoice, struct drafts *out)
{
    int64_t at = r->context->received_ms;
    utc_of(r, invoice->stamped, &at);
    struct draft *draft = draft_new(r->arena, "document", at, r->context->label);
    struct json *document = json_new_object(r->arena), *facts = json_new_object(r->arena);
    struct json *plates = json_new_array(r->arena);
    if (!draft || !document || !facts || !plates) return no_memory(r);
    enum err err = draft_subjects(r, draft, invoice, plates);
    if (err) return err;
    json_put_text(r->arena, document, "type", STR("carta-porte"));
    json_put_text(r->arena, document, "number", draft->re[0]->ids[0].value);
    err = document_filer(r->arena, r->context, draft, document, NULL, out, r->why);
    if (err) return err;
    put_times(r, facts);
    put_place(r, facts, "origin", site_of(r, "Origen"));
    put_place(r, facts, "destination", site_of(r, "Destino"));
    json_put(facts, "plates", plates);
    put_goods(r, draft, facts);
    draft_put(draft, "document", document);
    draft_put(draft, "facts", facts);
    draft_put(draft, "original", document_original(r->arena, "application/xml", bytes));
    if (r->arena->failed) return no_memory(r);
    drafts_add(out, draft);
    return ERR_NONE;
}

// --- the whole ---

static xmlNode *child_of(const xmlNode *parent, const char *ns, const char *name)
{
    xmlNode *n = parent ? parent->children : NULL;
    while (n && !node_is(n, ns, name)) n = n->next;
    return n;
}

static bool foreign_version(const xmlNode *n)
{
    return n->ns && str_starts(str_of((const char *)n->ns->href), "http://www.sat.gob.mx/CartaPorte") &&
           !node_is(n, NS_CARTA_PORTE, "CartaPorte");
}

// Finds the one CartaPorte below Comprobante/Complemento.
static enum err invoice_read(struct reading *r, const xmlNode *top, struct invoice *out)
{
    if (!str_is(attribute(r->arena, top, "Version"), "4.0"))
        return fault(r, ERR_UNSUPPORTED, top, "Version", "CFDI 4.0 is read, no other version");
    const xmlNode *complement = child_of(top, NS_CFDI, "Complemento");
    for (xmlNode *n = complement ? complement->children : NULL; n; n = n->next) {
        if (foreign_version(n)) return fault(r, ERR_UNSUPPORTED, n, NULL, "Carta Porte 3.1 is read, no other version");
        if (!node_is(n, NS_CARTA_PORTE, "CartaPorte")) continue;
        if (r->root) return fault(r, ERR_MALFORMED, n, NULL, "a CFDI has one CartaPorte, this has two");
        r->root = n;
    }
    if (!r->root) return fault(r, ERR_UNSUPPORTED, top, NULL, "a CFDI without the complement CartaPorte");
    xmlNode *stamp = child_of(complement, NS_TIMBRE, "TimbreFiscalDigital");
    out->uuid = attribute(r->arena, stamp, "UUID");
    out->stamped = attribute(r->arena, stamp, "FechaTimbrado");
    if (!out->stamped.p) out->stamped = attribute(r->arena, top, "Fecha");
    // In a CFDI of type I (income) the issuer sells the transport: the carrier. In one of type T it moves its own
    // goods.
    out->issuer = attribute(r->arena, child_of(top, NS_CFDI, "Emisor"), "Rfc");
    return ERR_NONE;
}

static enum err tree_read(struct reading *r, xmlDoc *tree, struct str bytes, const struct carta_porte_schema *schema,
                          struct drafts *out)
{
    struct invoice invoice = {STR_NONE, STR_NONE, STR_NONE};
    xmlNode *top = xmlDocGetRootElement(tree);
    enum err err = ERR_NONE;
    if (!top || tree->intSubset) return fault(r, ERR_MALFORMED, top, NULL, "no document element, or a document type");
    if (node_is(top, NS_CARTA_PORTE, "CartaPorte"))
        r->root = top;
    else if (node_is(top, NS_CFDI, "Comprobante"))
        err = invoice_read(r, top, &invoice);
    else
        err = fault(r, ERR_UNSUPPORTED, top, NULL, "neither Carta Porte 3.1 nor a CFDI 4.0 with it");
    if (!err && schema) err = schema_check(r, bytes, schema);
    if (!err) err = elements_check(r, r->root);
    if (!err && !node_child(node_child(r->root, "Mercancias"), "Autotransporte"))
        err = fault(r, ERR_UNSUPPORTED, node_child(r->root, "Mercancias"), NULL,
                    "only transport by road (Autotransporte) is read");
    if (!err) err = weights_sense(r);
    if (!err) err = sites_sense(r);
    if (!err) err = plates_sense(r);
    if (!err) err = customs_sense(r);
    return err ? err : draft_make(r, bytes, &invoice, out);
}

enum err carta_porte_parse(struct arena *arena, struct str bytes, const struct carta_porte_schema *schema,
                           const struct document_context *context, struct drafts *out, struct why *why)
{
    struct reading r = {.arena = arena, .context = context, .why = why};
    enum err err = bytes_check(bytes, why);
    if (err) return err;
    xmlInitParser();
    xmlParserCtxt *parser = xmlNewParserCtxt();
    if (!parser) return no_memory(&r);
    xmlDoc *tree = xmlCtxtReadMemory(parser, bytes.p, (int)bytes.n, NULL, "UTF-8", PARSE_OPTIONS);
    if (tree) {
        err = tree_read(&r, tree, bytes, schema, out);
    } else {
        const xmlError *e = xmlCtxtGetLastError(parser);
        char text[160] = "not well formed";
        if (e && e->message) message_clean(e->message, text, sizeof text);
        err = why_set(why, ERR_MALFORMED, "", "line %d: %s", e ? e->line : 0, text);
    }
    xmlFreeDoc(tree);
    xmlFreeParserCtxt(parser);
    return err;
}
