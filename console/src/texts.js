// SPDX-License-Identifier: Apache-2.0
// Every text that a person reads on the page, in English, Spanish and French; nothing is worded elsewhere.
// {name} is filled by say(). The reasons of a decision come from the node in all three languages.
import { computed, signal } from '@preact/signals';

export const LANGUAGES = [['en', 'English'], ['es', 'Español'], ['fr', 'Français']];
const STORE_KEY = 'puente.language';

const TEXTS = {
    // lanes, in order of strictness
    'lane.green': ['Green', 'Verde', 'Verte'],
    'lane.document': ['Document check', 'Revisión documental', 'Contrôle documentaire'],
    'lane.scan': ['Scan', 'Escaneo', 'Imagerie'],
    'lane.joint': ['Joint inspection', 'Inspección conjunta', 'Inspection conjointe'],
    'lane.hold': ['Hold', 'Retención', 'Retenue'],
    'lane.none': ['No lane yet', 'Sin carril aún', 'Pas encore de voie'],

    // frame
    'page.title': ['Puente', 'Puente', 'Puente'],
    'page.skip': ['Skip to the crossings', 'Ir a los cruces', 'Aller aux passages'],
    'page.language': ['Language', 'Idioma', 'Langue'],
    'page.clock': ['Node time', 'Hora del nodo', 'Heure du nœud'],
    'page.sign_out': ['Sign out', 'Salir', 'Se déconnecter'],
    'page.rehearsal': ['Rehearsal: invented trucks, people and seals. Nothing on this page happened.',
        'Ensayo: camiones, personas y candados inventados. Nada de esta página ocurrió.',
        'Répétition : camions, personnes et scellés inventés. Rien sur cette page n’a eu lieu.'],

    // sign-in
    'signin.title': ['Sign in to this node', 'Entrar a este nodo', 'Se connecter à ce nœud'],
    'signin.token': ['Access token', 'Token de acceso', 'Jeton d’accès'],
    'signin.hint': ['It stays in this tab’s memory and is gone when the tab closes. Each crossing you open is logged under your name.',
        'Queda solo en la memoria de esta pestaña y se borra al cerrarla. Cada cruce que abra queda registrado a su nombre.',
        'Il reste dans la mémoire de cet onglet et disparaît à sa fermeture. Chaque passage que vous ouvrez est journalisé à votre nom.'],
    'signin.go': ['Sign in', 'Entrar', 'Se connecter'],
    'signin.denied': ['The node did not accept this token.', 'El nodo no aceptó este token.', 'Le nœud n’a pas accepté ce jeton.'],

    // connection
    'link.live': ['Live', 'En vivo', 'En direct'],
    'link.connecting': ['Connecting', 'Conectando', 'Connexion'],
    'link.lost': ['Connection lost', 'Conexión perdida', 'Connexion perdue'],
    'link.as_of': ['Connection lost, showing data as of {time}. Trying again.',
        'Conexión perdida; se muestran datos de las {time}. Reintentando.',
        'Connexion perdue, données affichées à {time}. Nouvel essai en cours.'],
    'link.never': ['The node does not answer. Trying again.', 'El nodo no responde. Reintentando.', 'Le nœud ne répond pas. Nouvel essai en cours.'],
    'link.forbidden': ['This token’s role may not read crossings.', 'El rol de este token no puede leer cruces.',
        'Le rôle de ce jeton ne permet pas de lire les passages.'],
    'link.fault': ['The node sent something this page does not understand: {detail}', 'El nodo envió algo que esta página no entiende: {detail}',
        'Le nœud a envoyé quelque chose que cette page ne comprend pas : {detail}'],

    // map
    'map.title': ['Corridor', 'Corredor', 'Corridor'],
    'map.label': ['Map of the corridor with {n} trucks. The table below lists the same crossings.',
        'Mapa del corredor con {n} camiones. La tabla de abajo lista los mismos cruces.',
        'Carte du corridor avec {n} camions. Le tableau ci-dessous liste les mêmes passages.'],
    'map.fit': ['Trucks', 'Camiones', 'Camions'],
    'map.corridor': ['Whole corridor', 'Todo el corredor', 'Tout le corridor'],
    'map.in': ['Zoom in', 'Acercar', 'Zoom avant'],
    'map.out': ['Zoom out', 'Alejar', 'Zoom arrière'],
    'map.missing': ['The map’s outline could not be loaded.', 'No se pudo cargar el contorno del mapa.', 'Le fond de carte n’a pas pu être chargé.'],
    'map.suspect': ['Compromised channel', 'Canal comprometido', 'Canal compromis'],

    // table
    'table.title': ['Crossings', 'Cruces', 'Passages'],
    'table.trip': ['Trip', 'Viaje', 'Voyage'],
    'table.arrival': ['Arrival', 'Llegada', 'Arrivée'],
    'table.carrier': ['Carrier, plates', 'Transportista, placas', 'Transporteur, plaques'],
    'table.lane': ['Lane', 'Carril', 'Voie'],
    'table.reasons': ['Reasons', 'Motivos', 'Motifs'],
    'table.seals': ['Seals', 'Candados', 'Scellés'],
    'table.position': ['Position', 'Posición', 'Position'],
    'table.selection': ['Selection, finding', 'Selección, hallazgo', 'Sélection, constat'],
    'table.search': ['Search trips, plates, reasons', 'Buscar viajes, placas, motivos', 'Chercher voyages, plaques, motifs'],
    'table.all': ['All lanes', 'Todos', 'Toutes'],
    'table.filter': ['Filter by lane', 'Filtrar por carril', 'Filtrer par voie'],
    'table.released': ['Show released', 'Mostrar liberados', 'Afficher les libérés'],
    'table.none': ['No crossing matches.', 'Ningún cruce coincide.', 'Aucun passage ne correspond.'],
    'table.empty': ['No crossings yet. They appear here as soon as a document or a seal announces one.',
        'Aún no hay cruces. Aparecen aquí en cuanto un documento o un candado anuncia uno.',
        'Pas encore de passage. Ils apparaissent dès qu’un document ou un scellé en annonce un.'],
    'table.more': ['Show {n} more', 'Mostrar {n} más', 'Afficher {n} de plus'],
    'table.part': ['The {n} nearest arrivals are shown.', 'Se muestran las {n} llegadas más próximas.', 'Les {n} arrivées les plus proches sont affichées.'],
    'table.was': ['was {lane}', 'era {lane}', 'était {lane}'],
    'table.more_reasons': ['and {n} more', 'y {n} más', 'et {n} de plus'],
    'table.no_reason': ['No reason given', 'Sin motivo', 'Aucun motif donné'],
    'table.empty_truck': ['Empty', 'Vacío', 'Vide'],
    'table.consignments': ['Consignments: {n}', 'Envíos: {n}', 'Envois : {n}'],
    'table.suspect': ['Leans on a channel confirmed compromised', 'Se apoya en un canal con compromiso confirmado',
        'S’appuie sur un canal dont la compromission est confirmée'],
    'table.unknown': ['Unknown', 'Desconocido', 'Inconnu'],
    'table.away': ['{km} km from {place}', 'a {km} km de {place}', 'à {km} km de {place}'],
    'table.arrived': ['Arrived', 'Llegó', 'Arrivé'],
    'table.released_at': ['Released', 'Liberado', 'Libéré'],
    'table.selected': ['Selected: {lane}', 'Selección: {lane}', 'Sélection : {lane}'],
    'table.overridden': ['Overridden: {lane}', 'Modificado: {lane}', 'Dérogation : {lane}'],

    'state.open': ['on the way', 'en camino', 'en route'],
    'state.arrived': ['arrived', 'llegó', 'arrivé'],
    'state.released': ['released', 'liberado', 'libéré'],
    'direction.northbound': ['northbound', 'hacia el norte', 'vers le nord'],
    'direction.southbound': ['southbound', 'hacia el sur', 'vers le sud'],
    'finding.nothing': ['Nothing found', 'Sin hallazgo', 'Rien trouvé'],
    'finding.discrepancy': ['Discrepancy', 'Discrepancia', 'Écart'],
    'finding.contraband': ['Contraband', 'Contrabando', 'Contrebande'],

    'seal.on': ['closed', 'cerrado', 'fermé'],
    'seal.off': ['off', 'retirado', 'retiré'],
    'seal.open': ['open', 'abierto', 'ouvert'],
    'seal.replaced': ['replaced', 'reemplazado', 'remplacé'],
    'seal.unknown': ['unknown', 'desconocido', 'inconnu'],
    'seal.none': ['none', 'ninguno', 'aucun'],
    'seal.electronic': ['electronic', 'electrónico', 'électronique'],
    'seal.high-security': ['high security', 'alta seguridad', 'haute sécurité'],
    'seal.security': ['security', 'seguridad', 'sécurité'],
    'seal.indicative': ['indicative', 'indicativo', 'indicatif'],
    'seal.legend': ['Seal {state}', 'Candado {state}', 'Scellé {state}'],

    // lane changes
    'change.title': ['Lane changes', 'Cambios de carril', 'Changements de voie'],
    'change.none': ['None since this page was opened.', 'Ninguno desde que se abrió esta página.', 'Aucun depuis l’ouverture de cette page.'],
    'change.lost': ['{trip} lost the green lane: now {lane}.', '{trip} perdió el carril verde: ahora {lane}.', '{trip} a perdu la voie verte : maintenant {lane}.'],
    'change.moved': ['{trip}: from {from} to {lane}.', '{trip}: de {from} a {lane}.', '{trip} : de {from} à {lane}.'],
    'change.many': ['{n} crossings changed lane; {lost} lost the green lane.', '{n} cruces cambiaron de carril; {lost} perdieron el verde.',
        '{n} passages ont changé de voie ; {lost} ont perdu la verte.'],

    // panels
    'alarm.region': ['Alarms and lane changes', 'Alarmas y cambios de carril', 'Alarmes et changements de voie'],
    'alarm.title': ['Alarms', 'Alarmas', 'Alarmes'],
    'alarm.none': ['No alarms.', 'Sin alarmas.', 'Aucune alarme.'],
    'alarm.standing': ['Channel {channel} is {state}: crossings touched: {n}', 'El canal {channel} está {state}: cruces afectados: {n}',
        'Le canal {channel} est {state} : passages touchés : {n}'],
    'standing.reported': ['reported compromised', 'reportado como comprometido', 'signalé compromis'],
    'standing.confirmed': ['confirmed compromised', 'confirmado como comprometido', 'confirmé compromis'],
    'standing.cleared': ['cleared', 'despejado', 'rétabli'],
    'share.title': ['Shared and withheld', 'Compartido y reservado', 'Partagé et retenu'],
    'share.none': ['No agreement, so nothing flows.', 'Sin acuerdo: nada circula.', 'Pas d’accord : rien ne circule.'],
    'share.in': ['From {partner}', 'De {partner}', 'De {partner}'],
    'share.out': ['To {partner}', 'A {partner}', 'À {partner}'],
    'share.statements': ['Statements', 'Declaraciones', 'Déclarations'],
    'share.withheld': ['Withheld', 'Reservadas', 'Retenues'],
    'share.members': ['Members withheld', 'Campos reservados', 'Champs retenus'],
    'share.no_members': ['none', 'ninguno', 'aucun'],
    'share.kinds': ['Kinds', 'Clases', 'Types'],
    'share.basis': ['Legal basis', 'Base legal', 'Base légale'],
    'share.expires': ['Expires', 'Vence', 'Expire'],
    'share.last': ['Last', 'Último', 'Dernier'],
    'linkstate.running': ['Running', 'En marcha', 'En marche'],
    'linkstate.waiting': ['Waiting', 'En espera', 'En attente'],
    'linkstate.expired': ['Expired', 'Vencido', 'Expiré'],
    'linkstate.revoked': ['Revoked', 'Revocado', 'Révoqué'],
    'linkstate.fork': ['Forked log', 'Bitácora bifurcada', 'Journal bifurqué'],
    'linkstate.unreachable': ['Unreachable', 'Inalcanzable', 'Injoignable'],
    'log.title': ['Log', 'Bitácora', 'Journal'],
    'log.origin': ['Origin', 'Origen', 'Origine'],
    'log.size': ['Size', 'Tamaño', 'Taille'],
    'log.root': ['Root', 'Raíz', 'Racine'],
    'log.time': ['Checkpoint', 'Punto de control', 'Point de contrôle'],
    'log.witnesses': ['Witnesses', 'Testigos', 'Témoins'],
    'log.no_witness': ['No witness has countersigned yet.', 'Ningún testigo ha refrendado aún.', 'Aucun témoin n’a encore contresigné.'],
    'log.witness': ['Witness', 'Testigo', 'Témoin'],
    'log.behind': ['{n} behind', '{n} atrás', '{n} de retard'],

    // detail
    'detail.close': ['Close', 'Cerrar', 'Fermer'],
    'detail.loading': ['Opening…', 'Abriendo…', 'Ouverture…'],
    'detail.logged': ['This reading is in the log under your name.', 'Esta lectura queda en la bitácora a su nombre.',
        'Cette lecture est dans le journal à votre nom.'],
    'detail.failed': ['The crossing could not be read: {detail}', 'No se pudo leer el cruce: {detail}', 'Le passage n’a pas pu être lu : {detail}'],
    'detail.newer': ['There is news about this crossing since you opened it.', 'Hay novedades de este cruce desde que lo abrió.',
        'Il y a du nouveau sur ce passage depuis que vous l’avez ouvert.'],
    'detail.again': ['Read again', 'Leer de nuevo', 'Relire'],
    'detail.reasons': ['Why this lane', 'Por qué este carril', 'Pourquoi cette voie'],
    'detail.gaps': ['Not known', 'No se sabe', 'Inconnu'],
    'detail.decided': ['Decided', 'Decidido', 'Décidée'],
    'detail.floor': ['At least, for a compromised channel', 'Mínimo, por canal comprometido', 'Au moins, pour canal compromis'],
    'detail.who': ['What is crossing', 'Qué cruza', 'Ce qui passe'],
    'detail.carrier': ['Carrier', 'Transportista', 'Transporteur'],
    'detail.conveyance': ['Tractor', 'Tractor', 'Tracteur'],
    'detail.driver': ['Driver', 'Conductor', 'Conducteur'],
    'detail.trailers': ['Trailers', 'Remolques', 'Remorques'],
    'detail.swapped': ['swapped on the way', 'cambiado en el camino', 'changé en route'],
    'detail.port': ['Port', 'Puerto', 'Poste'],
    'detail.destination': ['Destination', 'Destino', 'Destination'],
    'detail.load': ['Consignments', 'Envíos', 'Envois'],
    'detail.override': ['Override', 'Modificación', 'Dérogation'],
    'detail.finding': ['Finding', 'Hallazgo', 'Constat'],
    'detail.origins': ['Known from', 'Conocido por', 'Connu par'],
    'detail.custody': ['Custody', 'Custodia', 'Garde'],
    'detail.no_custody': ['No seal has spoken.', 'Ningún candado ha informado.', 'Aucun scellé n’a parlé.'],
    'detail.silence': ['Longest silence: {n} min', 'Silencio más largo: {n} min', 'Plus long silence : {n} min'],
    'detail.jump': ['Fastest jump: {n} km/h', 'Salto más rápido: {n} km/h', 'Saut le plus rapide : {n} km/h'],
    'detail.explained': ['explained', 'explicado', 'expliqué'],
    'detail.unexplained': ['not explained', 'sin explicar', 'non expliqué'],
    'detail.timeline': ['Timeline', 'Cronología', 'Chronologie'],
    'detail.no_timeline': ['Nothing stated.', 'Nada declarado.', 'Rien de déclaré.'],
    'detail.withheld': ['members withheld: {n}', 'campos reservados: {n}', 'champs retenus : {n}'],
    'detail.via': ['via', 'por', 'par'],
    'detail.what': ['What it says', 'Qué dice', 'Ce qu’elle dit'],
    'detail.decisions': ['Decisions', 'Decisiones', 'Décisions'],
    'detail.no_decisions': ['None yet.', 'Ninguna aún.', 'Aucune encore.'],
    'detail.leaned': ['Leaned on {n} statements', 'Se apoyó en {n} declaraciones', 'S’appuie sur {n} déclarations'],
    'detail.rules': ['Rules {hash}', 'Reglas {hash}', 'Règles {hash}'],

    // the port's choice within what the rules ask for
    'choice.title': ['The port’s choice', 'La elección del puerto', 'Le choix du poste'],
    'choice.service': ['Sent to', 'Enviado a', 'Envoyé à'],
    'choice.nowhere': ['nowhere: held', 'a ningún lugar: retenido', 'nulle part : retenu'],
    'choice.floor': ['The rules ask at least for', 'Las reglas piden al menos', 'Les règles demandent au moins'],
    'choice.stricter': ['Why stricter', 'Por qué más estricto', 'Pourquoi plus stricte'],
    'choice.why': ['Why', 'Por qué', 'Pourquoi'],
    'choice.wait': ['Wait there', 'Espera ahí', 'Attente à cet endroit'],
    'choice.min': ['{n} min', '{n} min', '{n} min'],
    'choice.stood': ['Decided again', 'Decidido de nuevo', 'Décidé à nouveau'],
    'choice.stood_at': ['it had waited {n} min at {service}', 'había esperado {n} min en {service}', 'il avait attendu {n} min à {service}'],
    'choice.risk': ['Risk', 'Riesgo', 'Risque'],
    'choice.raises': ['raises the risk (+{n})', 'aumenta el riesgo (+{n})', 'augmente le risque (+{n})'],
    'choice.lowers': ['lowers the risk (−{n})', 'reduce el riesgo (−{n})', 'réduit le risque (−{n})'],
    'choice.propensity': ['Probability of this lane', 'Probabilidad de este carril', 'Probabilité de cette voie'],
    'choice.by_chance': ['Sent by chance', 'Enviado al azar', 'Envoyé par tirage'],
    'choice.draw': ['Draws', 'Sorteos', 'Tirages'],
    'choice.price': ['Price of a minute', 'Precio de un minuto', 'Prix d’une minute'],
    'choice.yes': ['yes', 'sí', 'oui'],
    'choice.no': ['no', 'no', 'non'],
    'choice.terms': ['What each service would have brought', 'Qué habría dado cada servicio', 'Ce que chaque service aurait apporté'],
    'choice.at': ['Service', 'Servicio', 'Service'],
    'choice.state': ['State', 'Estado', 'État'],
    'choice.up': ['Up', 'Activos', 'Actifs'],
    'choice.wait_min': ['Wait, min', 'Espera, min', 'Attente, min'],
    'choice.benefit': ['Finds', 'Halla', 'Trouve'],
    'choice.delay': ['Delay', 'Demora', 'Retard'],
    'choice.alarm': ['False alarms', 'Falsas alarmas', 'Fausses alarmes'],
    'choice.gain': ['Gain', 'Ganancia', 'Gain'],
    'choice.probability': ['Probability', 'Probabilidad', 'Probabilité'],
    'choice.faults': ['Rules that could not be evaluated', 'Reglas que no se pudieron evaluar', 'Règles qui n’ont pas pu être évaluées'],
    'choice.shadow': ['Shadow rules that were true; they changed nothing', 'Reglas en sombra que se cumplieron; no cambiaron nada',
        'Règles en essai qui étaient vraies ; elles n’ont rien changé'],
    'bar.open': ['open', 'abierto', 'ouvert'],
    'bar.below-floor': ['below what the rules ask', 'menos de lo que piden las reglas', 'moins que ce que demandent les règles'],
    'bar.not-eligible': ['not for this truck', 'no para este camión', 'pas pour ce camion'],
    'bar.no-server': ['nobody at work', 'nadie en servicio', 'personne en service'],
    'bar.over-cap': ['over its limit of waiting', 'sobre su límite de espera', 'au-delà de sa limite d’attente'],

    // kinds of statement
    'kind.subject': ['Identifiers', 'Identificadores', 'Identifiants'],
    'kind.crossing': ['Crossing announced', 'Cruce anunciado', 'Passage annoncé'],
    'kind.crossing.swap': ['Tractor swapped', 'Cambio de tractor', 'Tracteur changé'],
    'kind.crossing.arrival': ['Arrived', 'Llegada', 'Arrivée'],
    'kind.crossing.release': ['Released', 'Liberación', 'Libération'],
    'kind.selection': ['Official selection', 'Selección oficial', 'Sélection officielle'],
    'kind.override': ['Override', 'Modificación', 'Dérogation'],
    'kind.finding': ['Finding', 'Hallazgo', 'Constat'],
    'kind.decision': ['Decision', 'Decisión', 'Décision'],
    'kind.document': ['Document', 'Documento', 'Document'],
    'kind.custody.seal': ['Seal', 'Candado', 'Scellé'],
    'kind.custody.position': ['Position', 'Posición', 'Position'],
    'kind.custody.explain': ['Explanation', 'Explicación', 'Explication'],
    'kind.credential': ['Credential', 'Credencial', 'Justificatif'],
    'kind.channel.standing': ['Standing of a channel', 'Situación de un canal', 'Situation d’un canal'],
    'kind.evidence.rejected': ['Rejected packet', 'Paquete rechazado', 'Paquet rejeté'],
    'kind.erasure': ['Erasure', 'Borrado', 'Effacement'],
    'event.on': ['put on', 'colocado', 'posé'],
    'event.off': ['taken off', 'retirado', 'retiré'],
    'event.lock': ['locked', 'cerrado', 'verrouillé'],
    'event.unlock': ['unlocked', 'abierto', 'déverrouillé'],
    'event.refused': ['attempt refused', 'intento rechazado', 'tentative refusée'],
    'event.tamper': ['tampered with', 'manipulado', 'altéré'],
    'event.report': ['report', 'reporte', 'rapport'],
    'event.replaced': ['replaced', 'reemplazado', 'remplacé'],
    'event.inspected': ['inspected', 'inspeccionado', 'inspecté'],
};

function firstLanguage() {
    const known = (l) => LANGUAGES.some(([code]) => code === l);
    const stored = localStorage.getItem(STORE_KEY);
    if (known(stored)) return stored;
    const wanted = (navigator.languages ?? [navigator.language]).map((l) => l.slice(0, 2).toLowerCase());
    return wanted.find(known) ?? 'en';
}

export const language = signal(firstLanguage());

// For numbers and dates: the reader's own region where it speaks the chosen language, else the corridor's.
const REGIONS = { en: 'en-US', es: 'es-MX', fr: 'fr-CA' };
export const locale = computed(() => navigator.languages?.find((l) => l.toLowerCase().startsWith(`${language.value}-`)) ?? REGIONS[language.value]);

export function chooseLanguage(code) {
    localStorage.setItem(STORE_KEY, code);
    language.value = code;
}

const column = () => LANGUAGES.findIndex(([code]) => code === language.value);

export function say(key, values = {}) {
    const text = TEXTS[key][column()];
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

// For words of the node's own vocabulary (kinds, states): a newer node may send one that this page does not know yet,
// and then the node's word is shown as it stands.
export function word(group, value) {
    return Object.hasOwn(TEXTS, `${group}.${value}`) ? say(`${group}.${value}`) : String(value);
}
