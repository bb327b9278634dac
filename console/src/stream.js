// SPDX-License-Identifier: Apache-2.0
// The node's HTTP interface: JSON answers, and server-sent events read by fetch, since EventSource cannot carry a token.

const LINE_MAX = 4 * 1024 * 1024; // a crossing is some kilobytes; more without a line's end is not our stream
const WAIT_FIRST_MS = 500;
const WAIT_MAX_MS = 15000;
const STEADY_MS = 5000; // a connection that lasted this long starts the back-off anew

export class Refused extends Error {
    constructor(status, detail) {
        super(detail);
        this.status = status;
    }
}

// The network's fault, not the node's answer and not ours: only these are met by trying again in silence.
export class Unreachable extends Error {}

async function reach(promise) {
    try {
        return await promise;
    } catch (e) {
        throw new Unreachable(e.message);
    }
}

async function refusal(response) {
    const problem = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(await reach(response.text())) : {};
    return new Refused(response.status, problem.detail ?? problem.title ?? `HTTP ${response.status}`);
}

export async function getJson(path, token, signal) {
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
    const response = await reach(fetch(path, { headers, cache: 'no-store', signal }));
    if (!response.ok) throw await refusal(response);
    return JSON.parse(await reach(response.text()));
}

// Feeds text in any cut, calls onEvent({id, event, data}) for each whole event (WHATWG HTML, 9.2.6).
export function eventParser(onEvent, onRetry) {
    let rest = '', data = [], event = '', id = null;

    function line(text) {
        if (text === '') {
            if (data.length) onEvent({ id, event: event || 'message', data: data.join('\n') });
            data = [];
            event = '';
            return;
        }
        if (text.startsWith(':')) return;
        const colon = text.indexOf(':');
        const field = colon < 0 ? text : text.slice(0, colon);
        const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
        if (field === 'data') data.push(value);
        else if (field === 'event') event = value;
        else if (field === 'id' && !value.includes('\0')) id = value;
        else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value));
    }

    return (text) => {
        rest += text;
        // A lone CR at the end may be half of a CRLF: wait for what follows.
        const lines = rest.split(/\r\n|\n|\r(?!$)/);
        rest = lines.pop();
        if (rest.length > LINE_MAX) throw new Error('an endless line in the stream');
        lines.forEach(line);
    };
}

async function readEvents(response, onEvent, onRetry) {
    const feed = eventParser(onEvent, onRetry);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
        const { done, value } = await reach(reader.read());
        if (done) return;
        feed(value);
    }
}

const sleep = (ms, signal) => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => { clearTimeout(timer); resolve(); }, { once: true });
});

// Keeps the stream open until `signal` aborts. onOpen (awaited) loads what the events then change; onLost is told each
// time, with the error if there was one; onRefused gets a refusal that trying again cannot mend (401, 403). `poke` aborts one connection, not the loop.
export async function followStream({ path, token, signal, onOpen, onEvent, onLost, onRefused, onConnection }) {
    let lastId = null, failures = 0, waitMs = WAIT_FIRST_MS;
    while (!signal.aborted) {
        const connection = new AbortController();
        const stop = () => connection.abort();
        signal.addEventListener('abort', stop, { once: true });
        let why = null, openedMs = Infinity;
        onConnection(connection);
        try {
            const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
            if (lastId !== null) headers['last-event-id'] = lastId;
            const response = await reach(fetch(path, { headers, cache: 'no-store', signal: connection.signal }));
            if (!response.ok) throw await refusal(response);
            const early = [];
            let loaded = false;
            const take = (e) => {
                if (e.id !== null) lastId = e.id;
                if (loaded) onEvent(e);
                else early.push(e);
            };
            const reading = readEvents(response, take, (ms) => { waitMs = Math.min(ms, WAIT_MAX_MS); });
            await Promise.race([onOpen(connection.signal), reading.then(() => { throw new Unreachable('closed'); })]);
            loaded = true;
            openedMs = performance.now();
            early.forEach(onEvent);
            await reading;
        } catch (e) {
            if (e instanceof Refused && (e.status === 401 || e.status === 403)) {
                signal.removeEventListener('abort', stop);
                connection.abort();
                if (!signal.aborted) onRefused(e);
                return;
            }
            why = e;
        }
        connection.abort();
        signal.removeEventListener('abort', stop);
        if (signal.aborted) return;
        onLost(why);
        if (performance.now() - openedMs > STEADY_MS) failures = 0;
        // Each page waits its own random share, so that a restarted node is not met by all booths at once.
        const backoff = Math.min(waitMs * 2 ** failures++, WAIT_MAX_MS);
        await sleep(backoff / 2 + Math.random() * backoff / 2, signal);
    }
}
