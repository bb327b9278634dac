// SPDX-License-Identifier: Apache-2.0
// The panels beside the table: alarms, lane changes, what is shared and withheld, the log and its witnesses.
import { html } from 'htm/preact';
import { ageText, count, dateText, exactTime, shortTime } from './format.js';
import { LaneIcon } from './lanes.js';
import { alarms, changes, changeText, coarseNowMs, node, openDetail } from './state.js';
import { say, word } from './texts.js';

const CHANGES = 8;

function Time({ at }) {
    return html`<time datetime=${exactTime(at)} title=${exactTime(at)}>${shortTime(at, coarseNowMs.value)}</time>`;
}

export function Alarms() {
    const all = alarms.value;
    return html`<section class=${`panel alarms${all.length ? ' raised' : ''}`} aria-labelledby="alarms-title">
        <header><h2 id="alarms-title">${say('alarm.title')}</h2>${all.length > 0 && html`<span class="number">${count(all.length)}</span>`}</header>
        ${all.length === 0 ? html`<p class="quiet">${say('alarm.none')}</p>`
            : html`<ul class="events">${all.slice(0, 20).map((a) => html`<li key=${exactTime(a.time) + (typeof a.text === 'string' ? a.text : '')}><${Time} at=${a.time} /><span>${typeof a.text === 'function' ? a.text() : a.text}</span></li>`)}</ul>`}
    </section>`;
}

export function LaneChanges() {
    const all = changes.value;
    return html`<section class="panel" aria-labelledby="changes-title">
        <header><h2 id="changes-title">${say('change.title')}</h2></header>
        ${all.length === 0 ? html`<p class="quiet">${say('change.none')}</p>`
            : html`<ul class="events">${all.slice(0, CHANGES).map((c) => html`<li key=${c.id + c.at}><${Time} at=${c.at * 1000} />
                <button type="button" class="link" onClick=${() => openDetail(c.id)}><${LaneIcon} lane=${c.to} /><span>${changeText(c)}</span></button></li>`)}</ul>`}
    </section>`;
}

function MemberList({ names }) {
    if (!names?.length) return html`<span class="quiet">${say('share.no_members')}</span>`;
    return html`<ul class="tags">${names.map((n) => html`<li key=${n} class="code">${n}</li>`)}</ul>`;
}

function Agreement({ link }) {
    return html`<article class=${`link-card state-${link.state}`}>
        <h3><span class="direction" aria-hidden="true">${link.direction === 'out' ? '→' : '←'}</span>
            ${say(link.direction === 'out' ? 'share.out' : 'share.in', { partner: link.partner })}
            <span class="link-state">${word('linkstate', link.state)}</span></h3>
        ${link.detail && html`<p class="detail-line">${link.detail}</p>`}
        <dl>
            <dt>${say('share.statements')}</dt><dd class="n">${count(link.statements)}</dd>
            <dt>${say('share.withheld')}</dt><dd class="n">${count(link.withheld)}</dd>
            <dt>${say('share.members')}</dt><dd><${MemberList} names=${link.members_withheld} /></dd>
            <dt>${say('share.basis')}</dt><dd>${link.legal_basis ?? '–'} <span class="code quiet">${link.agreement}</span></dd>
            <dt>${say('share.expires')}</dt><dd class=${link.state === 'expired' ? 'bad' : ''}>${dateText(link.expires)}</dd>
            <dt>${say('share.last')}</dt><dd><time datetime=${exactTime(link.last)} title=${exactTime(link.last)}>${link.last ? ageText(link.last, coarseNowMs.value) : '–'}</time></dd>
            <dt>${say('share.kinds')}</dt><dd>${(link.kinds ?? []).map((k) => word('kind', k)).join(', ')}</dd>
        </dl>
    </article>`;
}

export function Sharing() {
    const links = node.value?.links ?? [];
    return html`<section class="panel scrolls" tabindex="0" aria-labelledby="share-title">
        <header><h2 id="share-title">${say('share.title')}</h2></header>
        ${links.length === 0 ? html`<p class="quiet">${say('share.none')}</p>` : links.map((l) => html`<${Agreement} key=${l.agreement + l.direction} link=${l} />`)}
    </section>`;
}

export function Log() {
    const log = node.value?.log ?? {}, witnesses = node.value?.witnesses ?? [];
    return html`<section class="panel scrolls" tabindex="0" aria-labelledby="log-title">
        <header><h2 id="log-title">${say('log.title')}</h2></header>
        <dl>
            <dt>${say('log.size')}</dt><dd class="n big">${count(log.size)}</dd>
            <dt>${say('log.origin')}</dt><dd class="code">${log.origin ?? '–'}</dd>
            <dt>${say('log.root')}</dt><dd class="code" title=${log.root}>${log.root ? `${log.root.slice(0, 16)}…` : '–'}</dd>
            <dt>${say('log.time')}</dt><dd><${Time} at=${log.time} /></dd>
        </dl>
        ${witnesses.length === 0 ? html`<p class="quiet">${say('log.no_witness')}</p>`
            : html`<table class="small"><caption class="sr">${say('log.witnesses')}</caption>
            <thead><tr><th scope="col">${say('log.witness')}</th><th scope="col" class="n">${say('log.size')}</th></tr></thead>
            <tbody>${witnesses.map((w) => html`<tr key=${w.name}><th scope="row"><span class="code">${w.name}</span>
                    <time class="sub" datetime=${exactTime(w.time)} title=${exactTime(w.time)}>${ageText(w.time, coarseNowMs.value)}</time></th>
                <td class="n">${count(w.size)}${log.size > w.size && html`<span class="sub">${say('log.behind', { n: count(log.size - w.size) })}</span>`}</td></tr>`)}</tbody></table>`}
    </section>`;
}
