// SPDX-License-Identifier: Apache-2.0
// Why a scanner, dock or booth does not work: one list of reason codes, so that the ports of three countries can be
// added up. An audit found interruptions without a recorded reason (see docs/port.md); a code that a log does not say
// is told as "unsaid" and never guessed, and one that is on no list is "other" with the log's own words beside it.
#ifndef FORMATS_OUTAGE_REASON_H
#define FORMATS_OUTAGE_REASON_H

#include "base/bytes.h"

// X(value, code, English, Spanish, French)
#define OUTAGE_REASON_TABLE(X)                                                                                         \
    X(REASON_UNSAID, "unsaid", "no reason recorded", "sin motivo registrado", "aucun motif consigné")                  \
    X(REASON_POWER, "power", "power supply", "suministro eléctrico", "alimentation électrique")                        \
    X(REASON_NETWORK, "network", "network", "red de datos", "réseau")                                                  \
    X(REASON_SOFTWARE, "software", "software", "programas", "logiciel")                                                \
    X(REASON_SOURCE, "source", "radiation source", "fuente de radiación", "source de rayonnement")                     \
    X(REASON_DETECTOR, "detector", "detectors", "detectores", "détecteurs")                                            \
    X(REASON_MECHANICAL, "mechanical", "mechanics", "mecánica", "mécanique")                                           \
    X(REASON_COOLING, "cooling", "cooling", "refrigeración", "refroidissement")                                        \
    X(REASON_SAFETY, "safety", "safety interlock", "enclavamiento de seguridad", "verrouillage de sécurité")           \
    X(REASON_INTERFERENCE, "interference", "interference with radiation portal monitors",                              \
      "interferencia con portales de radiación", "interférence avec les portiques de radiation")                       \
    X(REASON_DAMAGE, "damage", "struck by a vehicle", "golpe de un vehículo", "heurté par un véhicule")                \
    X(REASON_WEATHER, "weather", "weather", "clima", "intempéries")                                                    \
    X(REASON_STAFF, "staff", "no operator", "sin operador", "aucun opérateur")                                         \
    X(REASON_CALIBRATION, "calibration", "calibration", "calibración", "étalonnage")                                   \
    X(REASON_PREVENTIVE, "preventive", "preventive maintenance", "mantenimiento preventivo", "entretien préventif")    \
    X(REASON_FACILITY, "facility", "works on the site", "obras en el sitio", "travaux sur le site")                    \
    X(REASON_OTHER, "other", "other", "otro", "autre")

enum outage_reason {
#define X(value, code, en, es, fr) value,
    OUTAGE_REASON_TABLE(X)
#undef X
        REASON_COUNT
};

const char *outage_reason_code(enum outage_reason reason);
// `language`: "en", "es" or "fr"; anything else is English.
const char *outage_reason_text(enum outage_reason reason, const char *language);
// Empty: REASON_UNSAID. A code that is not on the list: REASON_OTHER, and false.
bool outage_reason_parse(struct str code, enum outage_reason *out);

// The codes, for schema tables; ends with NULL.
extern const char *const outage_reason_codes[];

#endif
