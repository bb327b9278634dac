// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte_parts.h"

#include <math.h>
#include <stdlib.h>

static bool rfc_generic(struct str rfc)
{
    return str_is(rfc, "XEXX010101000") || str_is(rfc, "XAXX010101000");
}

// A subject by an attribute. SAT itself registered some RFCs whose check digit does not hold; and a tax number from
// abroad may follow no scheme of ours: what is not checked names nobody, and the document stands.
static enum err subject_soft(struct carta_reading *r, struct draft *draft, enum noun noun, const char *scheme,
                             struct str value, struct subject_ref **ref)
{
    struct identifier id;
    if (!value.n || rfc_generic(value)) return ERR_NONE;
    enum err err = identifier_check(r->context->identifiers, r->arena, str_of(scheme), value, &id, NULL);
    if (err == ERR_MALFORMED || err == ERR_SENSELESS) return ERR_NONE;
    return document_subject(r->arena, r->context, draft, noun, str_of(scheme), value, scheme, ref, r->why);
}

static enum err subject_document(struct carta_reading *r, struct draft *draft, struct str number, struct str uuid)
{
    struct subject_ref *ref = NULL;
    enum err err = document_subject(r->arena, r->context, draft, NOUN_DOCUMENT, STR("mx.idccp"), number,
                                    "/CartaPorte/@IdCCP", &ref, r->why);
    if (!err && uuid.p)
        err =
            document_also(r->arena, r->context, ref, STR("cfdi.uuid"), uuid, "/Comprobante/Complemento/@UUID", r->why);
    return err;
}

static enum err subject_consignments(struct carta_reading *r, struct draft *draft)
{
    node_each(item, carta_node_child(r->root, "Mercancias"), "Mercancia")
    {
        node_each(paper, item, "DocumentacionAduanera")
        {
            struct str number = carta_attribute(r->arena, paper, "NumPedimento");
            char path[80];
            if (!number.p) continue;
            carta_node_path(paper, "NumPedimento", path);
            enum err err = document_subject(r->arena, r->context, draft, NOUN_CONSIGNMENT, STR("mx.pedimento"), number,
                                            path, NULL, r->why);
            if (err) return err;
        }
    }
    return ERR_NONE;
}

static enum err subject_vehicles(struct carta_reading *r, struct draft *draft, struct json *plates)
{
    xmlNode *road = carta_node_child(carta_node_child(r->root, "Mercancias"), "Autotransporte");
    struct str plate = carta_attribute(r->arena, carta_node_child(road, "IdentificacionVehicular"), "PlacaVM");
    enum err err =
        document_subject(r->arena, r->context, draft, NOUN_CONVEYANCE, STR("plate.mx"), plate,
                         "/CartaPorte/Mercancias/Autotransporte/IdentificacionVehicular/@PlacaVM", NULL, r->why);
    json_add(plates, json_new_text(r->arena, plate));
    node_each(trailer, carta_node_child(road, "Remolques"), "Remolque")
    {
        if (err) return err;
        plate = carta_attribute(r->arena, trailer, "Placa");
        // The specification does not say of which country a trailer's plate is.
        err = document_subject(r->arena, r->context, draft, NOUN_TRAILER, STR("trailer.plate"), plate,
                               "/CartaPorte/Mercancias/Autotransporte/Remolques/Remolque/@Placa", NULL, r->why);
        json_add(plates, json_new_text(r->arena, plate));
    }
    return err;
}

static enum err subject_driver(struct carta_reading *r, struct draft *draft)
{
    xmlNode *figure = carta_node_child(carta_node_child(r->root, "FiguraTransporte"), "TiposFigura");
    while (figure && !carta_attribute_is(r, figure, "TipoFigura", "01"))
        figure = carta_node_next(figure->next, "TiposFigura");
    if (!figure) return ERR_NONE;
    struct subject_ref *ref = NULL;
    struct str licence = carta_attribute(r->arena, figure, "NumLicencia"),
               rfc = carta_attribute(r->arena, figure, "RFCFigura");
    enum err err = subject_soft(r, draft, NOUN_DRIVER, "mx.licence", licence, &ref);
    if (err || !ref) return err ? err : subject_soft(r, draft, NOUN_DRIVER, "mx.rfc", rfc, NULL);
    struct identifier id;
    if (!rfc.n || rfc_generic(rfc)) return ERR_NONE;
    if (identifier_check(r->context->identifiers, r->arena, STR("mx.rfc"), rfc, &id, NULL)) return ERR_NONE;
    return draft_also(r->arena, ref, id.scheme, id.value) ? ERR_NONE : carta_no_memory(r);
}

// The party at one end: by its RFC, or from abroad by the tax number of its country.
static enum err subject_party(struct carta_reading *r, struct draft *draft, enum noun noun, const xmlNode *site)
{
    struct str rfc = carta_attribute(r->arena, site, "RFCRemitenteDestinatario");
    struct str foreign = carta_attribute(r->arena, site, "NumRegIdTrib"),
               home = carta_attribute(r->arena, site, "ResidenciaFiscal");
    if (!rfc_generic(rfc)) return subject_soft(r, draft, noun, "mx.rfc", rfc, NULL);
    if (noun != NOUN_IMPORTER) return ERR_NONE;
    if (str_is(home, "USA")) return subject_soft(r, draft, noun, "us.ior", foreign, NULL);
    if (str_is(home, "CAN")) return subject_soft(r, draft, noun, "ca.bn", foreign, NULL);
    return ERR_NONE;
}

static xmlNode *site_of(struct carta_reading *r, const char *type)
{
    xmlNode *site = carta_node_child(carta_node_child(r->root, "Ubicaciones"), "Ubicacion");
    while (site && !carta_attribute_is(r, site, "TipoUbicacion", type)) site = carta_node_next(site->next, "Ubicacion");
    return site;
}

static enum err subject_traders(struct carta_reading *r, struct draft *draft)
{
    enum err err = ERR_NONE;
    node_each(item, carta_node_child(r->root, "Mercancias"), "Mercancia")
    {
        node_each(paper, item, "DocumentacionAduanera")
        {
            if (!err)
                err =
                    subject_soft(r, draft, NOUN_IMPORTER, "mx.rfc", carta_attribute(r->arena, paper, "RFCImpo"), NULL);
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

static bool utc_of(struct carta_reading *r, struct str local, int64_t *ms)
{
    if (!local.p || !carta_moment_read(local, ms)) return false;
    *ms -= (int64_t)offset_of(r->context) * 60000;
    return true;
}

static void put_place(struct carta_reading *r, struct json *facts, const char *name, const xmlNode *site)
{
    const xmlNode *home = carta_node_child(site, "Domicilio");
    struct str state = carta_attribute(r->arena, home, "Estado"), country = carta_attribute(r->arena, home, "Pais");
    if (home)
        json_put_text(r->arena, facts, name, arena_printf(r->arena, "%.*s, %.*s", STR_ARG(state), STR_ARG(country)));
}

// Departure is the earliest of the origins, arrival the latest of the destinations.
static void put_times(struct carta_reading *r, struct json *facts)
{
    int64_t departure = INT64_MAX, arrival = INT64_MIN;
    int offset = offset_of(r->context);
    node_each(site, carta_node_child(r->root, "Ubicaciones"), "Ubicacion")
    {
        int64_t ms;
        if (!utc_of(r, carta_attribute(r->arena, site, "FechaHoraSalidaLlegada"), &ms)) continue;
        bool origin = carta_attribute_is(r, site, "TipoUbicacion", "Origen");
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

static void put_goods(struct carta_reading *r, struct draft *draft, struct json *facts)
{
    struct json *goods = json_new_array(r->arena);
    double kg = 0, pieces = 0;
    node_each(item, carta_node_child(r->root, "Mercancias"), "Mercancia")
    {
        struct json *one = json_new_object(r->arena);
        struct str hs = carta_attribute(r->arena, item, "FraccionArancelaria");
        double weight = carta_attribute_number(r, item, "PesoEnKg");
        json_put_text(r->arena, one, "description", carta_attribute(r->arena, item, "Descripcion"));
        if (hs.p) json_put_text(r->arena, one, "hs", hs);
        json_put_number(r->arena, one, "kg", weight);
        json_put_number(r->arena, one, "quantity", carta_attribute_number(r, item, "Cantidad"));
        json_add(goods, one);
        kg += weight;
        pieces += carta_attribute_number(r, carta_node_child(item, "DetalleMercancia"), "NumPiezas");
    }
    json_put_number(r->arena, facts, "gross_kg", round(kg * 1000) / 1000);
    if (pieces > 0) json_put_number(r->arena, facts, "pieces", pieces);
    document_goods(r->arena, draft, facts, goods);
}

static enum err draft_subjects(struct carta_reading *r, struct draft *draft, const struct carta_invoice *invoice,
                               struct json *plates)
{
    enum err err = subject_document(r, draft, carta_attribute(r->arena, r->root, "IdCCP"), invoice->uuid);
    if (!err) err = subject_consignments(r, draft);
    if (!err) err = subject_vehicles(r, draft, plates);
    if (!err) err = subject_driver(r, draft);
    if (!err) err = subject_soft(r, draft, NOUN_CARRIER, "mx.rfc", invoice->issuer, NULL);
    return err ? err : subject_traders(r, draft);
}

enum err carta_draft_make(struct carta_reading *r, struct str bytes, const struct carta_invoice *invoice,
                          struct drafts *out)
{
    int64_t at = r->context->received_ms;
    utc_of(r, invoice->stamped, &at);
    struct draft *draft = draft_new(r->arena, "document", at, r->context->label);
    struct json *document = json_new_object(r->arena), *facts = json_new_object(r->arena);
    struct json *plates = json_new_array(r->arena);
    if (!draft || !document || !facts || !plates) return carta_no_memory(r);
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
    if (r->arena->failed) return carta_no_memory(r);
    drafts_add(out, draft);
    return ERR_NONE;
}
