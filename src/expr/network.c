// SPDX-License-Identifier: Apache-2.0
// The network extension: IP addresses and blocks. Texts are read strictly: no zones, no leading zeros, no mixture of
// IPv6 and dotted IPv4 that names an IPv4 address.
#include <arpa/inet.h>
#include <stdio.h>

#include "expr/expr.h"
#include "expr/extension.h"

#define ADDRESS_TEXT_MAX 45 // ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static size_t net_size(const struct expr_net *net)
{
    return net->v6 ? 16 : 4;
}

// NULL, or what is wrong with the address. An IPv4 address in IPv6's hexadecimal form is that IPv4 address; with dots
// it is refused, as it looks like one thing and is another.
static const char *address_parse(struct str text, struct expr_net *net)
{
    char z[ADDRESS_TEXT_MAX + 1] = "";
    *net = (struct expr_net){.prefix = -1};
    if (text.n && memchr(text.p, '%', text.n)) return "with zone value is not allowed";
    if (text.n == 0 || text.n > ADDRESS_TEXT_MAX || memchr(text.p, 0, text.n))
        return "parse error during conversion from string";
    memcpy(z, text.p, text.n);
    if (inet_pton(AF_INET, z, net->bytes) == 1) return NULL;
    if (inet_pton(AF_INET6, z, net->bytes) != 1) return "parse error during conversion from string";
    net->v6 = true;
    if (memcmp(net->bytes, mapped_prefix, sizeof mapped_prefix) != 0) return NULL;
    if (strchr(z, '.')) return "is an IPv4-mapped IPv6 address, which is not allowed";
    memmove(net->bytes, net->bytes + 12, 4);
    memset(net->bytes + 4, 0, 12);
    net->v6 = false;
    return NULL;
}

static const char *block_parse(struct str text, struct expr_net *net)
{
    struct str prefix, address = str_cut(text, '/', &prefix);
    uint64_t bits;
    const char *fault = address_parse(address, net);
    if (fault) return fault;
    if (!net->v6 && memchr(address.p, ':', address.n)) return "is an IPv4-mapped IPv6 address, which is not allowed";
    if (!prefix.p || !str_decimal(prefix, net_size(net) * 8, &bits)) return "parse error during conversion from string";
    net->prefix = (int)bits;
    return NULL;
}

// RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups (the first of equals) as "::".
static size_t v6_text(const uint8_t *bytes, char *out, size_t room)
{
    size_t n = 0, run_at = 8, run_length = 1;
    for (size_t i = 0, length = 0; i < 8; i++) {
        length = bytes[2 * i] == 0 && bytes[2 * i + 1] == 0 ? length + 1 : 0;
        if (length > run_length) run_at = i + 1 - length, run_length = length;
    }
    for (size_t i = 0; i < 8; i++) {
        if (i == run_at) {
            n += (size_t)snprintf(out + n, room - n, "::");
            i += run_length - 1;
            continue;
        }
        bool colon = i > 0 && i != run_at + run_length;
        n += (size_t)snprintf(out + n, room - n, "%s%x", colon ? ":" : "",
                              (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1]);
    }
    return n;
}

struct str expr_net_text(struct arena *arena, const struct expr_net *net)
{
    char out[64];
    const uint8_t *b = net->bytes;
    size_t n = net->v6 ? v6_text(b, out, sizeof out)
                       : (size_t)snprintf(out, sizeof out, "%u.%u.%u.%u", b[0], b[1], b[2], b[3]);
    if (net->prefix >= 0) n += (size_t)snprintf(out + n, sizeof out - n, "/%d", net->prefix);
    return arena_str(arena, (struct str){out, n});
}

// ---- Making ----

static struct expr_value net_value(struct expr_run *run, struct expr_net net)
{
    struct expr_net *kept = arena_new(run->arena, struct expr_net);
    if (!kept) return expr_fail(run, "out of memory");
    *kept = net;
    return (struct expr_value){.kind = net.prefix < 0 ? EXPR_IP : EXPR_CIDR, .net = kept};
}

static struct expr_value address_fault(struct expr_run *run, struct str text, const char *fault)
{
    return expr_fail(run, "IP Address '%.*s' %s", (int)(text.n < 64 ? text.n : 64), text.p ? text.p : "", fault);
}

static struct expr_value block_fault(struct expr_run *run, struct str text, const char *fault)
{
    return expr_fail(run, "CIDR '%.*s' network address %s", (int)(text.n < 64 ? text.n : 64), text.p ? text.p : "",
                     fault);
}

EXPR_FUNCTION(ip_of_string)
{
    struct expr_net net;
    const char *fault = address_parse(args[0].text, &net);
    return fault ? address_fault(run, args[0].text, fault) : net_value(run, net);
}

EXPR_FUNCTION(cidr_of_string)
{
    struct expr_net net;
    const char *fault = block_parse(args[0].text, &net);
    return fault ? block_fault(run, args[0].text, fault) : net_value(run, net);
}

EXPR_FUNCTION(is_ip)
{
    struct expr_net net;
    return EXPR_BOOL_VALUE(!address_parse(args[0].text, &net));
}

EXPR_FUNCTION(is_cidr)
{
    struct expr_net net;
    return EXPR_BOOL_VALUE(!block_parse(args[0].text, &net));
}

EXPR_FUNCTION(net_string)
{
    struct str text = expr_net_text(run->arena, args[0].net);
    return text.p ? EXPR_STRING_VALUE(text) : expr_fail(run, "out of memory");
}

EXPR_FUNCTION(is_canonical)
{
    struct expr_net net;
    const char *fault = address_parse(args[0].text, &net);
    if (fault) return address_fault(run, args[0].text, fault);
    struct str text = expr_net_text(run->arena, &net);
    return text.p ? EXPR_BOOL_VALUE(str_eq(text, args[0].text)) : expr_fail(run, "out of memory");
}

// ---- Addresses ----

static bool all_zero(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (bytes[i]) return false;
    return true;
}

static bool unspecified(const struct expr_net *net)
{
    return all_zero(net->bytes, net_size(net));
}

static bool loopback(const struct expr_net *net)
{
    return net->v6 ? all_zero(net->bytes, 15) && net->bytes[15] == 1 : net->bytes[0] == 127;
}

static bool link_local_unicast(const struct expr_net *net)
{
    const uint8_t *b = net->bytes;
    return net->v6 ? b[0] == 0xfe && (b[1] & 0xc0) == 0x80 : b[0] == 169 && b[1] == 254;
}

static bool link_local_multicast(const struct expr_net *net)
{
    const uint8_t *b = net->bytes;
    return net->v6 ? b[0] == 0xff && (b[1] & 0x0f) == 2 : b[0] == 224 && b[1] == 0 && b[2] == 0;
}

static bool multicast(const struct expr_net *net)
{
    return net->v6 ? net->bytes[0] == 0xff : (net->bytes[0] & 0xf0) == 0xe0;
}

static bool broadcast(const struct expr_net *net)
{
    static const uint8_t all[4] = {255, 255, 255, 255};
    return !net->v6 && memcmp(net->bytes, all, 4) == 0;
}

EXPR_FUNCTION(family)
{
    return EXPR_INT_VALUE(args[0].net->v6 ? 6 : 4);
}

EXPR_FUNCTION(is_unspecified)
{
    return EXPR_BOOL_VALUE(unspecified(args[0].net));
}

EXPR_FUNCTION(is_loopback)
{
    return EXPR_BOOL_VALUE(loopback(args[0].net));
}

EXPR_FUNCTION(is_link_local_unicast)
{
    return EXPR_BOOL_VALUE(link_local_unicast(args[0].net));
}

EXPR_FUNCTION(is_link_local_multicast)
{
    return EXPR_BOOL_VALUE(link_local_multicast(args[0].net));
}

// Private addresses are among them.
EXPR_FUNCTION(is_global_unicast)
{
    const struct expr_net *net = args[0].net;
    return EXPR_BOOL_VALUE(!unspecified(net) && !loopback(net) && !multicast(net) && !link_local_unicast(net) &&
                           !broadcast(net));
}

// ---- Blocks ----

static struct expr_net net_masked(struct expr_net net)
{
    for (int i = 0; i < (int)net_size(&net); i++) {
        int bits = net.prefix - 8 * i;
        if (bits < 8) net.bytes[i] &= (uint8_t)(bits <= 0 ? 0 : 0xff << (8 - bits));
    }
    return net;
}

// Whether the address, or the block from its address on, lies in the block.
static bool contains(const struct expr_net *block, const struct expr_net *other)
{
    if (block->v6 != other->v6 || (other->prefix >= 0 && other->prefix < block->prefix)) return false;
    struct expr_net of_block = net_masked(*block), of_other = *other;
    of_other.prefix = block->prefix;
    of_other = net_masked(of_other);
    return memcmp(of_block.bytes, of_other.bytes, net_size(block)) == 0;
}

EXPR_FUNCTION(contains_net)
{
    return EXPR_BOOL_VALUE(contains(args[0].net, args[1].net));
}

EXPR_FUNCTION(contains_ip_string)
{
    struct expr_net net;
    const char *fault = address_parse(args[1].text, &net);
    return fault ? address_fault(run, args[1].text, fault) : EXPR_BOOL_VALUE(contains(args[0].net, &net));
}

EXPR_FUNCTION(contains_cidr_string)
{
    struct expr_net net;
    const char *fault = block_parse(args[1].text, &net);
    return fault ? block_fault(run, args[1].text, fault) : EXPR_BOOL_VALUE(contains(args[0].net, &net));
}

EXPR_FUNCTION(ip_of_cidr)
{
    struct expr_net net = *args[0].net;
    net.prefix = -1;
    return net_value(run, net);
}

EXPR_FUNCTION(masked)
{
    return net_value(run, net_masked(*args[0].net));
}

EXPR_FUNCTION(is_mask)
{
    struct expr_net net = net_masked(*args[0].net);
    return EXPR_BOOL_VALUE(memcmp(net.bytes, args[0].net->bytes, sizeof net.bytes) == 0);
}

EXPR_FUNCTION(prefix_length)
{
    return EXPR_INT_VALUE(args[0].net->prefix);
}

const struct expr_overload expr_network_functions[] = {
    {"ip", "(string) -> net.IP", ip_of_string},
    {"ip", "net.CIDR.() -> net.IP", ip_of_cidr},
    {"cidr", "(string) -> net.CIDR", cidr_of_string},
    {"isIP", "(string) -> bool", is_ip},
    {"isCIDR", "(string) -> bool", is_cidr},
    {"ip.isCanonical", "(string) -> bool", is_canonical},
    {"string", "(net.IP) -> string", net_string},
    {"string", "(net.CIDR) -> string", net_string},
    {"family", "net.IP.() -> int", family},
    {"isUnspecified", "net.IP.() -> bool", is_unspecified},
    {"isLoopback", "net.IP.() -> bool", is_loopback},
    {"isGlobalUnicast", "net.IP.() -> bool", is_global_unicast},
    {"isLinkLocalUnicast", "net.IP.() -> bool", is_link_local_unicast},
    {"isLinkLocalMulticast", "net.IP.() -> bool", is_link_local_multicast},
    {"containsIP", "net.CIDR.(net.IP) -> bool", contains_net},
    {"containsIP", "net.CIDR.(string) -> bool", contains_ip_string},
    {"containsCIDR", "net.CIDR.(net.CIDR) -> bool", contains_net},
    {"containsCIDR", "net.CIDR.(string) -> bool", contains_cidr_string},
    {"masked", "net.CIDR.() -> net.CIDR", masked},
    {"isMask", "net.CIDR.() -> bool", is_mask},
    {"prefixLength", "net.CIDR.() -> int", prefix_length},
    {NULL},
};
