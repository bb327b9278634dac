// SPDX-License-Identifier: Apache-2.0
// What the page knows of ports: figures of the last day, machines and their week, outcomes. Read while the ports are
// looked at: every half minute, and sooner when the stream tells of a crossing.
import { batch, computed, effect, signal } from '@preact/signals';
import { millis } from './format.js';
import { ask, nowMs, seesOutcomes, signedIn, stirred, tell } from './state.js';
import { Refused, Unreachable } from './stream.js';
import { language, say, word } from './texts.js';

const POLL_MS = 30000;
const STIRRED_MS = 10000; // a crossing changed: its wait is over or begins, but not every truck asks the node anew
const OUTCOMES_MS = 5 * 60e3;
const DAY_MS = 86400e3;
export const WEEK_DAYS = 7;

export const looking = signal(false); // the ports are in view
export const ports = signal(null);    // null: not read yet
export const chosenCode = signal(null);
export const port = signal(null);
export const machines = signal(null);
export const week = signal(null);     // the machines' availability of the last days, {from, to, equipment}
export const outcomes = signal(null);
export const outcomesBy = signal('scanner');
export const problem = signal(null);  // why there is nothing to show
export const readAt = signal(null);

export const code = computed(() => {
    const all = ports.value ?? [];
    return all.some((p) => p.code === chosenCode.value) ? chosenCode.value : null;
});

// What this node answers at all, by its own description: an older one is not asked for what it does not have.
let offered = null;
export async function offers(path) {
    offered ??= ask('/openapi.json').then((d) => d.paths ?? {}).catch((e) => {
        offered = null;
        if (e instanceof Refused) return {};
        throw e;
    });
    return Object.hasOwn(await offered, path);
}

// A part that this role may not read, or this node does not have, is not shown.
async function askIfAllowed(path) {
    try {
        return await ask(path);
    } catch (e) {
        if (e instanceof Refused && [403, 404].includes(e.status)) return null;
        throw e;
    }
}

const timeOf = (ms) => new Date(ms).toISOString();

// Findings come slowly and are added up over months: they are asked for anew only now and then. Whom they are not for
// is told so once, and not asked about again.
let outcomesRead = { path: null, at: 0, answer: null };
async function readOutcomes(which) {
    if (!seesOutcomes.peek() || !await offers('/v1/outcomes')) return null;
    const path = `/v1/outcomes?by=${outcomesBy.peek()}&port=${encodeURIComponent(which)}&lang=${language.peek()}`;
    const fresh = outcomesRead.path === path && nowMs.peek() - outcomesRead.at < OUTCOMES_MS;
    if (!fresh) outcomesRead = { path, at: nowMs.peek(), answer: await askIfAllowed(path) };
    return outcomesRead.answer;
}

function tellOfMachines(next) {
    const before = new Map((machines.peek() ?? []).map((m) => [m.id, m.state]));
    const moved = (next ?? []).filter((m) => before.has(m.id) && before.get(m.id) !== m.state);
    if (moved.length) tell(moved.map((m) => say('port.moved', { name: m.name ?? m.id, state: word('machine', m.state) })).join(' '));
}

async function readPort(which) {
    const q = encodeURIComponent(which), to = nowMs.peek();
    const period = `from=${timeOf(to - WEEK_DAYS * DAY_MS)}&to=${timeOf(to)}`;
    const [one, fleet, found] = await Promise.all([ask(`/v1/ports/${q}`), askIfAllowed(`/v1/equipment?port=${q}`), readOutcomes(which)]);
    // Without machines there is no report of them.
    const report = fleet?.equipment.length ? await askIfAllowed(`/v1/equipment/report?port=${q}&${period}&format=json`) : null;
    if (code.peek() !== which) return;
    batch(() => {
        tellOfMachines(fleet?.equipment);
        port.value = one;
        machines.value = fleet?.equipment ?? null;
        week.value = report;
        outcomes.value = found;
        readAt.value = nowMs.peek();
    });
}

let reading = null;
async function readAll() {
    try {
        const list = await ask('/v1/ports');
        batch(() => {
            ports.value = list.ports;
            // The busiest, until somebody chooses; it then stays, whoever becomes busier.
            if (!code.value) chosenCode.value = [...list.ports].sort((a, b) => b.arrivals - a.arrivals)[0]?.code ?? null;
            problem.value = list.ports.length ? null : say('port.none');
        });
        if (code.peek()) await readPort(code.peek());
    } catch (e) {
        // Lost connections are the stream's to tell and to mend.
        if (e instanceof Unreachable || !signedIn.peek()) return;
        problem.value = e instanceof Refused && [403, 404].includes(e.status) ? say('port.forbidden') : say('port.failed', { detail: e.message });
    }
}

// One reading at a time; whoever asks meanwhile gets one after it.
let again = false;
export function readPorts() {
    if (!signedIn.peek()) return;
    if (reading) {
        again = true;
        return;
    }
    reading = readAll().finally(() => {
        reading = null;
        if (again && looking.peek()) {
            again = false;
            readPorts();
        }
    });
}

export function choosePort(which) {
    batch(() => {
        chosenCode.value = which;
        port.value = machines.value = week.value = outcomes.value = null;
    });
    readPorts();
}

export function chooseOutcomes(by) {
    outcomesBy.value = by;
    readPorts();
}

export function look(at) {
    looking.value = at;
    if (at) readPorts();
}

// The outcomes' sentences come worded by the node.
effect(() => {
    if (language.value && looking.peek()) readPorts();
});

const watched = () => looking.peek() && signedIn.peek() && !document.hidden;
setInterval(() => { if (watched()) readPorts(); }, POLL_MS);

let soon = null;
effect(() => {
    if (stirred.value === 0 || soon || !watched()) return;
    soon = setTimeout(() => {
        soon = null;
        if (watched()) readPorts();
    }, STIRRED_MS);
});

effect(() => {
    if (signedIn.value) {
        if (looking.peek()) readPorts();
        return;
    }
    offered = null;
    outcomesRead = { path: null, at: 0, answer: null };
    batch(() => {
        ports.value = port.value = machines.value = week.value = outcomes.value = problem.value = readAt.value = chosenCode.value = null;
    });
});

// The measured hours of the stage that the forecast is of, then the hours ahead.
export const hours = computed(() => {
    const p = port.value;
    if (!p) return { stage: 'queue', past: [], ahead: [] };
    const stage = p.forecast?.stage ?? (p.hours.some((h) => h.stage === 'queue') ? 'queue' : 'all');
    const past = p.hours.filter((h) => h.stage === stage && h.mean).map((h) => ({ at: millis(h.hour), minutes: h.mean.minutes, low: h.mean.low, high: h.mean.high, n: h.n, row: h }));
    const ahead = (p.forecast?.hours ?? []).map((h) => ({ at: millis(h.hour), minutes: h.minutes, low: h.low, high: h.high, score: h.score }));
    return { stage, past: past.sort((a, b) => a.at - b.at), ahead };
});
