// SPDX-License-Identifier: Apache-2.0
// The corridor's map: ground from map.json, trucks by lane shape with their seal, moving as positions come in.
import { html } from 'htm/preact';
import { computed, signal } from '@preact/signals';
import { geoPath, geoTransform } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import { tripName } from './format.js';
import { laneRank, LaneShape, SealIcon, SealShape, sealState } from './lanes.js';
import { crossings, detail, mapData, mapMissing, openDetail, trails } from './state.js';
import { say, word } from './texts.js';

const WIDTH_MIN_DEG = 0.5;  // closer in, the ground says nothing
const WIDTH_MAX_DEG = 60;
const APART_PX = 17;        // trucks nearer to each other than this are drawn side by side
const APART_TRIES = 200;
const CROWD = 120;          // above it, trucks are small and stand where they are, the strictest lane on top
const LABEL_X_PX = 12;
const LABEL_CHAR_PX = 6.7;
const NEAR_PX = 90;         // pixels a degree, from which on ports bear their full names

// Web Mercator in degrees: x is the longitude, y grows southward like the screen.
const DEG = 180 / Math.PI;
const northing = (lat) => -DEG * Math.log(Math.tan(Math.PI / 4 + lat / DEG / 2));

const size = signal({ width: 640, height: 320 });
const chosen = signal(null); // {x, y, width}: the person's own view; null follows the trucks
const placing = signal(false); // while the view itself moves, trucks jump with it

const shown = computed(() => [...crossings.value.values()].filter((c) => c.position && c.state !== 'released'));

const WHOLE = [[-118, 33], [-100, 23.5], [-78.5, 45]];

function fitted(points, padding) {
    const xs = points.map((p) => p[0]), ys = points.map((p) => northing(p[1]));
    const { width, height } = size.value;
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const wide = Math.max(x1 - x0, (y1 - y0) * width / height, WIDTH_MIN_DEG * 3) * padding;
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, width: Math.min(wide, WIDTH_MAX_DEG) };
}

const STEPS = 2; // a degree
// The trucks' own extent in steps of half a degree, so that the view rests while they move within it.
const followed = computed(() => {
    const points = shown.value.map((c) => [c.position.lon, c.position.lat]);
    if (points.length === 0) return fitted(WHOLE, 1);
    const steps = points.flatMap((p) => [p.map((v) => Math.floor(v * STEPS) / STEPS), p.map((v) => Math.ceil(v * STEPS) / STEPS)]);
    return fitted(steps, 1.15);
});

const view = computed(() => chosen.value ?? followed.value);

const project = computed(() => {
    const { x, y, width } = view.value, s = size.value;
    const k = s.width / width;
    return (lon, lat) => [(lon - x) * k + s.width / 2, (northing(lat) - y) * k + s.height / 2];
});

const ground = computed(() => {
    if (!mapData.value) return null;
    const { topology, routes } = mapData.value;
    const to = project.value;
    const path = geoPath(geoTransform({ point(lon, lat) { this.stream.point(...to(lon, lat)); } })).digits(1);
    return {
        land: path(feature(topology, topology.objects.land)),
        borders: path(mesh(topology, topology.objects.land, (a, b) => a !== b)),
        states: path(feature(topology, topology.objects.states)),
        routes: routes.map((r) => path({ type: 'LineString', coordinates: r.points })).join(''),
    };
});

const inside = ([x, y], margin = 0) => x > -margin && y > -margin && x < size.value.width + margin && y < size.value.height + margin;

const portLabels = computed(() => {
    if (!mapData.value) return [];
    const { ports } = mapData.value, to = project.value, near = size.value.width / view.value.width > NEAR_PX;
    // Two ports of one bridge stand on one spot at corridor scale: then the first names both.
    const drawn = ports.filter((p, i) => near || !ports.slice(0, i).some((q) => Math.hypot(q.lon - p.lon, q.lat - p.lat) < 0.1));
    return drawn.map((p) => {
        const at = to(p.lon, p.lat), left = p.label === 'left';
        return { id: p.id, at, left, text: near ? p.name : p.name.split(' · ')[0], x: at[0] + (left ? -9 : 9), y: at[1] + 4 };
    }).filter((p) => inside(p.at));
});

// Where the ports' names stand; no truck is put aside onto them.
const labelSpots = computed(() => portLabels.value.flatMap(({ text, x, y, left }) => {
    const steps = Math.ceil(text.length / 2);
    return Array.from({ length: steps + 1 }, (_, i) => [x + (left ? -1 : 1) * i * LABEL_CHAR_PX * 2, y - 4]);
}));

// Which places on the screen are taken, in squares of APART_PX, so that asking looks at nine squares only.
function occupancy(spots) {
    const squares = new Map();
    const square = (x, y) => `${Math.floor(x / APART_PX)},${Math.floor(y / APART_PX)}`;
    const take = (x, y) => {
        const key = square(x, y);
        if (!squares.has(key)) squares.set(key, []);
        squares.get(key).push([x, y]);
    };
    const near = (x, y) => [-1, 0, 1].flatMap((i) => [-1, 0, 1].flatMap((j) => squares.get(square(x + i * APART_PX, y + j * APART_PX)) ?? []));
    spots.forEach(([x, y]) => take(x, y));
    return { take, free: (x, y) => near(x, y).every((t) => Math.hypot(t[0] - x, t[1] - y) >= APART_PX) };
}

// A queue at a bridge is many trucks on one spot: each next one takes the nearest free place around it.
function apart(trucks) {
    const { take, free } = occupancy(labelSpots.value);
    return trucks.map(({ crossing, at: [x, y] }) => {
        let px = x, py = y;
        for (let i = 1; !free(px, py) && i < APART_TRIES; i++) {
            const turn = i * 2.4, radius = APART_PX * 0.62 * Math.sqrt(i);
            px = x + Math.cos(turn) * radius;
            py = y + Math.sin(turn) * radius;
        }
        take(px, py);
        return { crossing, x, y, px, py };
    });
}

// Only as many names as can be read: each must stand clear of the trucks and of the names before it.
function labelled(placed) {
    const rects = placed.map((t) => [t.px - 9, t.py - 9, t.px + 9, t.py + 9]).concat(labelSpots.value.map(([x, y]) => [x - 9, y - 6, x + 9, y + 6]));
    return placed.map((t) => {
        const right = t.px + LABEL_X_PX + tripName(t.crossing).length * LABEL_CHAR_PX;
        const clear = rects.every(([x0, y0, x1, y1]) => right < x0 || t.px + LABEL_X_PX > x1 || t.py + 11 < y0 || t.py > y1);
        if (clear) rects.push([t.px + LABEL_X_PX, t.py, right, t.py + 11]);
        return { ...t, label: clear };
    });
}

const trucks = computed(() => {
    const to = project.value;
    const all = shown.value.map((crossing) => ({ crossing, at: to(crossing.position.lon, crossing.position.lat) })).filter((t) => inside(t.at, 30));
    if (all.length > CROWD) return all.sort((a, b) => laneRank(a.crossing.lane) - laneRank(b.crossing.lane)).map(({ crossing, at: [x, y] }) => ({ crossing, x, y, px: x, py: y }));
    return labelled(apart(all.sort((a, b) => (a.crossing.id < b.crossing.id ? -1 : 1))));
});

function zoom(factor) {
    const { x, y, width } = view.value;
    const wide = Math.min(Math.max(width * factor, WIDTH_MIN_DEG), WIDTH_MAX_DEG);
    setView({ x, y, width: wide });
}

function setView(next) {
    placing.value = true;
    chosen.value = next;
    setTimeout(() => { placing.value = false; }, 80);
}

const portView = (port) => ({ x: port.lon, y: northing(port.lat), width: 2.4 });

let drag = null;
const onDown = (e) => { if (e.button === 0) drag = { x: e.clientX, y: e.clientY, view: view.value, moved: false }; };
function onMove(e) {
    if (!drag) return;
    const dx = e.clientX - drag.x, dy = e.clientY - drag.y;
    if (!drag.moved && Math.hypot(dx, dy) < 4) return;
    drag.moved = true;
    const k = drag.view.width / size.value.width;
    setView({ x: drag.view.x - dx * k, y: drag.view.y - dy * k, width: drag.view.width });
}
const onUp = () => { drag = null; };
// Pinches arrive as wheel with ctrl; the bare wheel stays with the page.
function onWheel(e) {
    if (!e.ctrlKey) return;
    e.preventDefault();
    zoom(e.deltaY > 0 ? 1.15 : 1 / 1.15);
}

const observer = new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    if (width > 0 && height > 0) size.value = { width: Math.round(width), height: Math.round(height) };
});
let observed = null;
function watchSize(element) {
    if (observed) observer.unobserve(observed);
    if (element) observer.observe(element);
    observed = element;
}

function Trail({ crossing }) {
    const to = project.value;
    const points = (trails.value.get(crossing.id) ?? []).map((p) => to(p.lon, p.lat).map((v) => v.toFixed(1)).join(' '));
    return points.length > 1 && html`<path class=${`trail lane-${crossing.lane ?? 'none'}`} d=${`M${points.join('L')}`} />`;
}

// Plain numbers for properties: a truck that neither moved nor changed is not drawn again.
function Truck({ crossing, x, y, px, py, label, open, bare }) {
    const state = sealState(crossing);
    const move = { transform: `translate(${px.toFixed(1)}px, ${py.toFixed(1)}px)${bare ? ' scale(.6)' : ''}` };
    const title = [tripName(crossing), word('lane', crossing.lane ?? 'none'), state && say('seal.legend', { state: word('seal', state) }),
        crossing.suspect && say('map.suspect')].filter(Boolean).join(' · ');
    return html`${Math.hypot(x - px, y - py) > 3 && html`<path class="lead" d=${`M${x.toFixed(1)} ${y.toFixed(1)}L${px.toFixed(1)} ${py.toFixed(1)}`} />`}
        <g class=${`truck${open ? ' chosen' : ''}`} style=${move} onClick=${() => openDetail(crossing.id)}>
            <title>${title}</title>
            <circle class="halo" r=${open ? 12 : 9} />
            ${crossing.suspect && html`<circle class="suspect-ring" r="10.5" />`}
            <${LaneShape} lane=${crossing.lane} />
            ${state && !bare && html`<g class="truck-seal" transform="translate(8 -8) scale(.82)"><circle class="halo" r="7" cy="1" /><${SealShape} state=${state} /></g>`}
            ${label && html`<text class="truck-label" x=${LABEL_X_PX} y="9">${tripName(crossing)}</text>`}
        </g>`;
}

function Places() {
    const to = project.value;
    return html`${mapData.value.cities.map((c) => {
        const at = to(c.lon, c.lat);
        return inside(at) && html`<g class="city" key=${c.name}><circle r="2.2" cx=${at[0]} cy=${at[1]} /><text x=${at[0]} y=${at[1] - 6}>${c.name}</text></g>`;
    })}${portLabels.value.map(({ id, at, left, text, x, y }) => html`<g class="port" key=${id}>
        <path d=${`M${at[0]} ${at[1] - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`} /><text x=${x} y=${y} class=${left ? 'left' : ''}>${text}</text></g>`)}`;
}

function Controls() {
    const ports = mapData.value?.ports.filter((p) => p.id === 'laredo' || p.id === 'detroit') ?? [];
    const is = (v) => chosen.value && v.x === chosen.value.x && v.width === chosen.value.width;
    return html`<div class="map-controls">
        <button type="button" aria-pressed=${!chosen.value} onClick=${() => setView(null)}>${say('map.fit')}</button>
        <button type="button" onClick=${() => setView(fitted(WHOLE, 1))}>${say('map.corridor')}</button>
        ${ports.map((p) => html`<button type="button" key=${p.id} aria-pressed=${Boolean(is(portView(p)))}
            onClick=${() => setView(portView(p))}>${p.name.split(' · ')[0]}</button>`)}
        <button type="button" aria-label=${say('map.in')} onClick=${() => zoom(1 / 1.6)}>+</button>
        <button type="button" aria-label=${say('map.out')} onClick=${() => zoom(1.6)}>−</button>
    </div>`;
}

function Legend() {
    return html`<ul class="map-legend">${['on', 'open', 'replaced', 'off'].map((s) => html`<li key=${s}><${SealIcon} state=${s} />
        ${say('seal.legend', { state: word('seal', s) })}</li>`)}
        <li><svg viewBox="-12 -12 24 24" width="15" height="15" aria-hidden="true"><circle class="suspect-ring" r="10" /></svg> ${say('map.suspect')}</li></ul>`;
}

export function CorridorMap() {
    const { width, height } = size.value, g = ground.value;
    const all = trucks.value, crowd = all.length > CROWD;
    const openId = detail.value?.id;
    return html`<section class="panel map" aria-labelledby="map-title">
        <header><h2 id="map-title" class="sr">${say('map.title')}</h2><${Controls} /></header>
        <div class="map-ground" ref=${watchSize}>
            <svg class=${placing.value || crowd ? 'placing' : ''} viewBox=${`0 0 ${width} ${height}`} role="img"
                aria-label=${say('map.label', { n: shown.value.length })}
                onPointerDown=${onDown} onPointerMove=${onMove} onPointerUp=${onUp} onPointerLeave=${onUp} onWheel=${onWheel}>
                ${g && html`<path class="land" d=${g.land} /><path class="states" d=${g.states} /><path class="borders" d=${g.borders} />
                    <path class="route" d=${g.routes} />`}
                ${mapData.value && html`<${Places} />`}
                ${!crowd && all.map((t) => html`<${Trail} key=${`t${t.crossing.id}`} crossing=${t.crossing} />`)}
                ${all.map((t) => html`<${Truck} key=${t.crossing.id} ...${t} open=${t.crossing.id === openId} bare=${crowd && t.crossing.id !== openId}
                    label=${t.label || t.crossing.id === openId} />`)}
            </svg>
            ${mapMissing.value && html`<p class="map-missing">${say('map.missing')}</p>`}
        </div>
        <${Legend} />
    </section>`;
}
