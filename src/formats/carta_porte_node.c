// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte_parts.h"

#include <stdio.h>

#define CLAUSE "SAT Carta Porte 3.1"

bool carta_node_is(const xmlNode *n, const char *ns, const char *name)
{
    return n->type == XML_ELEMENT_NODE && n->ns && strcmp((const char *)n->ns->href, ns) == 0 &&
           strcmp((const char *)n->name, name) == 0;
}

xmlNode *carta_node_next(xmlNode *n, const char *name)
{
    while (n && !carta_node_is(n, NS_CARTA_PORTE, name)) n = n->next;
    return n;
}

xmlNode *carta_node_child(const xmlNode *parent, const char *name)
{
    return parent ? carta_node_next(parent->children, name) : NULL;
}

struct str carta_attribute(struct arena *arena, const xmlNode *n, const char *name)
{
    xmlChar *value = n ? xmlGetNoNsProp(n, (const xmlChar *)name) : NULL;
    struct str copy = value ? arena_str(arena, str_of((const char *)value)) : STR_NONE;
    xmlFree(value);
    return copy;
}

void carta_node_path(const xmlNode *n, const char *name, char out[80])
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

enum err carta_no_memory(struct carta_reading *r)
{
    return why_set(r->why, ERR_NO_MEMORY, "", "no memory for the document");
}

enum err carta_fault(struct carta_reading *r, enum err err, const xmlNode *n, const char *name, const char *format, ...)
{
    char path[80], text[200];
    if (r->arena->failed) return carta_no_memory(r); // an attribute that found no memory looks absent
    carta_node_path(n, name, path);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    why_set(r->why, err, path, "%s (line %ld)", text, n ? xmlGetLineNo(n) : 0);
    if (r->why) why_clause(r->why, CLAUSE);
    return err;
}

bool carta_attribute_is(struct carta_reading *r, const xmlNode *n, const char *name, const char *value)
{
    return str_is(carta_attribute(r->arena, n, name), value);
}

double carta_attribute_number(struct carta_reading *r, const xmlNode *n, const char *name)
{
    double value = 0;
    struct str v = carta_attribute(r->arena, n, name);
    return v.p && carta_number_read(v, 99, &value) ? value : 0;
}
