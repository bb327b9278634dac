// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte_parts.h"

#include <math.h>

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

static enum err weights_sense(struct carta_reading *r)
{
    xmlNode *goods = carta_node_child(r->root, "Mercancias");
    double sum = 0, unit = unit_kg(carta_attribute(r->arena, goods, "UnidadPeso"));
    size_t count = 0;
    node_each(item, goods, "Mercancia")
    {
        sum += carta_attribute_number(r, item, "PesoEnKg");
        count++;
    }
    double total = carta_attribute_number(r, goods, "PesoBrutoTotal") * unit;
    // Each weight has three decimals; other units than kilograms round in the third figure after conversion.
    double slack = 0.001 * (double)(count + 1) + (unit == 1 ? 0 : 0.001 * total) + 1e-6;
    if (unit > 0 && fabs(total - sum) > slack)
        return carta_fault(r, ERR_SENSELESS, goods, "PesoBrutoTotal",
                           "PesoBrutoTotal is %.3f kg, the goods' PesoEnKg sum to %.3f", total, sum);
    double stated = carta_attribute_number(r, goods, "NumTotalMercancias");
    if (stated != (double)count)
        return carta_fault(r, ERR_SENSELESS, goods, "NumTotalMercancias",
                           "NumTotalMercancias is %.0f, there are %zu Mercancia", stated, count);
    xmlNode *vehicle = carta_node_child(carta_node_child(goods, "Autotransporte"), "IdentificacionVehicular");
    double gross = carta_attribute_number(r, vehicle, "PesoBrutoVehicular") * 1000;
    if (sum > gross)
        return carta_fault(r, ERR_SENSELESS, vehicle, "PesoBrutoVehicular",
                           "the cargo weighs %.3f kg, more than the gross weight of the vehicle with it, %.0f kg", sum,
                           gross);
    return ERR_NONE;
}

static enum err sites_sense(struct carta_reading *r)
{
    int64_t departure = INT64_MAX;
    size_t origins = 0, destinations = 0;
    double distance = 0;
    xmlNode *sites = carta_node_child(r->root, "Ubicaciones");
    node_each(site, sites, "Ubicacion")
    {
        int64_t when;
        struct str id = carta_attribute(r->arena, site, "IDUbicacion");
        bool origin = carta_attribute_is(r, site, "TipoUbicacion", "Origen");
        if (id.p && !str_starts(id, origin ? "OR" : "DE"))
            return carta_fault(r, ERR_SENSELESS, site, "IDUbicacion", "IDUbicacion %.8s is not of its TipoUbicacion",
                               id.p);
        if (!carta_moment_read(carta_attribute(r->arena, site, "FechaHoraSalidaLlegada"), &when))
            return carta_no_memory(r);
        if (origin && when < departure) departure = when;
        origins += origin;
        destinations += !origin;
        distance += carta_attribute_number(r, site, "DistanciaRecorrida");
    }
    if (!origins || !destinations)
        return carta_fault(r, ERR_SENSELESS, sites, NULL, "Ubicaciones must have an Origen and a Destino");
    node_each(site, sites, "Ubicacion")
    {
        int64_t when;
        struct str text = carta_attribute(r->arena, site, "FechaHoraSalidaLlegada");
        if (!carta_moment_read(text, &when)) return carta_no_memory(r);
        if (carta_attribute_is(r, site, "TipoUbicacion", "Destino") && when < departure)
            return carta_fault(r, ERR_SENSELESS, site, "FechaHoraSalidaLlegada",
                               "the arrival %.19s is before the departure", text.p);
    }
    double total = carta_attribute_number(r, r->root, "TotalDistRec");
    if (total > 0 && fabs(total - distance) > 0.01 * (double)(destinations + 1) + 1e-6)
        return carta_fault(r, ERR_SENSELESS, r->root, "TotalDistRec",
                           "TotalDistRec is %.2f km, DistanciaRecorrida sums to %.2f", total, distance);
    return ERR_NONE;
}

static enum err plates_sense(struct carta_reading *r)
{
    xmlNode *road = carta_node_child(carta_node_child(r->root, "Mercancias"), "Autotransporte");
    struct str seen[3];
    size_t n = 0;
    seen[n++] = carta_attribute(r->arena, carta_node_child(road, "IdentificacionVehicular"), "PlacaVM");
    node_each(trailer, carta_node_child(road, "Remolques"), "Remolque")
    {
        struct str plate = carta_attribute(r->arena, trailer, "Placa");
        for (size_t i = 0; i < n; i++) {
            if (str_eq(seen[i], plate))
                return carta_fault(r, ERR_SENSELESS, trailer, "Placa", "the plate %.20s is on two vehicles", plate.p);
        }
        if (n < 3) seen[n++] = plate;
    }
    return ERR_NONE;
}

// Which way a regime goes, by SAT's catalogue c_RegimenAduanero.
static bool regime_goes(struct str regime, bool in)
{
    static const char *const in_only[] = {"IMD", "ITR", "ITE", NULL}, *const out_only[] = {"EXD", "ETR", "ETE", NULL};
    return !carta_choice_fits(regime, in ? out_only : in_only);
}

static enum err customs_sense(struct carta_reading *r)
{
    static const char *const needed[] = {"EntradaSalidaMerc", "PaisOrigenDestino", "ViaEntradaSalida"};
    if (!carta_attribute_is(r, r->root, "TranspInternac", "Sí")) return ERR_NONE;
    for (size_t i = 0; i < 3; i++) {
        if (!carta_attribute(r->arena, r->root, needed[i]).p)
            return carta_fault(r, ERR_SENSELESS, r->root, needed[i], "international transport must have %s", needed[i]);
    }
    bool in = carta_attribute_is(r, r->root, "EntradaSalidaMerc", "Entrada");
    xmlNode *list = carta_node_child(r->root, "RegimenesAduaneros");
    if (!list)
        return carta_fault(r, ERR_SENSELESS, r->root, NULL, "international transport must have RegimenesAduaneros");
    node_each(regime, list, "RegimenAduaneroCCP")
    {
        struct str code = carta_attribute(r->arena, regime, "RegimenAduanero");
        if (!regime_goes(code, in))
            return carta_fault(r, ERR_SENSELESS, regime, "RegimenAduanero",
                               "the regime %.3s is not one of goods that %s the country", code.p,
                               in ? "enter" : "leave");
    }
    node_each(item, carta_node_child(r->root, "Mercancias"), "Mercancia")
    {
        node_each(paper, item, "DocumentacionAduanera")
        {
            if (in && carta_attribute_is(r, paper, "TipoDocumento", "01") &&
                !carta_attribute(r->arena, paper, "NumPedimento").p)
                return carta_fault(r, ERR_SENSELESS, paper, "NumPedimento",
                                   "a pedimento of goods that enter must have NumPedimento");
        }
    }
    return ERR_NONE;
}

enum err carta_sense_check(struct carta_reading *r)
{
    enum err err = weights_sense(r);
    if (!err) err = sites_sense(r);
    if (!err) err = plates_sense(r);
    return err ? err : customs_sense(r);
}
