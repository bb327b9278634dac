// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte_parts.h"

#define NS_CFDI "http://www.sat.gob.mx/cfd/4"
#define NS_TIMBRE "http://www.sat.gob.mx/TimbreFiscalDigital"

static xmlNode *child_of(const xmlNode *parent, const char *ns, const char *name)
{
    xmlNode *n = parent ? parent->children : NULL;
    while (n && !carta_node_is(n, ns, name)) n = n->next;
    return n;
}

static bool foreign_version(const xmlNode *n)
{
    return n->ns && str_starts(str_of((const char *)n->ns->href), "http://www.sat.gob.mx/CartaPorte") &&
           !carta_node_is(n, NS_CARTA_PORTE, "CartaPorte");
}

// Finds the one CartaPorte below Comprobante/Complemento.
static enum err invoice_read(struct carta_reading *r, const xmlNode *top, struct carta_invoice *out)
{
    if (!str_is(carta_attribute(r->arena, top, "Version"), "4.0"))
        return carta_fault(r, ERR_UNSUPPORTED, top, "Version", "CFDI 4.0 is read, no other version");
    const xmlNode *complement = child_of(top, NS_CFDI, "Complemento");
    for (xmlNode *n = complement ? complement->children : NULL; n; n = n->next) {
        if (foreign_version(n))
            return carta_fault(r, ERR_UNSUPPORTED, n, NULL, "Carta Porte 3.1 is read, no other version");
        if (!carta_node_is(n, NS_CARTA_PORTE, "CartaPorte")) continue;
        if (r->root) return carta_fault(r, ERR_MALFORMED, n, NULL, "a CFDI has one CartaPorte, this has two");
        r->root = n;
    }
    if (!r->root) return carta_fault(r, ERR_UNSUPPORTED, top, NULL, "a CFDI without the complement CartaPorte");
    xmlNode *stamp = child_of(complement, NS_TIMBRE, "TimbreFiscalDigital");
    out->uuid = carta_attribute(r->arena, stamp, "UUID");
    out->stamped = carta_attribute(r->arena, stamp, "FechaTimbrado");
    if (!out->stamped.p) out->stamped = carta_attribute(r->arena, top, "Fecha");
    // In a CFDI of type I (income) the issuer sells the transport: the carrier. In one of type T it moves its own
    // goods.
    out->issuer = carta_attribute(r->arena, child_of(top, NS_CFDI, "Emisor"), "Rfc");
    return ERR_NONE;
}

static enum err tree_read(struct carta_reading *r, xmlDoc *tree, struct str bytes,
                          const struct carta_porte_schema *schema, struct drafts *out)
{
    struct carta_invoice invoice = {STR_NONE, STR_NONE, STR_NONE};
    xmlNode *top = xmlDocGetRootElement(tree);
    enum err err = ERR_NONE;
    if (!top || tree->intSubset)
        return carta_fault(r, ERR_MALFORMED, top, NULL, "no document element, or a document type");
    if (carta_node_is(top, NS_CARTA_PORTE, "CartaPorte"))
        r->root = top;
    else if (carta_node_is(top, NS_CFDI, "Comprobante"))
        err = invoice_read(r, top, &invoice);
    else
        err = carta_fault(r, ERR_UNSUPPORTED, top, NULL, "neither Carta Porte 3.1 nor a CFDI 4.0 with it");
    if (!err && schema) err = carta_schema_check(r, bytes, schema);
    if (!err) err = carta_elements_check(r, r->root);
    if (!err && !carta_node_child(carta_node_child(r->root, "Mercancias"), "Autotransporte"))
        err = carta_fault(r, ERR_UNSUPPORTED, carta_node_child(r->root, "Mercancias"), NULL,
                          "only transport by road (Autotransporte) is read");
    if (!err) err = carta_sense_check(r);
    return err ? err : carta_draft_make(r, bytes, &invoice, out);
}

enum err carta_porte_parse(struct arena *arena, struct str bytes, const struct carta_porte_schema *schema,
                           const struct document_context *context, struct drafts *out, struct why *why)
{
    struct carta_reading r = {.arena = arena, .context = context, .why = why};
    enum err err = carta_bytes_check(bytes, why);
    if (err) return err;
    xmlInitParser();
    xmlParserCtxt *parser = xmlNewParserCtxt();
    if (!parser) return carta_no_memory(&r);
    xmlDoc *tree = xmlCtxtReadMemory(parser, bytes.p, (int)bytes.n, NULL, "UTF-8", CARTA_PARSE_OPTIONS);
    if (tree) {
        err = tree_read(&r, tree, bytes, schema, out);
    } else {
        const xmlError *e = xmlCtxtGetLastError(parser);
        char text[160] = "not well formed";
        if (e && e->message) carta_message_clean(e->message, text, sizeof text);
        err = why_set(why, ERR_MALFORMED, "", "line %d: %s", e ? e->line : 0, text);
    }
    xmlFreeDoc(tree);
    xmlFreeParserCtxt(parser);
    return err;
}
