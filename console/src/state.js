// SPDX-License-Identifier: Apache-2.0
// What the page knows, and how the node's answers and events change it. No view writes here but through these functions.
import { batch, computed, signal } from '@preact/signals';
import { millis, tripName } from './format.js';
import { laneRank, stricter } from './lanes.js';
import { followStream, getJson, Refused, Unreachable } from './stream.js';
import { say, word } from './texts.js';

const PAGE = 200;
const CROSSINGS_MAX = 1000;  // nearest arrivals first; a booth works from the head of the line
const TRAIL_MAX = 40;        // positions drawn behind a truck
const CHANGES_MAX = 50;
const ALARMS_MAX = 100;
const FLUSH_MS = 100;        // events are applied together, so that a burst draws the page once
const NODE_POLL_MS = 15000;  // also notices a dead connection that nobody closed
const NODE_WAIT_MS = 10000;
const RELOAD_MS = 1000;

let token = null;
let session = null;

export const signedIn = signal(false);
export const denied = signal(false);
export const connection = signal('connecting'); // connecting, live, lost
export const asOf = signal(null);               // ms of the page's clock at which the shown data was last known true
export const forbidden = signal(false);
export const fault = signal(null);

export const node = signal(null);
// What the node says that this token is for; a node that does not say it gets the page of an officer.
const role = computed(() => node.value?.role ?? 'officer');
export const seesChance = computed(() => ['analyst', 'targeting', 'auditor', 'admin'].includes(role.value)); // draws, propensities, faults of rules
export const seesOutcomes = computed(() => seesChance.value || !node.value?.role);
export const isTargeting = computed(() => role.value === 'targeting');
export const crossings = signal(new Map());
export const more = signal(false);      // the node holds more than this page loaded
export const trails = signal(new Map()); // crossing -> [{lat, lon, time}], oldest first
export const moves = signal(new Map());  // crossing -> {from, at, turn}: its last change of lane while we looked
export const changes = signal([]);       // newest first: {id, trip, from, to, at}
export const alarms = signal([]);
export const announcement = signal('');
export const stirred = signal(0); // counts what the stream says of crossings: figures that are made of them are old

export const detail = signal(null); // {id, crossing, error, loading, stale}
export const mapData = signal(null);
export const mapMissing = signal(false);

// The node's clock, not the booth's: in a rehearsal they differ.
const clockSkewMs = signal(0);
const tick = signal(Date.now());
export const nowMs = computed(() => tick.value + clockSkewMs.value);
export const coarseNowMs = computed(() => Math.floor(nowMs.value / 15000) * 15000);
setInterval(() => { tick.value = Date.now(); }, 1000);

const eta = (c) => (Number.isNaN(millis(c.eta)) ? Infinity : millis(c.eta));

function announce(lost, changed) {
    if (changed.length > 3) {
        announcement.value = say('change.many', { n: changed.length, lost: lost.length });
        return;
    }
    announcement.value = changed.map(changeText).join(' ');
}

export function changeText({ trip, from, to }) {
    const lane = word('lane', to ?? 'none');
    if (from === 'green') return say('change.lost', { trip, lane });
    return say('change.moved', { trip, from: word('lane', from ?? 'none'), lane });
}

// Every new list of crossings passes here: it notes which lanes moved, against what was shown before.
function showCrossings(next) {
    const before = crossings.value, changed = [];
    for (const [id, c] of next) {
        const old = before.get(id);
        if (old && old !== c && old.lane !== c.lane) changed.push({ id, trip: tripName(c), from: old.lane, to: c.lane, at: nowMs.peek() });
    }
    crossings.value = next;
    if (changed.length === 0) return;
    const nextMoves = new Map(moves.value);
    for (const change of changed) {
        const last = nextMoves.get(change.id);
        // Green, then document check, then hold: what the booth must not forget is that it was green.
        const keepsGreen = last?.from === 'green' && laneRank(change.to) > laneRank('green');
        nextMoves.set(change.id, { from: keepsGreen ? 'green' : change.from, at: change.at, turn: (last?.turn ?? 0) + 1 });
    }
    moves.value = nextMoves;
    changes.value = [...changed].reverse().concat(changes.value).slice(0, CHANGES_MAX);
    announce(changed.filter((c) => c.from === 'green'), changed);
}

function bounded(map) {
    if (map.size <= CROSSINGS_MAX) return map;
    more.value = true;
    const order = [...map.values()].sort((a, b) => (a.state === 'released') - (b.state === 'released') || eta(a) - eta(b));
    return new Map(order.slice(0, CROSSINGS_MAX).map((c) => [c.id, c]));
}

function addTrail(map, id, position) {
    if (!position) return;
    const old = map.get(id) ?? [];
    const last = old.at(-1);
    if (last && last.lat === position.lat && last.lon === position.lon) return;
    map.set(id, [...old, position].slice(-TRAIL_MAX));
}

const appliers = {
    crossing(next, c) {
        next.crossings.set(c.id, c);
        addTrail(next.trails, c.id, c.position);
        touched(c.id);
        stirred.value++;
    },
    decision(next, d) {
        const c = next.crossings.get(d.crossing);
        touched(d.crossing);
        if (!c) return;
        const lane = c.floor ? stricter(d.lane, c.floor) : d.lane;
        next.crossings.set(c.id, { ...c, decided: d.lane, lane, reasons: d.reasons ?? c.reasons, gaps: d.gaps ?? c.gaps });
    },
    position(next, { crossing, lat, lon, time }) {
        const c = next.crossings.get(crossing);
        if (!c || millis(c.position?.time) > millis(time)) return;
        const position = { lat, lon, time };
        next.crossings.set(crossing, { ...c, position });
        addTrail(next.trails, crossing, position);
    },
    standing(next, s) {
        const text = () => say('alarm.standing', { channel: String(s.channel).slice(0, 8), state: word('standing', s.state), n: s.crossings });
        addAlarm({ time: new Date(nowMs.peek()).toISOString(), text });
        if (s.crossings > 0) reloadSoon();
    },
    link(next, l) {
        if (!node.value) return;
        const links = node.value.links ?? [];
        const same = (k) => k.agreement === l.agreement && k.direction === l.direction;
        node.value = { ...node.value, links: links.some(same) ? links.map((k) => (same(k) ? l : k)) : [...links, l] };
    },
    log(next, l) {
        if (!node.value) return;
        node.value = { ...node.value, log: { ...node.value.log, size: l.size }, witnesses: l.witnesses ?? node.value.witnesses };
    },
    alarm(next, a) { addAlarm(a); },
};

function addAlarm(alarm) {
    alarms.value = [alarm, ...alarms.value].slice(0, ALARMS_MAX);
}

function touched(id) {
    if (detail.value?.id === id && detail.value.crossing) detail.value = { ...detail.value, stale: true };
}

let waiting = [], flushTimer = null, reloadTimer = null;

function queueEvent(e) {
    waiting.push(e);
    flushTimer ??= setTimeout(flushEvents, FLUSH_MS);
}

function flushEvents() {
    const events = waiting;
    waiting = [];
    flushTimer = null;
    if (!session) return;
    batch(() => {
        const next = { crossings: new Map(crossings.value), trails: new Map(trails.value) };
        for (const e of events) {
            if (Object.hasOwn(appliers, e.event)) appliers[e.event](next, e.data);
        }
        trails.value = next.trails;
        showCrossings(bounded(next.crossings));
        asOf.value = nowMs.peek();
    });
}

function takeEvent({ event, data }) {
    let parsed;
    try {
        parsed = JSON.parse(data);
    } catch (e) {
        fault.value = `${event}: ${e.message}`;
        return;
    }
    queueEvent({ event, data: parsed });
}

function takeNode(answer) {
    clockSkewMs.value = answer.now ? millis(answer.now) - Date.now() : 0;
    node.value = answer;
    const own = alarms.value.filter((a) => typeof a.text === 'function');
    const listed = answer.alarms ?? [];
    alarms.value = [...own, ...listed].sort((a, b) => millis(b.time) - millis(a.time)).slice(0, ALARMS_MAX);
}

async function readCrossings(aborted) {
    const found = new Map();
    let after = '';
    while (found.size < CROSSINGS_MAX) {
        const path = `/v1/crossings?state=all&limit=${PAGE}${after && `&after=${encodeURIComponent(after)}`}`;
        const page = await getJson(path, token, aborted);
        for (const c of page.crossings) found.set(c.id, c);
        if (!page.next || page.crossings.length === 0) return { found, whole: true };
        after = String(page.next);
    }
    return { found, whole: false };
}

async function loadCrossings(aborted) {
    try {
        const { found, whole } = await readCrossings(aborted);
        batch(() => {
            forbidden.value = false;
            more.value = !whole;
            const nextTrails = new Map(trails.value);
            for (const c of found.values()) addTrail(nextTrails, c.id, c.position);
            trails.value = nextTrails;
            showCrossings(found);
        });
    } catch (e) {
        if (!(e instanceof Refused) || e.status !== 403) throw e;
        forbidden.value = true;
    }
}

// A standing touches many crossings at once: beside the events that follow it, the list is read again.
function reloadSoon() {
    reloadTimer ??= setTimeout(() => {
        reloadTimer = null;
        if (session) loadCrossings(session.signal).catch((e) => {
            if (!(e instanceof Unreachable || e instanceof Refused)) fault.value = String(e);
            session?.connection?.abort();
        });
    }, RELOAD_MS);
}

async function load(aborted) {
    takeNode(await getJson('/v1/node', token, aborted));
    await loadCrossings(aborted);
    batch(() => {
        connection.value = 'live';
        asOf.value = nowMs.peek();
        fault.value = null;
    });
}

async function pollNode() {
    if (!session || connection.value !== 'live') return;
    const mine = session;
    try {
        takeNode(await getJson('/v1/node', token, AbortSignal.any([mine.signal, AbortSignal.timeout(NODE_WAIT_MS)])));
        asOf.value = nowMs.peek();
    } catch (e) {
        if (!(e instanceof Unreachable || e instanceof Refused)) fault.value = String(e);
        // The stream's loop then says what is wrong and tries again.
        mine.connection?.abort();
    }
}
setInterval(pollNode, NODE_POLL_MS);

// An operator may know the node but not its crossings: then the panels are kept fresh by the poll alone.
async function showNodeOnly(mine) {
    forbidden.value = true;
    try {
        takeNode(await getJson('/v1/node', token, mine.signal));
        connection.value = 'live';
    } catch (e) {
        connection.value = 'lost';
        fault.value = e.message;
    }
}

export function signIn(newToken) {
    signOut();
    token = newToken;
    const stop = new AbortController();
    session = { signal: stop.signal, stop, connection: null };
    const mine = session;
    batch(() => {
        denied.value = false;
        signedIn.value = true;
        connection.value = 'connecting';
    });
    followStream({
        path: '/v1/stream',
        token,
        signal: stop.signal,
        onOpen: load,
        onEvent: takeEvent,
        onConnection: (c) => { mine.connection = c; },
        onLost: (why) => {
            connection.value = 'lost';
            if (why && !(why instanceof Unreachable)) fault.value = why instanceof Refused ? `${why.status}, ${why.message}` : String(why);
        },
        onRefused: (refused) => {
            if (refused.status === 403) showNodeOnly(mine);
            else { signOut(); denied.value = true; }
        },
    });
}

export function signOut() {
    session?.stop.abort();
    session = null;
    token = null;
    clearTimeout(reloadTimer);
    reloadTimer = null;
    waiting = [];
    batch(() => {
        signedIn.value = false;
        forbidden.value = false;
        fault.value = null;
        node.value = null;
        crossings.value = new Map();
        trails.value = new Map();
        moves.value = new Map();
        changes.value = [];
        alarms.value = [];
        announcement.value = '';
        detail.value = null;
        asOf.value = null;
    });
}

// Each call is one reading in the node's log, so nothing here reads a crossing by itself.
export async function openDetail(id) {
    detail.value = { id, loading: true };
    try {
        const crossing = await getJson(`/v1/crossings/${encodeURIComponent(id)}`, token, session.signal);
        if (detail.value?.id === id) detail.value = { id, crossing };
    } catch (e) {
        if (detail.value?.id === id) detail.value = { id, error: e.message };
    }
}

// An answer of the node to whoever is signed in; Refused, Unreachable.
export function ask(path) {
    return getJson(path, token, session?.signal);
}

// Says something aloud to a screen reader.
export function tell(text) {
    announcement.value = text;
}

export function closeDetail() {
    detail.value = null;
}

export async function loadMap() {
    try {
        const response = await fetch('map.json');
        if (!response.ok) throw new Error(`HTTP ${response.status}`);
        mapData.value = await response.json();
    } catch {
        mapMissing.value = true;
    }
}
