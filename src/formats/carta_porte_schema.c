// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte_parts.h"

#include <libxml/xmlreader.h>
#include <libxml/xmlschemas.h>
#include <stdio.h>
#include <stdlib.h>

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

void carta_message_clean(const char *message, char *out, size_t room)
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
// is bounded by carta_bytes_check.
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
    struct carta_reading *r = user;
    struct complaint c = {.line = 0};
    char text[180];
    if (!error || r->invalid) return;
    r->invalid = true;
    const char *message = error->message ? error->message : "not valid";
    carta_message_clean(message, text, sizeof text);
    message_part(text, "Element '", c.element, sizeof c.element);
    message_part(text, "attribute '", c.attribute, sizeof c.attribute);
    message_part(text, "The value '", c.value, sizeof c.value);
    if (xmlDocGetRootElement(r->root->doc) == r->root) c.line = error->line;
    const xmlNode *at = complaint_find(r->root, &c);
    c.line = 0; // of what is missing at the end of an element, the line is that of the end
    if (!at) at = complaint_find(r->root, &c);
    carta_fault(r, ERR_MALFORMED, at ? at : r->root, c.attribute[0] ? c.attribute : NULL, "%s", text);
}

// The complement on its own, as text: the document's own bytes where it is the whole of it.
static xmlChar *complement_text(const struct carta_reading *r, struct str bytes, int *n)
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
static enum err schema_read(struct carta_reading *r, xmlSchemaValidCtxt *valid, xmlTextReader *reader)
{
    xmlSchemaSetValidStructuredErrors(valid, schema_error, r);
    if (xmlTextReaderSchemaValidateCtxt(reader, valid, 0) != 0) return carta_no_memory(r);
    int more = 1;
    while (more == 1 && !r->invalid) more = xmlTextReaderRead(reader);
    if (!r->invalid && more == 0 && xmlTextReaderIsValid(reader) == 1) return ERR_NONE;
    return why_set(r->why, ERR_MALFORMED, "/CartaPorte", "not valid by SAT's schema");
}

enum err carta_schema_check(struct carta_reading *r, struct str bytes, const struct carta_porte_schema *schema)
{
    int n = 0;
    xmlChar *text = complement_text(r, bytes, &n);
    xmlTextReader *reader = text ? xmlReaderForMemory((const char *)text, n, NULL, "UTF-8", CARTA_PARSE_OPTIONS) : NULL;
    xmlSchemaValidCtxt *valid = xmlSchemaNewValidCtxt(schema->schema);
    enum err err = reader && valid ? schema_read(r, valid, reader) : carta_no_memory(r);
    xmlFreeTextReader(reader);
    xmlSchemaFreeValidCtxt(valid);
    xmlFree(text);
    return err;
}
