// SPDX-License-Identifier: Apache-2.0
// One crossing, read on request: why its lane, who and what crosses, custody, timeline, decisions.
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { signal } from '@preact/signals';
import { count, exactTime, figure, identifierTexts, percent, reasonText, sealNumber, shortTime, tripName } from './format.js';
import { Narrative, Otherwise } from './asked.js';
import { Choice, choiceOf, choiceReason, Faults, Shadow, shownMembers } from './choice.js';
import { CHOICE_RULE, LaneBadge, LaneIcon, orderReasons, SealIcon, WeightIcon } from './lanes.js';
import { closeDetail, coarseNowMs, crossings, detail, openDetail, seesChance } from './state.js';
import { portName } from './table.js';
import { say, word } from './texts.js';

const FIRST = 40;
const VALUE_MAX = 400; // characters of one member's value; an original document is no reading for a booth
const SILENCE_SHOWN_MIN = 1;
const OPENINGS = ['off', 'unlock', 'tamper', 'replaced']; // what somebody has to answer for

const whole = signal(false);

function Time({ at }) {
    return html`<time datetime=${exactTime(at)} title=${exactTime(at)}>${shortTime(at, coarseNowMs.value)}</time>`;
}

function Fact({ name, children }) {
    return html`<dt>${say(name)}</dt><dd>${children}</dd>`;
}

function Subject({ name, subject, note }) {
    const texts = (Array.isArray(subject) ? subject : [subject]).filter(Boolean).map((s) => identifierTexts(s).join(', ')).filter(Boolean);
    return texts.length > 0 && html`<${Fact} name=${name}>${texts.map((t) => html`<div class="code" key=${t}>${t}</div>`)}${note}</${Fact}>`;
}

function Reason({ reason: r }) {
    const weighs = typeof r.weight === 'number';
    const weight = weighs && say(r.weight < 0 ? 'choice.lowers' : 'choice.raises', { n: figure(Math.abs(r.weight), 2) });
    return html`<li>${weighs ? html`<${WeightIcon} weight=${r.weight} />` : html`<${LaneIcon} lane=${r.lane} />`}<span>${reasonText(r)}
        <span class="sub">${[weight, r.citation, r.rule].filter(Boolean).join(' · ')}</span></span></li>`;
}

function Reasons({ crossing }) {
    const { decided, floor, suspect } = crossing, gaps = crossing.gaps ?? [], told = choiceOf(crossing);
    // With its figures at hand, the choice has a part of its own below.
    const reasons = orderReasons(crossing.reasons).filter((r) => !told.choice || r.rule !== CHOICE_RULE);
    return html`<section><h3>${say('detail.reasons')}</h3>
        ${suspect && html`<p class="suspect-note">${say('table.suspect')}</p>`}
        <ul class="why">${reasons.map((r) => html`<${Reason} key=${r.rule} reason=${r} />`)}</ul>
        <dl><${Fact} name="detail.decided"><${LaneBadge} lane=${decided} /></${Fact}>
            ${floor && html`<${Fact} name="detail.floor"><${LaneBadge} lane=${floor} /></${Fact}>`}
            ${typeof told.risk === 'number' && html`<${Fact} name="choice.risk">${percent(told.risk, 2)}</${Fact}>`}
            ${gaps.length > 0 && html`<${Fact} name="detail.gaps"><span class="code">${gaps.join(', ')}</span></${Fact}>`}</dl>
        ${seesChance.value && html`<${Faults} faults=${told.faults} /><${Shadow} shadow=${told.shadow} />`}
    </section>
    ${told.choice && html`<${Choice} choice=${told.choice} reason=${choiceReason(crossing.reasons)} />`}`;
}

function Who({ crossing: c }) {
    const { override, finding } = c;
    return html`<section><h3>${say('detail.who')}</h3><dl>
        <${Fact} name="detail.port">${[portName(c.port), c.direction && word('direction', c.direction), word('state', c.state)].filter(Boolean).join(', ')}</${Fact}>
        ${c.destination && html`<${Fact} name="detail.destination">${c.destination}</${Fact}>`}
        <${Fact} name="detail.load">${c.empty ? say('table.empty_truck') : count(c.consignments)}</${Fact}>
        <${Subject} name="detail.carrier" subject=${c.carrier} />
        <${Subject} name="detail.conveyance" subject=${c.conveyance} note=${c.swapped && say('detail.swapped')} />
        <${Subject} name="detail.driver" subject=${c.driver} />
        <${Subject} name="detail.trailers" subject=${c.trailers} />
        ${override && html`<${Fact} name="detail.override">${word('lane', override.lane ?? 'none')}: ${override.reason} ${override.officer && `(${override.officer})`}</${Fact}>`}
        ${finding && html`<${Fact} name="detail.finding">${word('finding', finding.result)} ${finding.note} ${finding.officer && `(${finding.officer})`}</${Fact}>`}
        ${c.origins?.length > 0 && html`<${Fact} name="detail.origins"><span class="code">${c.origins.join(', ')}</span></${Fact}>`}
    </dl></section>`;
}

function CustodyEvent({ event: e }) {
    const opening = OPENINGS.includes(e.type), unexplained = opening && !e.explained;
    const note = opening && say(e.explained ? 'detail.explained' : 'detail.unexplained');
    return html`<li class=${unexplained ? 'unexplained' : ''}><${Time} at=${e.at} /><span><b>${word('event', e.type)}</b>
        ${[e.how, e.who].filter(Boolean).map((t) => ` · ${t}`)}${note && html` · <em>${note}</em>`}<span class="sub code">${e.name}</span></span></li>`;
}

function Custody({ custody }) {
    return html`<section><h3>${say('detail.custody')}</h3>
        ${custody.length === 0 && html`<p class="quiet">${say('detail.no_custody')}</p>`}
        ${custody.map((s) => {
            const figures = [s.silence_min >= SILENCE_SHOWN_MIN && say('detail.silence', { n: count(s.silence_min) }), s.jump_kmh > 0 && say('detail.jump', { n: count(s.jump_kmh) })];
            return html`<div class="seal-card" key=${s.seal}><h4><${SealIcon} state=${s.state} /><span class="code">${s.number ?? sealNumber({ id: s.seal, identifiers: s.identifiers })}</span>
                ${s.grade && html` <span class="quiet">${word('seal', s.grade)}</span>`}</h4>
                <p class="sub">${figures.filter(Boolean).join(' · ')}</p>
                <ol class="events">${(s.events ?? []).map((e) => html`<${CustodyEvent} key=${e.name} event=${e} />`)}</ol></div>`;
        })}</section>`;
}

function cut(value) {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text.length > VALUE_MAX ? `${text.slice(0, VALUE_MAX)}…` : text;
}

function Statement({ item }) {
    const members = Object.entries(shownMembers(item, seesChance.value));
    return html`<li><${Time} at=${item.at} /><div><b>${word('kind', item.kind)}</b> <span class="quiet">${item.origin}</span>
        ${item.label && html` <span class=${`tlp tlp-${item.label}`}>${item.label}</span>`}
        ${item.withheld > 0 && html` <span class="withheld">${say('detail.withheld', { n: count(item.withheld) })}</span>`}
        ${members.length > 0 && html`<details><summary>${say('detail.what')}</summary><dl class="members">${members.map(([k, v]) => html`<dt class="code" key=${k}>${k}</dt><dd class="code">${cut(v)}</dd>`)}</dl>
            <p class="sub code">${item.name}${item.via && ` ${say('detail.via')} ${typeof item.via === 'string' ? item.via : cut(item.via)}`}</p></details>`}</div></li>`;
}

function Timeline({ timeline }) {
    const visible = whole.value ? timeline : timeline.slice(0, FIRST);
    return html`<section><h3>${say('detail.timeline')}</h3>
        ${timeline.length === 0 && html`<p class="quiet">${say('detail.no_timeline')}</p>`}
        <ol class="events">${visible.map((t) => html`<${Statement} key=${t.name} item=${t} />`)}</ol>
        ${timeline.length > visible.length && html`<button type="button" class="more" onClick=${() => { whole.value = true; }}>${say('table.more', { n: count(timeline.length - FIRST) })}</button>`}
    </section>`;
}

function Decisions({ decisions }) {
    return html`<section><h3>${say('detail.decisions')}</h3>
        ${decisions.length === 0 && html`<p class="quiet">${say('detail.no_decisions')}</p>`}
        <ol class="events">${decisions.map((d) => html`<li key=${d.name}><${Time} at=${d.in} /><div><${LaneBadge} lane=${d.lane} />
            <ul class="reasons">${orderReasons(d.reasons).map((r) => html`<li key=${r.rule}>${reasonText(r)}</li>`)}</ul>
            <details><summary>${say('detail.leaned', { n: count(d.leaned?.length) })}</summary><p class="code sub">${(d.leaned ?? []).join('  ')}</p>
                ${d.rules && html`<p class="code sub">${say('detail.rules', { hash: String(d.rules).slice(0, 16) })} · ${d.build}</p>`}</details></div></li>`)}</ol>
    </section>`;
}

function Body({ current }) {
    if (current.loading) return html`<p class="quiet">${say('detail.loading')}</p>`;
    if (current.error) return html`<p class="notice">${say('detail.failed', { detail: current.error })}</p>`;
    const c = current.crossing;
    return html`${current.stale && html`<p class="notice">${say('detail.newer')} <button type="button" onClick=${() => openDetail(current.id)}>${say('detail.again')}</button></p>`}
        <${Reasons} crossing=${c} />${c.decision && html`<${Narrative} id=${c.id} /><${Otherwise} id=${c.id} />`}<${Who} crossing=${c} /><${Custody} custody=${c.custody ?? []} />
        <${Timeline} timeline=${c.timeline ?? []} /><${Decisions} decisions=${c.decisions ?? []} />
        <p class="sub">${say('detail.logged')}</p>`;
}

export function Detail() {
    const current = detail.value;
    const heading = useRef(null), opener = useRef(null);
    const id = current?.id;
    useEffect(() => {
        if (!id) return undefined;
        opener.current = document.activeElement;
        whole.value = false;
        heading.current?.focus();
        const onKey = (e) => { if (e.key === 'Escape') closeDetail(); };
        document.addEventListener('keydown', onKey);
        return () => {
            document.removeEventListener('keydown', onKey);
            if (opener.current?.isConnected) opener.current.focus();
        };
    }, [id]);
    if (!current) return null;
    const known = crossings.value.get(id) ?? current.crossing;
    return html`<aside class="detail" aria-labelledby="detail-title">
        <header><h2 id="detail-title" tabindex="-1" ref=${heading}>${known ? tripName(known) : id}</h2>${known && html`<${LaneBadge} lane=${known.lane} />`}
            <button type="button" class="close" aria-label=${say('detail.close')} onClick=${closeDetail}>✕</button></header>
        <div class="detail-body" tabindex="0" role="region" aria-labelledby="detail-title"><${Body} current=${current} /></div>
    </aside>`;
}
