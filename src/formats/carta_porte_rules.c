// SPDX-License-Identifier: Apache-2.0
#include "formats/carta_porte_parts.h"

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

static const struct carta_attribute_rule attributes[] = {
    {"CartaPorte", "Version", true, CARTA_CHOICE, .choices = version_31},
    {"CartaPorte", "IdCCP", true, CARTA_IDCCP},
    {"CartaPorte", "TranspInternac", true, CARTA_CHOICE, .choices = yes_no},
    {"CartaPorte", "EntradaSalidaMerc", false, CARTA_CHOICE, .choices = in_out},
    {"CartaPorte", "PaisOrigenDestino", false, CARTA_COUNTRY},
    {"CartaPorte", "ViaEntradaSalida", false, CARTA_CHOICE, .choices = ways},
    {"CartaPorte", "TotalDistRec", false, CARTA_NUMBER, .max = 99},
    {"CartaPorte", "RegistroISTMO", false, CARTA_CHOICE, .choices = yes},
    {"CartaPorte", "UbicacionPoloOrigen", false, CARTA_TEXT, 1, 20},
    {"CartaPorte", "UbicacionPoloDestino", false, CARTA_TEXT, 1, 20},
    {"RegimenAduaneroCCP", "RegimenAduanero", true, CARTA_CHOICE, .choices = regimes},
    {"Ubicacion", "TipoUbicacion", true, CARTA_CHOICE, .choices = ends},
    {"Ubicacion", "IDUbicacion", false, CARTA_SITE},
    {"Ubicacion", "RFCRemitenteDestinatario", true, CARTA_RFC},
    {"Ubicacion", "NombreRemitenteDestinatario", false, CARTA_TEXT, 1, 254},
    {"Ubicacion", "NumRegIdTrib", false, CARTA_TEXT, 6, 40},
    {"Ubicacion", "ResidenciaFiscal", false, CARTA_COUNTRY},
    {"Ubicacion", "NumEstacion", false, CARTA_TEXT, 1, 20},
    {"Ubicacion", "NombreEstacion", false, CARTA_TEXT, 1, 50},
    {"Ubicacion", "NavegacionTrafico", false, CARTA_CHOICE, .choices = sea},
    {"Ubicacion", "FechaHoraSalidaLlegada", true, CARTA_MOMENT},
    {"Ubicacion", "TipoEstacion", false, CARTA_DIGITS, 2, 2},
    {"Ubicacion", "DistanciaRecorrida", false, CARTA_NUMBER, .max = 99},
    {"Domicilio", "Calle", false, CARTA_TEXT, 1, 100},
    {"Domicilio", "NumeroExterior", false, CARTA_TEXT, 1, 55},
    {"Domicilio", "NumeroInterior", false, CARTA_TEXT, 1, 55},
    {"Domicilio", "Colonia", false, CARTA_TEXT, 1, 120},
    {"Domicilio", "Localidad", false, CARTA_TEXT, 1, 120},
    {"Domicilio", "Referencia", false, CARTA_TEXT, 1, 250},
    {"Domicilio", "Municipio", false, CARTA_TEXT, 1, 120},
    {"Domicilio", "Estado", true, CARTA_TEXT, 1, 30},
    {"Domicilio", "Pais", true, CARTA_COUNTRY},
    {"Domicilio", "CodigoPostal", true, CARTA_TEXT, 1, 12},
    {"Mercancias", "PesoBrutoTotal", true, CARTA_NUMBER, .max = 3},
    {"Mercancias", "UnidadPeso", true, CARTA_TEXT, 1, 3},
    {"Mercancias", "PesoNetoTotal", false, CARTA_NUMBER, .max = 3},
    {"Mercancias", "NumTotalMercancias", true, CARTA_COUNT},
    {"Mercancias", "CargoPorTasacion", false, CARTA_TEXT, 1, 20},
    {"Mercancias", "LogisticaInversaRecoleccionDevolucion", false, CARTA_CHOICE, .choices = yes},
    {"Mercancia", "BienesTransp", true, CARTA_DIGITS, 8, 8},
    {"Mercancia", "ClaveSTCC", false, CARTA_TEXT, 6, 7},
    {"Mercancia", "Descripcion", true, CARTA_TEXT, 1, 1000},
    {"Mercancia", "Cantidad", true, CARTA_NUMBER, .max = 6},
    {"Mercancia", "ClaveUnidad", true, CARTA_TEXT, 1, 3},
    {"Mercancia", "Unidad", false, CARTA_TEXT, 1, 20},
    {"Mercancia", "Dimensiones", false, CARTA_TEXT, 1, 14},
    {"Mercancia", "MaterialPeligroso", false, CARTA_CHOICE, .choices = yes_no},
    {"Mercancia", "CveMaterialPeligroso", false, CARTA_TEXT, 1, 10},
    {"Mercancia", "Embalaje", false, CARTA_TEXT, 1, 10},
    {"Mercancia", "DescripEmbalaje", false, CARTA_TEXT, 1, 100},
    {"Mercancia", "SectorCOFEPRIS", false, CARTA_TEXT, 1, 2},
    {"Mercancia", "NombreIngredienteActivo", false, CARTA_TEXT, 1, 1000},
    {"Mercancia", "NomQuimico", false, CARTA_TEXT, 1, 150},
    {"Mercancia", "DenominacionGenericaProd", false, CARTA_TEXT, 1, 50},
    {"Mercancia", "DenominacionDistintivaProd", false, CARTA_TEXT, 1, 50},
    {"Mercancia", "Fabricante", false, CARTA_TEXT, 1, 240},
    {"Mercancia", "FechaCaducidad", false, CARTA_DAY},
    {"Mercancia", "LoteMedicamento", false, CARTA_TEXT, 1, 10},
    {"Mercancia", "FormaFarmaceutica", false, CARTA_TEXT, 1, 2},
    {"Mercancia", "CondicionesEspTransp", false, CARTA_TEXT, 1, 2},
    {"Mercancia", "RegistroSanitarioFolioAutorizacion", false, CARTA_TEXT, 1, 15},
    {"Mercancia", "PermisoImportacion", false, CARTA_TEXT, 1, 6},
    {"Mercancia", "FolioImpoVUCEM", false, CARTA_TEXT, 1, 25},
    {"Mercancia", "NumCAS", false, CARTA_TEXT, 1, 15},
    {"Mercancia", "RazonSocialEmpImp", false, CARTA_TEXT, 1, 80},
    {"Mercancia", "NumRegSanPlagCOFEPRIS", false, CARTA_TEXT, 1, 60},
    {"Mercancia", "DatosFabricante", false, CARTA_TEXT, 1, 600},
    {"Mercancia", "DatosFormulador", false, CARTA_TEXT, 1, 600},
    {"Mercancia", "DatosMaquilador", false, CARTA_TEXT, 1, 600},
    {"Mercancia", "UsoAutorizado", false, CARTA_TEXT, 1, 1000},
    {"Mercancia", "PesoEnKg", true, CARTA_NUMBER, .max = 3},
    {"Mercancia", "ValorMercancia", false, CARTA_TEXT, 1, 20},
    {"Mercancia", "Moneda", false, CARTA_TEXT, 3, 3},
    {"Mercancia", "FraccionArancelaria", false, CARTA_DIGITS, 8, 10},
    {"Mercancia", "UUIDComercioExt", false, CARTA_UUID},
    {"Mercancia", "TipoMateria", false, CARTA_CHOICE, .choices = matters},
    {"Mercancia", "DescripcionMateria", false, CARTA_TEXT, 1, 50},
    {"DocumentacionAduanera", "TipoDocumento", true, CARTA_DIGITS, 2, 2},
    {"DocumentacionAduanera", "NumPedimento", false, CARTA_PEDIMENTO},
    {"DocumentacionAduanera", "IdentDocAduanero", false, CARTA_TEXT, 1, 150},
    {"DocumentacionAduanera", "RFCImpo", false, CARTA_RFC},
    {"GuiasIdentificacion", "NumeroGuiaIdentificacion", true, CARTA_TEXT, 10, 30},
    {"GuiasIdentificacion", "DescripGuiaIdentificacion", true, CARTA_TEXT, 1, 1000},
    {"GuiasIdentificacion", "PesoGuiaIdentificacion", true, CARTA_NUMBER, .max = 3},
    {"CantidadTransporta", "Cantidad", true, CARTA_NUMBER, .max = 6},
    {"CantidadTransporta", "IDOrigen", true, CARTA_SITE},
    {"CantidadTransporta", "IDDestino", true, CARTA_SITE},
    {"CantidadTransporta", "CvesTransporte", false, CARTA_CHOICE, .choices = ways},
    {"DetalleMercancia", "UnidadPesoMerc", true, CARTA_TEXT, 1, 3},
    {"DetalleMercancia", "PesoBruto", true, CARTA_NUMBER, .max = 3},
    {"DetalleMercancia", "PesoNeto", true, CARTA_NUMBER, .max = 3},
    {"DetalleMercancia", "PesoTara", true, CARTA_NUMBER, .max = 3},
    {"DetalleMercancia", "NumPiezas", false, CARTA_COUNT},
    {"Autotransporte", "PermSCT", true, CARTA_TEXT, 1, 6},
    {"Autotransporte", "NumPermisoSCT", true, CARTA_TEXT, 1, 50},
    {"IdentificacionVehicular", "ConfigVehicular", true, CARTA_TEXT, 1, 12},
    {"IdentificacionVehicular", "PesoBrutoVehicular", true, CARTA_NUMBER, .max = 2},
    {"IdentificacionVehicular", "PlacaVM", true, CARTA_PLATE},
    {"IdentificacionVehicular", "AnioModeloVM", true, CARTA_DIGITS, 4, 4},
    {"Seguros", "AseguraRespCivil", true, CARTA_TEXT, 3, 50},
    {"Seguros", "PolizaRespCivil", true, CARTA_TEXT, 3, 30},
    {"Seguros", "AseguraMedAmbiente", false, CARTA_TEXT, 3, 50},
    {"Seguros", "PolizaMedAmbiente", false, CARTA_TEXT, 3, 30},
    {"Seguros", "AseguraCarga", false, CARTA_TEXT, 3, 50},
    {"Seguros", "PolizaCarga", false, CARTA_TEXT, 3, 30},
    {"Seguros", "PrimaSeguro", false, CARTA_TEXT, 1, 20},
    {"Remolque", "SubTipoRem", true, CARTA_TEXT, 6, 6},
    {"Remolque", "Placa", true, CARTA_PLATE},
    {"TiposFigura", "TipoFigura", true, CARTA_CHOICE, .choices = figures},
    {"TiposFigura", "RFCFigura", false, CARTA_RFC},
    {"TiposFigura", "NumLicencia", false, CARTA_TEXT, 6, 16},
    {"TiposFigura", "NombreFigura", true, CARTA_TEXT, 1, 254},
    {"TiposFigura", "NumRegIdTribFigura", false, CARTA_TEXT, 6, 40},
    {"TiposFigura", "ResidenciaFiscalFigura", false, CARTA_COUNTRY},
    {"PartesTransporte", "ParteTransporte", true, CARTA_TEXT, 4, 4},
};

static enum err attributes_check(struct carta_reading *r, const xmlNode *n)
{
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        bool known = a->ns != NULL; // xsi:schemaLocation and the like
        for (size_t i = 0; i < sizeof attributes / sizeof *attributes && !known; i++)
            known = !strcmp(attributes[i].element, (const char *)n->name) &&
                    !strcmp(attributes[i].name, (const char *)a->name);
        if (!known)
            return carta_fault(r, ERR_MALFORMED, n, (const char *)a->name, "the attribute %.40s is not known in %.40s",
                               (const char *)a->name, (const char *)n->name);
    }
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        const struct carta_attribute_rule *rule = &attributes[i];
        if (strcmp(rule->element, (const char *)n->name) != 0) continue;
        struct str v = carta_attribute(r->arena, n, rule->name);
        if (!v.p && r->arena->failed) return carta_no_memory(r);
        if (!v.p && rule->required)
            return carta_fault(r, ERR_MALFORMED, n, rule->name, "%s must have the attribute %s", rule->element,
                               rule->name);
        if (v.p && !carta_value_fits(rule, v))
            return carta_fault(r, ERR_MALFORMED, n, rule->name, "%s=\"%.40s\" is not %s", rule->name, v.p,
                               carta_kind_text(rule->kind));
    }
    return ERR_NONE;
}

static enum err children_check(struct carta_reading *r, xmlNode *n)
{
    for (xmlNode *c = n->children; c; c = c->next) {
        if (c->type != XML_ELEMENT_NODE) continue;
        bool known = false;
        for (size_t i = 0; i < sizeof children / sizeof *children && !known; i++)
            known = !strcmp(children[i].element, (const char *)n->name) &&
                    carta_node_is(c, NS_CARTA_PORTE, children[i].child);
        if (!known)
            return carta_fault(r, ERR_MALFORMED, c, NULL, "the element %.40s is not known in %.40s",
                               (const char *)c->name, (const char *)n->name);
    }
    for (size_t i = 0; i < sizeof children / sizeof *children; i++) {
        const struct child_rule *rule = &children[i];
        if (strcmp(rule->element, (const char *)n->name) != 0) continue;
        size_t count = 0;
        node_each(c, n, rule->child) count++;
        if (count < rule->min)
            return carta_fault(r, ERR_MALFORMED, n, NULL, "%s must have %zu or more %s, and has %zu", rule->element,
                               rule->min, rule->child, count);
        if (count > rule->max)
            return carta_fault(r, ERR_MALFORMED, n, NULL, "%s may have %zu %s, and has %zu", rule->element, rule->max,
                               rule->child, count);
    }
    return ERR_NONE;
}

// Other means of transport are not read here, and so not checked.
static bool other_branch(const xmlNode *n)
{
    return carta_node_is(n, NS_CARTA_PORTE, "TransporteMaritimo") ||
           carta_node_is(n, NS_CARTA_PORTE, "TransporteAereo") ||
           carta_node_is(n, NS_CARTA_PORTE, "TransporteFerroviario");
}

// Depth is bounded by carta_bytes_check.
enum err carta_elements_check(struct carta_reading *r, xmlNode *n)
{
    enum err err = attributes_check(r, n);
    if (!err) err = children_check(r, n);
    for (xmlNode *c = n->children; c && !err; c = c->next) {
        if (c->type == XML_ELEMENT_NODE && !other_branch(c)) err = carta_elements_check(r, c);
    }
    return err;
}
