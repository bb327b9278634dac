// SPDX-License-Identifier: Apache-2.0
// Invented ports for mock.mjs: waits, hours, forecast, machines, outcomes, in the shapes of docs/api.md.
const HOUR = 3600e3;
const iso = (ms) => new Date(ms).toISOString();
const fig = (minutes, half, more) => ({ minutes, low: +(minutes - half).toFixed(2), high: +(minutes + half).toFixed(2), ...more });
const usual = (at) => 26 + 14 * Math.sin((new Date(at).getUTCHours() - 8) / 24 * 2 * Math.PI) + 3 * Math.sin(at / HOUR * 2.3);

function wait(stage, minutes, n, more) {
    return { stage, method: 'positions', n, censored: 0, mean: fig(minutes, 2.1), median: fig(+(minutes * 0.8).toFixed(2), 1.7), p95: n > 71 ? fig(minutes * 2.6, 9) : { minutes: minutes * 2.6, low: minutes * 2, high: null }, slack_s: 90, coverage: { measured: n, arrivals: 402, share: +(n / 402).toFixed(2), enough: n / 402 >= 0.85 }, ...more };
}

const SUMMARY = [['2304', 'Laredo', 'US', 31.2], ['2303', 'Eagle Pass', 'US', 18.4], ['2506', 'Otay Mesa', 'US', 52.9]];

function portOf([code, name, country, minutes], i) {
    const half = 2.4 + i, scanners = [{ total: 4, up: 2, unknown: 1 }, { total: 2, up: 2, unknown: 0 }, { total: 6, up: 5, unknown: 0 }][i];
    return {
        code, name, country, timezone: i === 2 ? 'America/Los_Angeles' : 'America/Chicago', cut: false,
        waits: [wait('queue', minutes, 371 - 90 * i, { censored: 12, mean: fig(minutes, half) }), wait('booth', 1.9, 360, { method: 'records' }), wait('scanner', 7.3, 61, { method: 'mixed' }), wait('all', minutes + 14, 301)],
        targets: [{ what: 'wait_min', target: 30, actual: fig(minutes, half), met: minutes + half <= 30 ? true : minutes - half > 30 ? false : null }, { what: 'wait_p95_min', target: 90, actual: fig(81.1, 9), met: i === 1 ? true : null },
            { what: 'scanned_pct', target: 40, actual: 34.8 + 7 * i, met: 34.8 + 7 * i >= 40 }, { what: 'available_pct', target: 90, actual: 100 * scanners.up / (scanners.total - scanners.unknown), met: i === 1 }],
        arrivals: 402 - 100 * i, releases: 390 - 98 * i, scanned: 140, scanned_pct: 34.83 + 7 * i, scanners, booths: { total: 14, up: 11, unknown: 0 }, incidents: { openings: 2, tampers: 0, discrepancies: 5, contraband: 1 },
    };
}

function score(step) {
    return { n: 1204 - step, mae: +(3.8 + step * 0.45).toFixed(2), mae_last: +(6 + step * 1.5).toFixed(2), mae_week: 8.6, skill_last: +(0.37 + step * 0.06).toFixed(2), skill_week: +(0.56 - step * 0.05).toFixed(2), intervals: 1100, coverage: 0.91, width: 16.2, pinball: 1.2 };
}

// What the stand-in answers of ports at `path`, or null. `broken`: the first portal has failed.
export function answerPort(path, query, nowMs, broken) {
    const next = nowMs - nowMs % HOUR, base = { now: iso(nowMs), from: iso(nowMs - 24 * HOUR), level: 0.95 }, ports = SUMMARY.map(portOf);
    if (path === '/v1/ports') return { ...base, ports };
    if (path.startsWith('/v1/ports/')) {
        const i = SUMMARY.findIndex(([code]) => code === path.slice('/v1/ports/'.length));
        if (i < 0) return undefined;
        const hours = Array.from({ length: 24 }, (_, k) => next - (24 - k) * HOUR).filter((at, k) => k !== 9).map((at) => ({ ...wait('queue', +usual(at).toFixed(1), 17), mean: fig(+usual(at).toFixed(1), 4.5), hour: iso(at) }));
        const forecast = i === 1 ? { refused: '112 hours with a wait are known, 336 are needed' } : { stage: 'queue', level: 0.9, known_hours: 1502, score: score(2),
            hours: Array.from({ length: 6 }, (_, k) => ({ hour: iso(next + k * HOUR), ...fig(+usual(next + k * HOUR).toFixed(1), 6 + 2 * k), score: score(k) })) };
        return { ...ports[i], ...base, timezone_known: true, lanes: [wait('queue', 33.1, 290, { lane: 'general' }), wait('queue', 15.2, 81, { lane: 'FAST' })], hours, forecast };
    }
    const code = query.get('port') ?? '2304';
    const machine = (name, state, more) => ({ id: `${code}/${name}`, type: name[0] === 'D' ? 'dock' : 'scanner', name: `${name[0] === 'D' ? 'Dock' : 'Portal'} ${name.slice(1)}`, port: code, state, ...more });
    const down = iso(nowMs - 50 * HOUR);
    if (path === '/v1/equipment') {
        return { up: 2, all: 5, equipment: [broken ? machine('P1', 'down', { since: iso(nowMs), reason: 'power' }) : machine('P1', 'up', { since: iso(nowMs - 90 * HOUR) }), machine('P2', 'down', { since: down, reason: 'detector', waiting: 'parts', note: 'array on order' }),
            machine('P3', 'degraded', { since: iso(nowMs - 3 * HOUR), reason: 'interference' }), machine('P4', 'unknown', { last_known: iso(nowMs - 170 * HOUR) }), machine('D1', 'up', { since: iso(nowMs - 30 * HOUR) })] };
    }
    if (path === '/v1/equipment/report') {
        const of = (name, ao, interruptions, more) => ({ id: `${code}/${name}`, type: 'scanner', name, ao, ao_low: ao, ao_high: ao, observed: 1, scans: { count: 7849, without_verdict: 96, per_hour: 40.88, rated_per_hour: 100 }, interruptions, ...more });
        return { from: query.get('from'), to: query.get('to'), now: iso(nowMs), all: {}, equipment: [of('P1', 0.9821, [{ from: iso(nowMs - 120 * HOUR), to: iso(nowMs - 117 * HOUR), planned: true, reason: 'preventive' }]),
            of('P2', 0.7024, [{ from: down, last_known: iso(nowMs), planned: false, reason: 'detector' }]), of('P3', 0.9405, [{ from: iso(nowMs - 80 * HOUR), to: iso(nowMs - 70.5 * HOUR), planned: false, reason: 'unsaid' }], { observed: 0.8, ao_low: 0.75, ao_high: 0.95 }),
            of('P4', undefined, [], { observed: 0, ao_low: undefined, ao_high: undefined, scans: { count: 0, without_verdict: 0 } })] };
    }
    if (path === '/v1/outcomes') {
        const group = (name, hits, inspected, says, more) => ({ name, trucks: inspected * 2, sent: inspected, inspected, without: 0, hits, contraband: 1, drawn: 0, drawn_hits: 0, overridden: 1, yields: [], says,
            rate: { share: hits / inspected, low: hits / inspected * 0.6, high: hits / inspected * 1.6, n: inspected }, lift: { value: hits / inspected / 0.006, low: hits / inspected / 0.011, high: null }, ...more });
        return { by: query.get('by'), port: code, from: null, to: null, level: 0.95, base: group('', 3, 498, '', { lift: null }), all: group('', 71, 2210, ''), left_out: 0,
            groups: [group(`${query.get('by')} one`, 48, 1500, 'Inspections here find 5.3 times what chance finds (at least 2.9).'), group(`${query.get('by')} two`, 20, 610, 'Inspections here find 5.5 times what chance finds (at least 3).', { shadow: query.get('by') === 'rule' })] };
    }
    return null;
}

// What would have changed a lane, as src/decide/counterfactual.h words it.
export function wouldChange(crossing) {
    const said = (en, es, fr) => ({ en, es, fr });
    return { crossing: crossing.id, decision: 'us.cbp:1401', lane: crossing.lane, left_out: 0, decisions: 214, complete: true, margin: { service: 'nii', next: 'primary', gain: 0.0124 },
        facts: { greener: [{ changes: [{ fact: 'programme.manufacturer', from: null, to: 'valid' }], lane: 'green', rules: [{ rule: 'fast-complete', citation: '19 CFR 123.71' }], ...said('green, if «manufacturer» were valid and not unknown', 'verde, si «fabricante» fuera valid y no desconocido', 'verte, si «fabricant» était valid et non inconnu') }],
            stricter: [{ changes: [{ fact: 'custody.silence_min', from: 12, to: 31 }], lane: 'scan', rules: [{ rule: 'custody-silence', citation: 'Custody rule 3' }], ...said('With a seal silent for 31 minutes: scan.', 'Con un candado callado 31 minutos: escaneo.', 'Avec un scellé muet 31 minutes : imagerie.') }] },
        queues: [{ what: 'wait_min', service: 'nii', from: 6, to: 28.4, lane: 'document', sent: 'primary', ...said('From 28.4 minutes of wait at nii: document check at primary.', 'A partir de 28.4 minutos de espera en nii: revisión documental en primary.', 'À partir de 28,4 minutes d’attente à nii : contrôle documentaire à primary.') }] };
}
