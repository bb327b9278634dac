// SPDX-License-Identifier: Apache-2.0
// The ports: several side by side, and of one its targets, waits, forecast, machines and hits. Every figure stands with
// what it was made of: method, sample and interval.
import { html } from 'htm/preact';
import { useEffect, useRef } from 'preact/hooks';
import { count, exactTime, figure, millis, percent, shortTime } from './format.js';
import { HourPlot, Interval, Strip } from './plot.js';
import { chooseOutcomes, choosePort, code, hours, machines, outcomes, outcomesBy, port, ports, problem, readAt, week, WEEK_DAYS } from './port_state.js';
import { coarseNowMs } from './state.js';
import { say, word } from './texts.js';

const BY = ['scanner', 'lane', 'rule', 'programme']; // officers' shifts are put on record with each reading: not for a page that polls
const HITS_ROWS = 12;

// ---- Figures ----

// "(24.1–40)", in one piece.
const span = (low, high) => `(${low}\u2060–\u2060${high})`;

// "31.2 (24.1–40)"; a bound that the sample does not reach is "?".
function measured(f, digits = 1) {
    if (f === null || f === undefined) return say('port.unknown');
    if (typeof f === 'number') return figure(f, digits);
    const bound = (v) => (typeof v === 'number' ? figure(v, digits) : '?');
    return `${f.at_least ? '≥ ' : ''}${figure(f.minutes, digits)} ${span(bound(f.low), bound(f.high))}`;
}

const queueOf = (p) => p.waits.find((w) => w.stage === 'queue' && !w.lane) ?? p.waits.find((w) => w.stage === 'all' && !w.lane);

function Met({ met }) {
    const name = met === true ? 'met' : met === false ? 'missed' : 'open';
    return html`<span class=${`met met-${name}`}><span aria-hidden="true">${{ met: '✓', missed: '✕', open: '?' }[name]}</span> ${say(`port.${name}`)}</span>`;
}

function Time({ at }) {
    return html`<time datetime=${exactTime(at)} title=${exactTime(at)}>${shortTime(at, coarseNowMs.value)}</time>`;
}

// A table that is wider than its panel scrolls within it, by keyboard too.
function Wide({ id, children }) {
    return html`<div class="wide" tabindex="0" role="region" aria-labelledby=${id}>${children}</div>`;
}

function Panel({ id, note, children, wide }) {
    return html`<section class=${`panel${wide ? ' across' : ''}`} aria-labelledby=${`${id}-title`} id=${id}>
        <header><h2 id=${`${id}-title`}>${say(`port.${id}`)}</h2>${note && html`<span class="quiet">${note}</span>`}</header>${children}</section>`;
}

// ---- Side by side ----

function PortRow({ p }) {
    const queue = queueOf(p), met = p.targets.filter((t) => t.met === true).length, missed = p.targets.filter((t) => t.met === false).length;
    const { openings, tampers, discrepancies, contraband } = p.incidents;
    return html`<tr class=${p.code === code.value ? 'chosen' : ''}><th scope="row"><button type="button" class="trip" aria-pressed=${p.code === code.value} onClick=${() => choosePort(p.code)}>${p.name ?? p.code}</button>
            <span class="sub">${[p.code, p.country].filter(Boolean).join(' · ')}</span></th>
        <td>${queue ? measured(queue.mean) : say('port.unknown')}${queue && html`<span class="sub">${word('stage', queue.stage)}, n = ${count(queue.n)}</span>`}</td>
        <td class="n">${count(p.arrivals)}</td>
        <td class="n">${p.scanned_pct === null ? say('port.unknown') : percent(p.scanned_pct / 100)}</td>
        <td class="n">${say('port.of', { n: count(p.scanners.up), all: count(p.scanners.total) })}${p.scanners.unknown > 0 && html`<span class="sub">${say('port.not_known', { n: count(p.scanners.unknown) })}</span>`}</td>
        <td class="n">${count(openings + tampers + discrepancies + contraband)}<span class="sub">${say('port.contraband', { n: count(contraband) })}</span></td>
        <td>${p.targets.length === 0 ? html`<span class="quiet">–</span>` : html`${met > 0 && html`<span class="line"><${Met} met=${true} /> ${met}</span>`}${missed > 0 && html`<span class="line"><${Met} met=${false} /> ${missed}</span>`}
            ${p.targets.length > met + missed && html`<span class="line"><${Met} met=${null} /> ${p.targets.length - met - missed}</span>`}`}</td></tr>`;
}

function SideBySide() {
    const heads = ['wait', 'arrivals', 'scanned', 'scanners', 'incidents', 'targets_met'];
    return html`<${Panel} id="ports" note=${say('port.day')}><${Wide} id="ports-title"><table class="figures" aria-labelledby="ports-title">
        <thead><tr><th scope="col">${say('port.port')}</th>${heads.map((h) => html`<th scope="col" key=${h} class=${['wait', 'targets_met'].includes(h) ? '' : 'n'}>${say(`port.${h}`)}</th>`)}</tr></thead>
        <tbody>${ports.value.map((p) => html`<${PortRow} key=${p.code} p=${p} />`)}</tbody></table></${Wide}></${Panel}>`;
}

// ---- Targets ----

function Targets({ p }) {
    if (p.targets.length === 0) return html`<${Panel} id="targets"><p class="quiet">${say('port.no_targets')}</p></${Panel}>`;
    return html`<${Panel} id="targets" note=${say('port.day')}><table class="figures"><caption class="sr">${say('port.targets')}</caption>
        <thead><tr><th scope="col">${say('port.what')}</th><th scope="col" class="n">${say('port.target')}</th><th scope="col">${say('port.actual')}</th><th scope="col">${say('port.result')}</th></tr></thead>
        <tbody>${p.targets.map((t) => html`<tr key=${t.what}><th scope="row">${word('target', t.what)}</th><td class="n">${figure(t.target)}</td><td>${measured(t.actual)}</td><td><${Met} met=${t.met} /></td></tr>`)}</tbody></table></${Panel}>`;
}

// ---- Waits ----

function WaitRow({ wait: w, max, mark }) {
    const c = w.coverage;
    return html`<tr><th scope="row">${w.lane ?? word('stage', w.stage)}${w.lane && html`<span class="sub">${word('stage', w.stage)}</span>`}</th>
        <td>${measured(w.mean)}<${Interval} value=${w.mean?.minutes} low=${w.mean?.low} high=${w.mean?.high} max=${max} mark=${mark} /></td>
        <td>${measured(w.median)}</td><td>${measured(w.p95)}</td>
        <td class="n">${count(w.n)}${w.censored > 0 && html`<span class="sub">${say('port.censored', { n: count(w.censored) })}</span>`}</td>
        <td>${word('method', w.method)}${c && html`<span class=${`sub${c.enough ? '' : ' bad'}`}>${say(c.enough ? 'port.covers' : 'port.covers_little', { share: percent(c.share, 0) })}</span>`}</td></tr>`;
}

function WaitTable({ rows, mark, id }) {
    const max = Math.max(1, ...rows.map((w) => w.mean?.high ?? w.mean?.minutes ?? 0));
    return html`<${Wide} id=${id}><table class="figures" aria-labelledby=${id}><thead><tr><th scope="col">${say('port.stage')}</th><th scope="col">${say('port.mean')}</th><th scope="col">${say('port.median')}</th>
        <th scope="col">${say('port.p95')}</th><th scope="col" class="n">n</th><th scope="col">${say('port.method')}</th></tr></thead>
        <tbody>${rows.map((w) => html`<${WaitRow} key=${`${w.stage}/${w.lane ?? ''}/${w.method}`} wait=${w} max=${max} mark=${w.stage === 'queue' ? mark : null} />`)}</tbody></table></${Wide}>`;
}

function Waits({ p }) {
    const mark = p.targets.find((t) => t.what === 'wait_min')?.target;
    return html`<${Panel} id="waits" note=${say('port.interval', { level: percent(p.level, 0) })} wide>
        ${p.waits.length === 0 ? html`<p class="quiet">${say('port.no_waits')}</p>` : html`<${WaitTable} rows=${p.waits} mark=${mark} id="waits-title" />`}
        ${p.cut && html`<p class="notice">${say('port.cut')}</p>`}
        ${p.lanes.length > 0 && html`<details><summary id="waits-lanes">${say('port.by_lane')}</summary><${WaitTable} rows=${p.lanes} mark=${mark} id="waits-lanes" /></details>`}
    </${Panel}>`;
}

// ---- Hours and forecast ----

function Score({ score: s }) {
    if (!s || s.mae === null) return null;
    const against = (skill, mae, key) => typeof skill === 'number' && html`<li>${say(skill >= 0 ? `port.${key}_better` : `port.${key}_worse`, { mae: figure(mae), by: percent(Math.abs(skill), 0) })}</li>`;
    return html`<ul class="score"><li>${say('port.score', { mae: figure(s.mae), n: count(s.n) })}</li>
        ${against(s.skill_last, s.mae_last, 'last')}${against(s.skill_week, s.mae_week, 'week')}
        ${typeof s.coverage === 'number' && html`<li>${say('port.held', { share: percent(s.coverage, 0), level: percent(port.value.forecast.level, 0) })}</li>`}</ul>`;
}

function HourTable({ past, ahead }) {
    const row = (h, kind) => html`<tr key=${h.at}><th scope="row"><${Time} at=${new Date(h.at).toISOString()} /></th><td>${kind}</td><td>${measured({ ...h, at_least: h.row?.mean.at_least })}</td><td class="n">${h.n ? count(h.n) : ''}</td>
        <td>${h.score && typeof h.score.mae === 'number' ? figure(h.score.mae) : ''}</td></tr>`;
    return html`<details><summary>${say('port.hour_table')}</summary><table class="figures"><caption class="sr">${say('port.hour_table')}</caption>
        <thead><tr><th scope="col">${say('port.hour')}</th><th scope="col">${say('port.kind')}</th><th scope="col">${say('port.minutes')}</th><th scope="col" class="n">n</th><th scope="col">${say('port.usual_error')}</th></tr></thead>
        <tbody>${past.map((h) => row(h, say('port.was_measured')))}${ahead.map((h) => row(h, say('port.is_forecast')))}</tbody></table></details>`;
}

function Hours({ p }) {
    const { stage, past, ahead } = hours.value, f = p.forecast, last = past.at(-1), next = ahead[0];
    const label = [say('port.plot', { stage: word('stage', stage) }), last && say('port.plot_last', { n: figure(last.minutes) }), next && say('port.plot_next', { n: figure(next.minutes), low: figure(next.low), high: figure(next.high) })].filter(Boolean).join(' ');
    return html`<${Panel} id="hours" note=${word('stage', stage)} wide>
        ${past.length + ahead.length > 0 ? html`<${HourPlot} past=${past} ahead=${ahead} target=${stage === 'queue' ? p.targets.find((t) => t.what === 'wait_min')?.target : null} label=${label} />
            <ul class="plot-key"><li class="measured">${say('port.was_measured')}</li>${ahead.length > 0 && html`<li class="ahead">${say('port.is_forecast')}</li>`}</ul>` : html`<p class="quiet">${say('port.no_waits')}</p>`}
        ${f?.refused && html`<p class="quiet">${say('port.no_forecast', { detail: f.refused })}</p>`}
        <${Score} score=${f?.score} />
        ${past.length + ahead.length > 0 && html`<${HourTable} past=${past} ahead=${ahead} />`}
    </${Panel}>`;
}

// ---- Machines ----

const MACHINE_SIGNS = { up: '●', standby: '◐', degraded: '▲', maintenance: '◆', down: '✕', unknown: '?' };

function MachineState({ m }) {
    return html`<span class=${`machine machine-${m.state}`} data-state=${m.state}><span aria-hidden="true">${MACHINE_SIGNS[m.state] ?? '?'}</span> ${word('machine', m.state)}</span>
        <span class="sub">${m.since ? html`${say('port.since')} <${Time} at=${m.since} />` : m.last_known && html`${say('port.last_known')} <${Time} at=${m.last_known} />`}</span>`;
}

function MachineWeek({ of, from, to }) {
    if (!of) return html`<span class="quiet">${say('port.unknown')}</span>`;
    const bounds = typeof of.ao_low === 'number' && of.ao_low !== of.ao_high ? ` ${span(percent(of.ao_low), percent(of.ao_high))}` : '';
    const cuts = of.interruptions.map((i) => ({ at: millis(i.from), until: millis(i.to ?? i.last_known), planned: i.planned }));
    return html`${typeof of.ao === 'number' ? percent(of.ao) : say('port.unknown')}${bounds}${of.observed > 0 && html`<${Strip} from=${from} to=${to} interruptions=${cuts} known=${of.observed >= 1} />`}
        <span class="sub">${[of.interruptions.length > 0 && say('port.interruptions', { n: of.interruptions.length }), typeof of.observed === 'number' && of.observed < 1 && say('port.observed', { share: percent(of.observed, 0) })].filter(Boolean).join(' · ')}</span>`;
}

function MachineRow({ m, of, from, to }) {
    const why = [m.reason && word('reason', m.reason), m.waiting && word('waiting', m.waiting), m.note].filter(Boolean);
    return html`<tr><th scope="row">${m.name ?? m.id}<span class="sub">${word('type', m.type ?? '')} <span class="code">${m.id}</span></span></th>
        <td><${MachineState} m=${m} /></td>
        <td>${why.length ? why.map((t) => html`<span class="line" key=${t}>${t}</span>`) : ['down', 'maintenance', 'degraded'].includes(m.state) ? say('reason.unsaid') : ''}</td>
        <td><${MachineWeek} of=${of} from=${from} to=${to} /></td>
        <td class="n">${of && typeof of.scans.per_hour === 'number' ? figure(of.scans.per_hour) : '–'}${of?.scans.rated_per_hour > 0 && html`<span class="sub">${say('port.rated', { n: figure(of.scans.rated_per_hour) })}</span>`}</td>
        <td class="n">${of && of.scans.count > 0 ? count(of.scans.without_verdict) : '–'}</td></tr>`;
}

function Machines() {
    if (!machines.value) return null;
    const all = machines.value, w = week.value, of = new Map((w?.equipment ?? []).map((e) => [e.id, e]));
    const order = [...all].sort((a, b) => (a.type !== 'scanner') - (b.type !== 'scanner') || (a.type ?? '').localeCompare(b.type ?? '') || a.id.localeCompare(b.id, undefined, { numeric: true }));
    return html`<${Panel} id="machines" note=${say('port.up_of', { n: all.filter((m) => ['up', 'standby', 'degraded'].includes(m.state)).length, all: all.length })} wide>
        ${all.length === 0 ? html`<p class="quiet">${say('port.no_machines')}</p>` : html`<${Wide} id="machines-title"><table class="figures" aria-labelledby="machines-title">
            <thead><tr><th scope="col">${say('port.machine')}</th><th scope="col">${say('port.state')}</th><th scope="col">${say('port.why')}</th><th scope="col">${say('port.available', { n: WEEK_DAYS })}</th><th scope="col" class="n">${say('port.per_hour')}</th><th scope="col" class="n">${say('port.without')}</th></tr></thead>
            <tbody>${order.map((m) => html`<${MachineRow} key=${m.id} m=${m} of=${of.get(m.id)} from=${millis(w?.from)} to=${millis(w?.to)} />`)}</tbody></table></${Wide}>
            <p class="sub">${say('port.strip')}</p>`}</${Panel}>`;
}

// ---- Hits ----

function HitRow({ g, base, max, name }) {
    const lift = g.lift;
    return html`<tr class=${base ? 'taken' : ''}><th scope="row">${name}${g.shadow && html` <span class="tag">${say('port.shadow')}</span>`}</th>
        <td>${g.rate ? html`${percent(g.rate.share, 2)} ${span(percent(g.rate.low, 2), percent(g.rate.high, 2))}<${Interval} value=${g.rate.share} low=${g.rate.low} high=${g.rate.high} max=${max} mark=${base ? null : outcomes.value.base?.rate?.share} />` : say('port.unknown')}</td>
        <td class="n">${count(g.hits)} / ${count(g.inspected)}</td>
        <td>${!base && lift ? `${typeof lift.value === 'number' ? `× ${figure(lift.value)}` : '?'} ${span(figure(lift.low), typeof lift.high === 'number' ? figure(lift.high) : '?')}` : ''}</td><td>${g.says}</td></tr>`;
}

function Hits() {
    const o = outcomes.value;
    if (!o) return null;
    const groups = (o.groups ?? []).slice(0, HITS_ROWS), max = Math.max(0.001, ...[o.base, o.all, ...groups].map((g) => g?.rate?.high ?? 0));
    const name = (g) => (o.by === 'lane' ? word('lane', g.name) : g.name);
    return html`<${Panel} id="hits" note=${say('port.hits_note')} wide>
        <label class="pick">${say('port.hits_by')} <select value=${outcomesBy.value} onChange=${(e) => chooseOutcomes(e.target.value)}>${BY.map((b) => html`<option key=${b} value=${b} selected=${b === outcomesBy.value}>${say(`by.${b}`)}</option>`)}</select></label>
        <${Wide} id="hits-title"><table class="figures" aria-labelledby="hits-title"><thead><tr><th scope="col">${say(`by.${outcomesBy.value}`)}</th><th scope="col">${say('port.hit_rate')}</th><th scope="col" class="n">${say('port.hits_of')}</th><th scope="col">${say('port.lift')}</th><th scope="col">${say('port.says')}</th></tr></thead>
            <tbody>${o.base && html`<${HitRow} g=${o.base} base name=${say('port.base')} max=${max} />`}${o.all && html`<${HitRow} g=${o.all} name=${say('port.all')} max=${max} />`}
            ${groups.map((g) => html`<${HitRow} key=${`${g.name}/${g.shadow ?? ''}`} g=${g} name=${name(g)} max=${max} />`)}</tbody></table></${Wide}>
        ${o.groups?.length === 0 && html`<p class="quiet">${say('port.no_hits')}</p>`}</${Panel}>`;
}

export function Port() {
    const heading = useRef(null);
    useEffect(() => { heading.current?.focus(); }, []);
    const p = port.value, all = ports.value;
    const named = all?.find((x) => x.code === code.value);
    return html`<main class="port-view">
        <header class="port-head"><h2 tabindex="-1" ref=${heading} id="port-title">${named ? named.name ?? named.code : say('port.title')}</h2>
            ${all?.length > 1 && html`<label class="pick"><span class="sr">${say('port.choose')}</span><select value=${code.value} onChange=${(e) => choosePort(e.target.value)}>${all.map((x) => html`<option key=${x.code} value=${x.code} selected=${x.code === code.value}>${x.name ?? x.code}</option>`)}</select></label>`}
            ${readAt.value && html`<span class="quiet">${say('port.read_at')} <time datetime=${new Date(readAt.value).toISOString()}>${shortTime(readAt.value * 1000, coarseNowMs.value)}</time></span>`}</header>
        ${problem.value && html`<p class="notice" role="status">${problem.value}</p>`}
        ${!all && !problem.value && html`<p class="quiet" role="status">${say('port.reading')}</p>`}
        ${p && html`<${Targets} p=${p} />`}
        ${all?.length > 0 && html`<${SideBySide} />`}
        ${p && html`<${Hours} p=${p} /><${Waits} p=${p} /><${Machines} /><${Hits} />`}
    </main>`;
}
