// SPDX-License-Identifier: Apache-2.0
// What is read of a decision only when somebody asks: the decision in sentences and, for targeting analysts alone, what
// would have changed the lane. The node puts each reading on record under the reader's name, and the buttons say so.
import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { figure } from './format.js';
import { LaneIcon } from './lanes.js';
import { offers } from './port_state.js';
import { ask, isTargeting } from './state.js';
import { language, say, word } from './texts.js';

const SHOWN = 12;

// Whether this node answers such a question at all.
function useOffer(path) {
    const [offered, setOffered] = useState(false);
    useEffect(() => {
        let here = true;
        // A connection that fails now is the stream's to tell; then nothing is offered.
        offers(path).then((yes) => { if (here) setOffered(yes); }, () => {});
        return () => { here = false; };
    }, [path]);
    return offered;
}

function Asked({ id, title, hint, path, offer, children }) {
    const offered = useOffer(offer), [state, setState] = useState({});
    useEffect(() => setState({}), [path]);
    if (!offered) return null;
    const read = async () => {
        setState({ reading: true });
        try {
            setState({ answer: await ask(path) });
        } catch (e) {
            setState({ error: e.message });
        }
    };
    return html`<section id=${id}><h3>${say(title)}</h3>
        ${!state.answer && html`<p><button type="button" disabled=${state.reading} onClick=${read}>${say(hint)}</button></p>`}
        <div role="status">${state.error && html`<p class="notice">${say('asked.failed', { detail: state.error })}</p>`}${state.answer && children(state.answer)}</div></section>`;
}

const value = (v) => (v === null || v === undefined ? say('port.unknown') : typeof v === 'number' ? figure(v, 3) : String(v));
const worded = (c) => c[language.value] || c.en;

function Changes({ title, list }) {
    if (!list?.length) return null;
    return html`<h4>${say(title)}</h4><ul>${list.slice(0, SHOWN).map((c, i) => html`<li key=${i} class="change"><${LaneIcon} lane=${c.lane} /><span>${worded(c)}
        <span class="sub">${(c.changes ?? []).map((f) => `${f.fact}: ${value(f.from)} → ${value(f.to)}`).join(' · ')}${(c.rules ?? []).map((r) => ` · ${[r.rule, r.citation].filter(Boolean).join(', ')}`)}${c.what && `${word('queue', c.what)}${c.service ? ` (${c.service})` : ''}: ${value(c.from)} → ${value(c.to)}`}</span></span></li>`)}</ul>
        ${list.length > SHOWN && html`<p class="sub">${say('table.more_reasons', { n: list.length - SHOWN })}</p>`}`;
}

function WouldChange({ of }) {
    const { greener = [], stricter = [] } = of.facts ?? {}, queues = of.queues ?? [];
    return html`${greener.length + stricter.length + queues.length === 0 && html`<p class="quiet">${say('asked.nothing')}</p>`}
        <${Changes} title="asked.greener" list=${greener} /><${Changes} title="asked.stricter" list=${stricter} /><${Changes} title="asked.queues" list=${queues} />
        ${of.margin && html`<p>${say('asked.margin', { service: of.margin.service, next: of.margin.next, gain: figure(of.margin.gain, 5) })}</p>`}
        ${of.complete === false && html`<p class="quiet">${say('asked.part', { n: figure(of.decisions) })}</p>`}`;
}

function Told({ of }) {
    const texts = (of.parts ?? []).map((p) => p.text).filter(Boolean);
    return (texts.length ? texts : [of.text ?? '']).map((t) => html`<p class="told" key=${t}>${t}</p>`);
}

export function Narrative({ id }) {
    return html`<${Asked} id="narrative" title="asked.told" hint="asked.tell" offer="/v1/crossings/{id}/decision" path=${`/v1/crossings/${encodeURIComponent(id)}/decision?lang=${language.value}`}>${(a) => html`<${Told} of=${a} />`}</${Asked}>`;
}

export function Otherwise({ id }) {
    return isTargeting.value && html`<${Asked} id="would-change" title="asked.would" hint="asked.show" offer="/v1/crossings/{id}/would-change" path=${`/v1/crossings/${encodeURIComponent(id)}/would-change`}>${(a) => html`<${WouldChange} of=${a} />`}</${Asked}>`;
}
