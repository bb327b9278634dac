// SPDX-License-Identifier: Apache-2.0
// The table of crossings: sorted, filtered, one row a crossing; a row whose lane moved says what it was.
import { html } from 'htm/preact';
import { computed, signal } from '@preact/signals';
import { ageText, carrierName, count, distanceKm, exactTime, millis, plateList, reasonText, sealNumber, shortTime, tripName } from './format.js';
import { LaneBadge, LaneIcon, LANES, laneRank, orderReasons, SealIcon, sealState } from './lanes.js';
import { coarseNowMs, crossings, detail, forbidden, mapData, more, moves, openDetail } from './state.js';
import { language, say, word } from './texts.js';

const ROWS = 100;
const REASONS = 2;
const RELEASED_LATER = 1e14;
const MOVED_MS = 10 * 60e3; // how long a row keeps its mark

const lane = signal(null);
const search = signal('');
const withReleased = signal(true);
const order = signal({ by: 'arrival', down: false });
const rows = signal(ROWS);

const SEAL_ORDER = ['open', 'replaced', 'off', 'on'];
const orMax = (n) => (Number.isNaN(n) ? Infinity : n);

const COLUMNS = {
    trip: tripName,
    // The released ones are behind us: they come after all that still arrive.
    arrival: (c) => orMax(millis(c.arrived ?? c.eta)) + (c.state === 'released' ? RELEASED_LATER : 0),
    carrier: (c) => carrierName(c) || '\uffff',
    lane: (c) => -laneRank(c.lane),
    reasons: null,
    seals: (c) => SEAL_ORDER.indexOf(sealState(c) ?? 'on'),
    position: (c) => -orMax(millis(c.position?.time)),
    selection: (c) => -Math.max(laneRank(c.override?.lane), laneRank(c.selection), c.finding ? LANES.length : -1),
};

function haystack(c) {
    return [tripName(c), carrierName(c), ...plateList(c), c.port, c.destination, ...(c.identifiers ?? []).map((i) => i.value),
        ...(c.seals ?? []).map(sealNumber), ...(c.reasons ?? []).map(reasonText)].join('\n').toLowerCase();
}

const chosen = computed(() => {
    const wanted = search.value.trim().toLowerCase();
    // Sorting by text follows the language; reading it here redoes the search when it changes.
    const collator = new Intl.Collator(language.value, { numeric: true });
    const { by, down } = order.value, key = COLUMNS[by];
    const found = [...crossings.value.values()].filter((c) => (withReleased.value || c.state !== 'released')
        && (!lane.value || c.lane === lane.value) && (!wanted || haystack(c).includes(wanted)));
    const keyed = found.map((c) => [key(c), c]);
    const compare = (a, b) => (typeof a === 'string' ? collator.compare(a, b) : a < b ? -1 : a > b ? 1 : 0);
    keyed.sort(([a, c], [b, d]) => (down ? compare(b, a) : compare(a, b)) || collator.compare(tripName(c), tripName(d)));
    return keyed.map(([, c]) => c);
});

function Heading({ name }) {
    const { by, down } = order.value, sorted = by === name;
    if (!COLUMNS[name]) return html`<th scope="col" role="columnheader" class=${`col-${name}`}>${say(`table.${name}`)}</th>`;
    return html`<th scope="col" role="columnheader" class=${`col-${name}`} aria-sort=${sorted ? (down ? 'descending' : 'ascending') : 'none'}>
        <button type="button" onClick=${() => { order.value = { by: name, down: sorted && !down }; }}>
            ${say(`table.${name}`)}${sorted && html`<span aria-hidden="true"> ${down ? '▾' : '▴'}</span>`}
        </button></th>`;
}

function nearest(position) {
    const { ports = [], cities = [] } = mapData.value ?? {};
    let best = null;
    for (const place of [...ports, ...cities]) {
        const km = distanceKm(position, place);
        if (!best || km < best.km) best = { km, place };
    }
    return best;
}

function PositionCell({ position }) {
    if (!position) return html`<span class="quiet">${say('table.unknown')}</span>`;
    const near = nearest(position);
    const exact = `${position.lat.toFixed(4)}, ${position.lon.toFixed(4)}`;
    const place = near?.place.name.split(' · ')[0];
    return html`<span title=${`${exact} · ${exactTime(position.time)}`}>${near ? (near.km < 2 ? place : say('table.away', { km: count(Math.round(near.km)), place })) : exact}</span>
        <span class="sub">${ageText(position.time, coarseNowMs.value)}</span>`;
}

export function portName(code) {
    const port = mapData.value?.ports.find((p) => p.codes.includes(String(code)));
    return port ? port.name.split(' · ')[0] : code;
}

function ReasonsCell({ crossing }) {
    const reasons = orderReasons(crossing.reasons), gaps = crossing.gaps ?? [];
    return html`${crossing.suspect && html`<span class="suspect-note">${say('table.suspect')}</span>`}
        ${reasons.length === 0 && !crossing.suspect && html`<span class="quiet">${say('table.no_reason')}</span>`}
        <ul class="reasons">${reasons.slice(0, REASONS).map((r) => html`<li key=${r.rule}>${reasonText(r)}</li>`)}</ul>
        ${reasons.length > REASONS && html`<span class="sub">${say('table.more_reasons', { n: reasons.length - REASONS })}</span>`}
        ${gaps.length > 0 && html`<span class="sub">${say('detail.gaps')}: ${gaps.join(', ')}</span>`}`;
}

function SealsCell({ seals }) {
    if (!seals?.length) return html`<span class="quiet">${say('seal.none')}</span>`;
    return html`<ul class="seals">${seals.map((s) => html`<li key=${s.id} class=${`seal-line seal-${s.state}`}><${SealIcon} state=${s.state} />
        <span class="code">${sealNumber(s)}</span> ${word('seal', s.state ?? 'unknown')}</li>`)}</ul>`;
}

function SelectionCell({ crossing: { selection, override, finding } }) {
    if (!selection && !override && !finding) return html`<span class="quiet" aria-hidden="true">–</span>`;
    return html`${selection && html`<span class="line"><${LaneIcon} lane=${selection} />${say('table.selected', { lane: word('lane', selection) })}</span>`}
        ${override && html`<span class="line"><${LaneIcon} lane=${override.lane} />${say('table.overridden', { lane: word('lane', override.lane ?? 'none') })}</span>`}
        ${finding && html`<span class="line">${word('finding', finding.result)}</span>`}`;
}

function ArrivalCell({ crossing }) {
    const { arrived, released, eta } = crossing, now = coarseNowMs.value;
    const time = arrived || eta;
    return html`<time datetime=${exactTime(time)} title=${exactTime(time)}>${shortTime(time, now)}</time>
        <span class="sub">${released ? `${say('table.released_at')} ${shortTime(released, now)}` : arrived ? say('table.arrived') : ageText(eta, now)}</span>`;
}

function Row({ crossing }) {
    const moved = moves.value.get(crossing.id);
    const recent = moved && coarseNowMs.value - moved.at < MOVED_MS;
    const classes = [recent && `moved flash-${moved.turn % 2}`, crossing.state === 'released' && 'released', detail.value?.id === crossing.id && 'chosen'];
    const carrier = carrierName(crossing), plates = plateList(crossing);
    const open = () => openDetail(crossing.id);
    return html`<tr role="row" class=${classes.filter(Boolean).join(' ')} data-trip=${tripName(crossing)} onClick=${open}>
        <th scope="row" role="rowheader" class="col-trip"><button type="button" class="trip" onClick=${(e) => { e.stopPropagation(); open(); }}>${tripName(crossing)}</button>
            <span class="sub">${crossing.direction && html`<span aria-hidden="true">${crossing.direction === 'southbound' ? '↓' : '↑'}</span><span class="sr">${word('direction', crossing.direction)}</span> `}${[portName(crossing.port), crossing.destination].filter(Boolean).join(' → ')}</span></th>
        <td role="cell" class="col-arrival"><${ArrivalCell} crossing=${crossing} /></td>
        <td role="cell" class="col-carrier">${carrier || html`<span class="quiet">${say('table.unknown')}</span>`}
            ${' '}<span class="quiet">· ${crossing.empty ? say('table.empty_truck') : say('table.consignments', { n: count(crossing.consignments) })}</span>
            <span class="sub code">${plates.join(' · ')}</span></td>
        <td role="cell" class="col-lane"><${LaneBadge} lane=${crossing.lane} />
            ${moved && moved.from !== crossing.lane && html`<span class="sub was">${say('table.was', { lane: word('lane', moved.from ?? 'none').toLowerCase() })} · ${shortTime(moved.at * 1000, coarseNowMs.value)}</span>`}</td>
        <td role="cell" class="col-reasons"><${ReasonsCell} crossing=${crossing} /></td>
        <td role="cell" class="col-seals"><${SealsCell} seals=${crossing.seals} /></td>
        <td role="cell" class="col-position"><${PositionCell} position=${crossing.position} /></td>
        <td role="cell" class="col-selection"><${SelectionCell} crossing=${crossing} /></td>
    </tr>`;
}

function Filters() {
    const counts = laneCounts.value, total = Object.values(counts).reduce((a, b) => a + b, 0);
    const chip = (name, text, n) => html`<button type="button" key=${name ?? 'all'} class=${`chip${name ? ` lane-${name}` : ''}`} aria-pressed=${lane.value === name}
        onClick=${() => { lane.value = lane.value === name ? null : name; }}>${name && html`<${LaneIcon} lane=${name} />`}${text} <b>${count(n)}</b></button>`;
    return html`<div class="filters">
        <div class="chips" role="group" aria-label=${say('table.filter')}>${chip(null, say('table.all'), total)}${LANES.map((l) => chip(l, word('lane', l), counts[l]))}</div>
        <label class="check"><input type="checkbox" checked=${withReleased.value} onChange=${(e) => { withReleased.value = e.target.checked; }} />${say('table.released')}</label>
        <input type="search" class="search" aria-label=${say('table.search')} placeholder=${say('table.search')} value=${search.value}
            onInput=${(e) => { search.value = e.target.value; }} />
    </div>`;
}

// What each chip would show: without the search, which narrows further.
const laneCounts = computed(() => {
    const counts = Object.fromEntries(LANES.map((l) => [l, 0]));
    for (const c of crossings.value.values()) {
        if ((withReleased.value || c.state !== 'released') && Object.hasOwn(counts, c.lane ?? '')) counts[c.lane]++;
    }
    return counts;
});

export function Crossings() {
    const all = chosen.value, visible = all.slice(0, rows.value);
    return html`<section class="panel crossings" aria-labelledby="crossings-title">
        <header><h2 id="crossings-title">${say('table.title')}</h2><${Filters} /></header>
        ${forbidden.value && html`<p class="notice">${say('link.forbidden')}</p>`}
        <div class="table-scroll" role="region" aria-labelledby="crossings-title" tabindex="0" id="crossings">
            <table role="table" aria-labelledby="crossings-title">
                <thead role="rowgroup"><tr role="row">${Object.keys(COLUMNS).map((name) => html`<${Heading} key=${name} name=${name} />`)}</tr></thead>
                <tbody role="rowgroup">${visible.map((c) => html`<${Row} key=${c.id} crossing=${c} />`)}</tbody>
            </table>
            ${all.length === 0 && html`<p class="empty">${say(crossings.value.size === 0 ? 'table.empty' : 'table.none')}</p>`}
            ${all.length > visible.length && html`<button type="button" class="more" onClick=${() => { rows.value += ROWS; }}>
                ${say('table.more', { n: count(Math.min(ROWS, all.length - visible.length)) })}</button>`}
            ${more.value && html`<p class="empty">${say('table.part', { n: count(crossings.value.size) })}</p>`}
        </div>
    </section>`;
}
