// SPDX-License-Identifier: Apache-2.0
// A stand-in for a node, for work on the page and for its test: serves dist/ with the node's headers and answers
// docs/api.md with invented data. Two seconds after the first stream opens, a filer is confirmed broken into, and
// crossings that leaned on it lose their green lane. Knows nothing of Puente's insides, and no node runs it. Whoever signs in as `officer` is one.
//
//     node mock.mjs [--port 8090] [--token demo] [--crossings N] [--role officer]
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { extname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { answerPort, wouldChange } from './mock_port.mjs';

const DIST = fileURLToPath(new URL('dist', import.meta.url));
const FILES = { '/': 'index.html', '/index.html': 'index.html', '/app.js': 'app.js', '/app.css': 'app.css', '/map.json': 'map.json', '/favicon.svg': 'favicon.svg', '/licenses.txt': 'licenses.txt' };
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.json': 'application/json', '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8' };
const HEADERS = {
    'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
};

const LOSS_AFTER_MS = 2000;
const MOVE_MS = 1000;
export const LOST_TRIP = 'GRZA0012';
export const CHOSEN_TRIP = 'GRZA0002'; // sent higher than its rules ask

const RULES = {
    fast: { rule: 'fast-complete', lane: 'green', citation: '19 CFR 123.71', en: 'Driver, carrier, importer and manufacturer are in FAST, under a high-security seal', es: 'Conductor, transportista, importador y fabricante están en FAST, con candado de alta seguridad', fr: 'Chauffeur, transporteur, importateur et fabricant sont dans EXPRES, sous scellé de haute sécurité' },
    maker: { rule: 'fast-manufacturer-missing', lane: 'document', citation: '19 CFR 123.71', en: 'Not a complete FAST crossing. Driver: true; carrier: true; importer: true; manufacturer: unknown; high-security seal: true; documents filed: true.', es: 'No es un cruce FAST completo. Conductor: true; transportista: true; importador: true; fabricante: unknown; candado de alta seguridad: true; documentos presentados: true.', fr: 'Ce passage n’est pas un passage EXPRES complet. Chauffeur : true; transporteur : true; importateur : true; fabricant : unknown; scellé de haute sécurité : true; documents déposés : true.' },
    opened: { rule: 'custody-opening-unexplained', lane: 'joint', citation: 'ISO 17712', en: 'The seal was opened and nobody explained it', es: 'El candado fue abierto sin explicación', fr: 'Le scellé a été ouvert sans explication' },
    silence: { rule: 'custody-silence', lane: 'scan', citation: 'Custody rule 3', en: 'The seal was silent for longer than 30 minutes', es: 'El candado calló más de 30 minutos', fr: 'Le scellé s’est tu plus de 30 minutes' },
    jump: { rule: 'custody-jump', lane: 'hold', citation: 'Custody rule 4', en: 'The seal jumped faster than a truck can drive', es: 'El candado saltó más rápido de lo que un camión puede andar', fr: 'Le scellé s’est déplacé plus vite qu’un camion ne roule' },
    weight: { rule: 'documents-weights-disagree', lane: 'scan', citation: 'CFF 29-A', en: 'Carta Porte and manifest disagree by 2,140 kg', es: 'Carta Porte y manifiesto difieren en 2,140 kg', fr: 'Carta Porte et manifeste diffèrent de 2 140 kg' },
    late: { rule: 'documents-late', lane: 'document', citation: '19 CFR 123.92', en: 'The Carta Porte was filed after departure', es: 'La Carta Porte se presentó después de la salida', fr: 'La Carta Porte a été déposée après le départ' },
    channel: { rule: 'channel-compromised', lane: 'scan', citation: 'Trigger rule 1', en: 'Its documents came by a filer confirmed broken into', es: 'Sus documentos llegaron por un declarante con intrusión confirmada', fr: 'Ses documents sont venus d’un déclarant dont l’intrusion est confirmée' },
};

// trip, lane reasons, where (share of the way Monterrey to the bridge, or a place), seal state, notes
const ROAD = [[-100.31, 25.68], [-100.18, 25.96], [-100.13, 26.51], [-99.98, 26.95], [-99.60, 27.42], [-99.537, 27.597]];
const NORTH = [[-99.50, 27.75], [-99.10, 28.46], [-98.88, 28.90], [-98.49, 29.42], [-97.74, 30.27], [-96.80, 32.78]];
const TRUCKS = [
    { why: ['fast'], at: 0.92 }, { why: ['maker'], at: 0.80, gaps: ['manufacturer.trusted'] }, { why: ['fast'], at: 0.97, note: 'explained' }, { why: ['opened', 'silence'], at: 0.99, seal: 'open' },
    { why: ['fast'], at: 0.55 }, { why: ['late', 'maker'], at: 0.71, seal: 'replaced' }, { why: ['silence'], at: 0.38 }, { why: ['jump', 'silence', 'weight'], at: 0.62 },
    { why: ['weight'], at: 0.99 }, { why: ['late'], at: 0.995 }, { why: [], at: 0.3, empty: true, lane: 'document' }, { why: ['fast'], at: 0.45, leans: true },
    { why: ['fast'], at: 0.985, leans: true }, { why: ['fast'], at: 0.2, north: true, state: 'released', leans: true }, { why: ['fast'], at: 0.88, consignments: 30 }, { why: ['maker'], at: 0.45, north: true, state: 'arrived', destination: 'CA' },
];
// What the port chooses within a rule's floor: only such a decision has a reason `lane-choice`.
const choiceReason = (lane, stricter) => ({ rule: 'lane-choice', lane, citation: 'Port director’s order 7',
    en: stricter ? 'Sent to nii: what may be found there outweighs the wait. Risk 3.1 %; wait 6 min.' : 'Goes to primary: a stricter inspection is not worth its wait now. Risk 0.7 %; wait 4 min.',
    es: stricter ? 'Enviado a nii: lo que puede encontrarse pesa más que la espera. Riesgo 3.1 %; espera 6 min.' : 'Va a primary: una inspección más estricta no compensa ahora su espera. Riesgo 0.7 %; espera 4 min.',
    fr: stricter ? 'Envoyé à nii : ce qui peut y être trouvé l’emporte sur l’attente. Risque 3,1 % ; attente 6 min.' : 'Va à primary : une inspection plus stricte ne vaut pas son attente pour l’instant. Risque 0,7 % ; attente 4 min.' });
const WEIGHT = { rule: 'carrier-new', weight: 0.8, citation: 'Risk memo 12', en: 'The carrier’s first month on this corridor', es: 'Primer mes del transportista en este corredor', fr: 'Premier mois du transporteur sur ce corridor' };
const CHOSEN = { 1: true, 14: false }; // of the trucks below: sent higher than the rules ask, or not

function chosen(floor, stricter) {
    const lane = stricter ? 'scan' : floor, service = stricter ? 'nii' : 'primary';
    const term = (name, bar, up, wait_min, benefit, delay, alarm, probability) => ({ service: name, bar, up, wait_min, ...(benefit !== null && { benefit, delay, alarm, entry: 0, gain: benefit - delay - alarm }), probability });
    return { port: '2304', plan: hex(3, 4), service, lane, propensity: stricter ? 0.94 : 0.97, lanes: { green: stricter ? 0.06 : 0.97, scan: stricter ? 0.94 : 0.03 }, by_chance: false, chance: 0.03, floor, risk: stricter ? 0.031 : 0.0067, harm: 1,
        trusted: !stricter, price: 0.00041, day: '2026-03-02', draw: { floor: 0.413907, smooth: 0.701553 }, ...(stricter && { stand: { service: 'dock', waited_min: 18, ahead_min: 40 } }),
        terms: [term('primary', floor === 'green' ? 'open' : 'below-floor', 14, 4, 0, 0.0016, 0, stricter ? 0.06 : 0.97), term('nii', 'open', 2, 6, stricter ? 0.0217 : 0.0047, 0.0051, 0.0004, stricter ? 0.94 : 0.03), term('unified', 'no-server', 0, null, null, null, null, 0)] };
}

const LANES = ['green', 'document', 'scan', 'joint', 'hold'];
const hex = (n, salt) => n.toString(16).padStart(5, '0') + Array.from({ length: 27 }, (_, i) => ((n * 7 + i * i * 3 + salt * 11) % 16).toString(16)).join('');
const iso = (ms) => new Date(ms).toISOString();

function along(points, share) {
    const x = Math.min(Math.max(share, 0), 0.9999) * (points.length - 1), i = Math.floor(x), f = x - i;
    return { lon: +(points[i][0] + (points[i + 1][0] - points[i][0]) * f).toFixed(5), lat: +(points[i][1] + (points[i + 1][1] - points[i][1]) * f).toFixed(5) };
}

function truck(n, startMs) {
    const t = TRUCKS[n % TRUCKS.length], trip = `GRZA${String(n + 1).padStart(4, '0')}`;
    const state = t.state ?? 'open', ruled = t.why.map((w) => RULES[w]);
    const choice = n in CHOSEN ? chosen(CHOSEN[n] ? 'document' : 'green', CHOSEN[n]) : null;
    const reasons = choice ? [WEIGHT, choiceReason(choice.lane, CHOSEN[n]), ...ruled] : ruled;
    const lane = choice?.lane ?? t.lane ?? reasons.reduce((l, r) => (LANES.indexOf(r.lane) > LANES.indexOf(l) ? r.lane : l), 'green');
    const share = t.at - Math.floor(n / TRUCKS.length) * 0.013;
    const eta = startMs + (t.north ? -40 : 200 * (1 - share)) * 60e3;
    const seal = { id: hex(n, 5), identifiers: [{ scheme: 'iso17712', value: `MX${4410020 + n * 37}` }], grade: 'high-security', state: t.seal ?? 'on', electronic: n % 3 !== 2, last: iso(startMs - 60e3) };
    const seals = t.empty ? [] : [seal];
    if (t.seal === 'replaced') seals.push({ ...seal, id: hex(n, 6), identifiers: [{ scheme: 'iso17712', value: `MX${4510020 + n}` }], state: 'on', electronic: false });
    return {
        share, road: t.north ? NORTH : ROAD, leans: t.leans, choice,
        crossing: {
            id: hex(n, 1), identifiers: [{ scheme: 'us.ace.trip', value: trip }], trip, port: '2304', direction: 'northbound', eta: iso(eta),
            arrived: t.north ? iso(eta) : null, released: state === 'released' ? iso(eta + 12 * 60e3) : null, state, empty: Boolean(t.empty), destination: t.destination ?? 'US',
            lane, decided: lane, decision: 'us.cbp:1401', floor: null, suspect: false, reasons, gaps: t.gaps ?? null,
            carrier: { id: hex(n, 2), identifiers: [{ scheme: 'us.scac', value: n % 5 === 4 ? 'NRTX' : 'GRZA' }, { scheme: 'mx.caat', value: '2K4P' }] },
            conveyance: { id: hex(n, 3), identifiers: [{ scheme: 'plate.mx', value: `${71 + n}AK${n % 10}R` }] },
            driver: { id: hex(n, 4), identifiers: [{ scheme: 'fast.id', value: `4110${2200 + n}` }] },
            trailers: [{ id: hex(n, 7), identifiers: [{ scheme: 'trailer.plate', value: `${310 + n}UZ${(n * 3) % 10}` }] }], consignments: t.empty ? 0 : t.consignments ?? 1 + (n % 3),
            seals, position: { ...along(t.north ? NORTH : ROAD, share), time: iso(startMs) }, origins: ['us.cbp', 'mx.anam'],
            selection: state === 'released' ? 'green' : null, override: null, finding: n === 15 ? { result: 'nothing', officer: 'R. Ortega' } : null,
        },
    };
}

function detailOf({ crossing, choice }, startMs) {
    const [seal] = crossing.seals;
    const statement = (i, kind, origin, minutes, members, withheld = 0) => ({ name: `${origin}:${1200 + i}`, kind, at: iso(startMs - minutes * 60e3), in: iso(startMs - minutes * 60e3), origin, via: hex(i, 9), label: 'amber', members, withheld });
    const event = (i, type, minutes, more) => ({ type, at: iso(startMs - minutes * 60e3), in: iso(startMs - minutes * 60e3), who: null, how: null, position: null, explained: false, name: `mx.anam:${1300 + i}`, ...more });
    const opened = seal?.state === 'open' ? [event(3, 'unlock', 22, { how: 'rfid', who: 'card 0x41f2', explained: false })] : [];
    return {
        ...crossing,
        timeline: [
            statement(1, 'crossing', 'mx.anam', 240, { crossing: { port: '2304', direction: 'northbound' } }, 1),
            statement(2, 'document', 'mx.anam', 232, { document: { type: 'carta-porte', number: 'CCC1f0a7-44d1' }, facts: { gross_kg: 18240, pieces: 22 } }, 2),
            statement(3, 'credential', 'us.cbp', 200, { credential: { programme: 'FAST', role: 'driver', status: 'valid' } }),
            statement(4, 'custody.seal', 'mx.anam', 180, { event: { type: 'on', grade: 'high-security' } }),
            statement(201, 'decision', 'us.cbp', 30, { lane: crossing.lane, rules: hex(1, 12), build: '0.1.0', leaned: ['mx.anam:1201'], gaps: crossing.gaps ?? [], ...(choice && { risk: choice.risk, choice,
                shadow: [{ rule: 'night-tyres', lane: 'scan' }, { rule: 'carrier-new-2', weight: 1.1 }], faults: [{ rule: 'weights-by-axle', fault: 'division by zero at 1:14' }] }) }),
        ],
        custody: seal ? [{ seal: seal.id, identifiers: seal.identifiers, state: seal.state, grade: seal.grade, silence_min: 12, jump_kmh: 96, events: [event(1, 'on', 180, { who: 'P. Garza' }), event(2, 'report', 60), ...opened] }] : [],
        decisions: [{ name: 'us.cbp:1401', crossing: crossing.id, trip: crossing.trip, lane: crossing.lane, in: iso(startMs - 30 * 60e3), reasons: crossing.reasons, leaned: ['mx.anam:1201', 'mx.anam:1202', 'us.cbp:1203'], gaps: crossing.gaps, rules: hex(1, 12), build: '0.1.0' }],
    };
}

function links(startMs) {
    const base = { sequence: 41, last: iso(startMs - 4000), detail: '', legal_basis: 'USMCA 7.28; CBP–SAT MRA 2014', expires: '2027-06-30' };
    return [
        { ...base, agreement: 'mx-us-2026', partner: 'mx.anam', direction: 'in', state: 'running', statements: 1184, withheld: 37, kinds: ['crossing', 'document', 'custody.seal', 'channel.standing'], members_withheld: ['goods', 'driver'] },
        { ...base, agreement: 'us-ca-2025', partner: 'ca.cbsa', direction: 'out', state: 'running', statements: 96, withheld: 212, kinds: ['crossing', 'document', 'decision'], members_withheld: ['facts', 'original', 'reason.*'], legal_basis: 'Beyond the Border 2011, annex 4' },
        { ...base, agreement: 'us-garza-2024', partner: 'mx.transportes-garza', direction: 'out', state: 'expired', statements: 12, withheld: 0, kinds: ['decision'], members_withheld: [], detail: 'the legal basis ended on 2026-01-31', expires: '2026-01-31' },
    ];
}

// Starts the stand-in; resolves to {url, token, close, dropStreams, seen}.
export async function startMock({ port = 0, token = 'demo', role: mainRole = 'targeting', crossings: howMany = TRUCKS.length } = {}) {
    const startMs = Date.now();
    const trucks = Array.from({ length: howMany }, (_, n) => truck(n, startMs));
    const byId = new Map(trucks.map((t) => [t.crossing.id, t]));
    const streams = new Set(), history = [], alarms = [{ time: iso(startMs - 300e3), text: 'mx.transportes-garza: agreement us-garza-2024 has ended' }];
    const seen = { lastEventIds: [], lost: false, broken: false, ports: 0, 'would-change': 0, decision: 0 };
    let size = 41980, lossTimer = null;

    const roles = new Map([[`Bearer ${token}`, mainRole], ['Bearer officer', 'officer']]);

    const witnesses = () => [{ name: 'ca.cbsa/witness', size: size - 3, time: iso(Date.now() - 900) }, { name: 'mx.anam/witness', size: size - 1, time: iso(Date.now() - 400) }];
    const log = () => ({ origin: 'us.cbp/log', size, root: 'pVQ2m6Q1zvX0y6c1u2X2q5rX0w1m8Wb2b9s3kqT1aXE', time: iso(Date.now()) });
    const node = (role) => ({ party: 'us.cbp', role, version: '0.1.0', now: iso(Date.now()), rehearsal: true, log: log(), witnesses: witnesses(), links: links(startMs), alarms });

    function send(event, data) {
        size++;
        const text = `id: ${size}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
        history.push([size, text]);
        if (history.length > 5000) history.shift();
        for (const s of streams) s.write(text);
    }

    function loseGreen() {
        seen.lost = true;
        send('standing', { channel: hex(3, 9), state: 'confirmed', floor: 'scan', crossings: trucks.filter((t) => t.leans).length });
        for (const t of trucks.filter((x) => x.leans)) {
            t.crossing = { ...t.crossing, lane: 'scan', floor: 'scan', suspect: true, reasons: [RULES.channel, ...t.crossing.reasons] };
            send('crossing', t.crossing);
        }
        alarms.unshift({ time: iso(Date.now()), text: 'threat TLP-2026-114 confirmed: filer AAD-3921 broken into' });
        send('alarm', alarms[0]);
    }

    const mover = setInterval(() => {
        for (const [n, t] of trucks.entries()) {
            if ((n + size) % 3 || t.crossing.state === 'released' || t.share > 0.996) continue;
            t.share += 0.0025;
            const position = { ...along(t.road, t.share), time: iso(Date.now()) };
            t.crossing = { ...t.crossing, position };
            send('position', { crossing: t.crossing.id, seal: t.crossing.seals[0]?.id ?? null, ...position });
        }
        send('log', { size, witnesses: witnesses() });
    }, MOVE_MS);

    function json(response, status, body) {
        response.writeHead(status, { ...HEADERS, 'content-type': status < 400 ? 'application/json' : 'application/problem+json', 'cache-control': 'no-store' });
        response.end(JSON.stringify(body));
    }

    function list(response, query) {
        const limit = Math.min(Number(query.get('limit') ?? 100), 1000), all = trucks.map((t) => t.crossing).sort((a, b) => (a.eta < b.eta ? -1 : 1));
        const first = query.has('after') ? all.findIndex((c) => c.id === query.get('after')) + 1 : 0;
        const page = all.slice(first, first + limit);
        json(response, 200, { crossings: page, next: first + limit < all.length ? page.at(-1).id : null });
    }

    function stream(request, response) {
        response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
        const last = request.headers['last-event-id'];
        seen.lastEventIds.push(last ?? null);
        response.write(': here\n\n');
        for (const [id, text] of history) if (last !== undefined && id > Number(last)) response.write(text);
        streams.add(response);
        request.on('close', () => streams.delete(response));
        lossTimer ??= setTimeout(loseGreen, LOSS_AFTER_MS);
    }

    function portAnswer(response, url, role) {
        if (url.pathname === '/v1/outcomes' && role === 'officer') return json(response, 403, { title: 'forbidden', status: 403, detail: 'for analysts' });
        seen.ports++;
        const found = answerPort(url.pathname, url.searchParams, Date.now(), seen.broken);
        return found ? json(response, 200, found) : json(response, 404, { title: 'not found', status: 404, detail: 'no such port' });
    }

    function ofCrossing(response, found, what, lang, role) {
        if (!found) return json(response, 404, { title: 'not found', status: 404, detail: 'no such crossing' });
        seen[what]++;
        if (what === 'decision') return json(response, 200, { name: 'us.cbp:1401', lang, text: { en: 'The truck goes where its rules send it.', es: 'El camión va adonde lo envían sus reglas.', fr: 'Le camion va où ses règles l’envoient.' }[lang] });
        if (role !== 'targeting') return json(response, 403, { title: 'forbidden', status: 403, detail: 'for targeting analysts alone' });
        return json(response, 200, wouldChange(found.crossing));
    }

    function answer(request, response) {
        const url = new URL(request.url, 'http://localhost');
        if (Object.hasOwn(FILES, url.pathname)) {
            const name = FILES[url.pathname];
            response.writeHead(200, { ...HEADERS, 'content-type': TYPES[extname(name)], 'cache-control': 'no-cache' });
            return response.end(readFileSync(join(DIST, name)));
        }
        if (url.pathname === '/openapi.json') return json(response, 200, { paths: { '/v1/outcomes': {}, '/v1/crossings/{id}/would-change': {}, '/v1/crossings/{id}/decision': {} } });
        if (!url.pathname.startsWith('/v1/')) return json(response, 404, { title: 'not found', status: 404 });
        const role = roles.get(request.headers.authorization);
        if (!role) return json(response, 401, { title: 'unauthorized', status: 401, detail: 'no such token' });
        if (/^\/v1\/(ports|equipment|outcomes)/.test(url.pathname)) return portAnswer(response, url, role);
        const asked = /^\/v1\/crossings\/([^/]+)\/(would-change|decision)$/.exec(url.pathname);
        if (asked) return ofCrossing(response, byId.get(asked[1]), asked[2], url.searchParams.get('lang') ?? 'en', role);
        if (url.pathname === '/v1/node') return json(response, 200, node(role));
        if (url.pathname === '/v1/crossings') return list(response, url.searchParams);
        if (url.pathname === '/v1/stream') return stream(request, response);
        const found = byId.get(decodeURIComponent(url.pathname.replace('/v1/crossings/', '')));
        return found ? json(response, 200, detailOf(found, startMs)) : json(response, 404, { title: 'not found', status: 404, detail: 'no such crossing' });
    }

    const server = createServer(answer);
    await new Promise((resolve) => { server.listen(port, '127.0.0.1', resolve); });
    const dropStreams = () => { for (const s of streams) s.end(); };
    return {
        url: `http://127.0.0.1:${server.address().port}/`, token, seen, dropStreams,
        close() {
            clearInterval(mover);
            clearTimeout(lossTimer);
            dropStreams();
            server.closeAllConnections();
            return new Promise((resolve) => { server.close(resolve); });
        },
    };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
    const { values } = parseArgs({ options: { port: { type: 'string', default: '8090' }, token: { type: 'string', default: 'demo' }, crossings: { type: 'string', default: String(TRUCKS.length) }, role: { type: 'string', default: 'targeting' } } });
    const mock = await startMock({ port: Number(values.port), token: values.token, role: values.role, crossings: Number(values.crossings) });
    console.log(`${mock.url}#token=${mock.token}`);
}
