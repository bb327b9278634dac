// SPDX-License-Identifier: Apache-2.0
// What the port chose within what the rules ask for, and what stands beside it in a decision: risk, shadow rules,
// rules that failed. Draws and probabilities are for those who audit chance; an officer who saw them could tell on whom
// it fell.
import { html } from 'htm/preact';
import { figure, percent, reasonText } from './format.js';
import { CHOICE_RULE, LaneBadge, LaneIcon, laneRank, WeightIcon } from './lanes.js';
import { seesChance } from './state.js';
import { say, word } from './texts.js';

const CHOICE_OPEN = ['port', 'service', 'lane', 'floor', 'risk', 'trusted', 'stand', 'plan'];
const TERMS = ['wait_min', 'benefit', 'delay', 'alarm', 'entry', 'gain'];

// The members of the decision that stands: as the node tells them with the crossing, else from the decision's own
// statement on the timeline.
export function choiceOf(crossing) {
    const named = (list) => (list ?? []).find((d) => d.name === crossing.decision);
    const decision = named(crossing.decisions) ?? (crossing.decision ? null : crossing.decisions?.at(-1)) ?? {};
    const members = named(crossing.timeline)?.members ?? {};
    const of = (name) => crossing[name] ?? decision[name] ?? members[name] ?? null;
    return { choice: of('choice'), risk: of('risk'), shadow: of('shadow') ?? [], faults: of('faults') ?? [] };
}

export function choiceReason(reasons) {
    return (reasons ?? []).find((r) => r.rule === CHOICE_RULE);
}

// A statement's members as this reader may see them on the page.
export function shownMembers(item, everything) {
    const members = item.members ?? {};
    if (everything || item.kind !== 'decision') return members;
    const { shadow, faults, choice, ...rest } = members;
    return choice ? { ...rest, choice: Object.fromEntries(CHOICE_OPEN.filter((k) => k in choice).map((k) => [k, choice[k]])) } : rest;
}

function Terms({ choice }) {
    return html`<details><summary>${say('choice.terms')}</summary><div class="wide" tabindex="0" role="region" aria-label=${say('choice.terms')}><table class="small">
        <caption class="sr">${say('choice.terms')}</caption>
        <thead><tr><th scope="col">${say('choice.at')}</th><th scope="col">${say('choice.state')}</th><th scope="col" class="n">${say('choice.up')}</th>
            ${TERMS.map((t) => html`<th scope="col" class="n" key=${t}>${say(`choice.${t}`)}</th>`)}<th scope="col" class="n">${say('choice.probability')}</th></tr></thead>
        <tbody>${choice.terms.map((t) => html`<tr key=${t.service} class=${t.service === choice.service ? 'taken' : ''}><th scope="row">${t.service}</th><td>${word('bar', t.bar)}</td><td class="n">${figure(t.up)}</td>
            ${TERMS.map((k) => html`<td class="n" key=${k}>${figure(t[k], k === 'wait_min' ? 1 : 5)}</td>`)}<td class="n">${percent(t.probability, 2)}</td></tr>`)}</tbody>
    </table></div></details>`;
}

function Chance({ choice: c }) {
    return html`<dt>${say('choice.propensity')}</dt><dd>${percent(c.propensity, 2)}</dd>
        <dt>${say('choice.by_chance')}</dt><dd>${say(c.by_chance ? 'choice.yes' : 'choice.no')} <span class="quiet">(${percent(c.chance, 2)})</span></dd>
        ${c.draw && html`<dt>${say('choice.draw')}</dt><dd class="code">${figure(c.draw.floor, 6)} · ${figure(c.draw.smooth, 6)} <span class="quiet">${c.day}</span></dd>`}
        ${typeof c.price === 'number' && html`<dt>${say('choice.price')}</dt><dd>${figure(c.price, 6)}</dd>`}`;
}

export function Choice({ choice: c, reason }) {
    const stricter = laneRank(c.lane) > laneRank(c.floor), wait = (c.terms ?? []).find((t) => t.service === c.service)?.wait_min;
    return html`<section class="choice"><h3>${say('choice.title')}</h3><dl>
        <dt>${say('choice.service')}</dt><dd><b>${c.service ?? say('choice.nowhere')}</b> <${LaneBadge} lane=${c.lane} /></dd>
        <dt>${say('choice.floor')}</dt><dd><${LaneBadge} lane=${c.floor} /></dd>
        ${reason && html`<dt>${say(stricter ? 'choice.stricter' : 'choice.why')}</dt><dd>${reasonText(reason)}<span class="sub">${reason.citation}</span></dd>`}
        ${typeof wait === 'number' && html`<dt>${say('choice.wait')}</dt><dd>${say('choice.min', { n: figure(wait) })}</dd>`}
        ${c.stand && html`<dt>${say('choice.stood')}</dt><dd>${say('choice.stood_at', { n: figure(c.stand.waited_min), service: c.stand.service })}</dd>`}
        ${seesChance.value && html`<${Chance} choice=${c} />`}</dl>
        ${seesChance.value && c.terms?.length > 0 && html`<${Terms} choice=${c} />`}
    </section>`;
}

export function Faults({ faults }) {
    return faults.length > 0 && html`<div class="notice faults" role="note"><b>${say('choice.faults')}</b>
        <ul>${faults.map((f) => html`<li key=${f.rule}><span class="code">${f.rule}</span>: ${f.fault}</li>`)}</ul></div>`;
}

export function Shadow({ shadow }) {
    return shadow.length > 0 && html`<details><summary>${say('choice.shadow')} (${shadow.length})</summary>
        <ul class="why">${shadow.map((s) => html`<li key=${s.rule}>${typeof s.weight === 'number' ? html`<${WeightIcon} weight=${s.weight} />` : html`<${LaneIcon} lane=${s.lane} />`}
            <span>${typeof s.weight === 'number' ? say(s.weight < 0 ? 'choice.lowers' : 'choice.raises', { n: figure(Math.abs(s.weight), 2) }) : word('lane', s.lane)} <span class="sub code">${s.rule}</span></span></li>`)}</ul></details>`;
}
