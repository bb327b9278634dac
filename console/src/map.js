// SPDX-License-Identifier: Apache-2.0
// The corridor's map: ground from map.json, trucks by lane shape with their seal, moving as positions come in.
import { html } from 'htm/preact';
import { computed, signal } from '@preact/signals';
import { geoPath, geoTransform } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import { tripName } from './format.js';
import { LaneShape, SealIcon, SealShape, sealState } from './lanes.js';
import { crossings, detail, mapData, mapMissing, openDetail, trails } from './state.js';
import { say, word } from './texts.js';

const WIDTH_MIN_DEG = 0.5;  // closer in, the ground says nothing
const WIDTH_MAX_DEG = 60;
const APART_PX = 17;        // trucks nearer to each other than this are drawn side by side
const LABELS_MAX = 14;

// Web Mercator in degrees: x is the longitude, y grows southward like the screen.
const DEG = 180 / Math.PI;
const northing = (lat) => -DEG * Math.log(Math.tan(Math.PI / 4 + lat / DEG / 2));

const size = signal({ width: 640, height: 320 });
const chosen = signal(null); // {x, y, width}: the person's own view; null follows the trucks
const placing = signal(false); // while the view itself moves, trucks jump with it

const shown = computed(() => [...crossings.value.values()].filter((c) => c.position && c.state !== 'released'));

const WHOLE = [[-119.5, 33.5], [-112, 24.5], [-78.5, 44.2]];

function fitted(points, padding) {
    const xs = points.map((p) => p[0]), ys = points.map((p) => northing(p[1]));
    const { width, height } = size.value;
    const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const wide = Math.max(x1 - x0, (y1 - y0) * width / height, WIDTH_MIN_DEG * 3) * padding;
    return { x: (x0 + x1) / 2, y: (y0 + y1) / 2, width: Math.min(wide, WIDTH_MAX_DEG) };
}

// The trucks' own extent in whole-degree steps, so that the view rests while they move within it.
const followed = computed(() => {
    const points = shown.value.map((c) => [c.position.lon, c.position.lat]);
    if (points.length === 0) return fitted(WHOLE, 1);
    const steps = points.flatMap(([lon, lat]) => [[Math.floor(lon), Math.floor(lat)], [Math.ceil(lon), Math.ceil(lat)]]);
    return fitted(steps, 1.12);
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

// A queue at a bridge is many trucks on one spot: each next one takes the nearest free place around it.
function apart(trucks) {
    const taken = [];
    const free = (x, y) => taken.every((t) => Math.hypot(t[0] - x, t[1] - y) >= APART_PX);
    return trucks.map(({ crossing, at: [x, y] }) => {
        let place = [x, y];
        for (let i = 1; !free(...place) && i < 200; i++) {
            const turn = i * 2.4, radius = APART_PX * 0.62 * Math.sqrt(i);
            place = [x + Math.cos(turn) * radius, y + Math.sin(turn) * radius];
        }
        taken.push(place);
        return { crossing, at: [x, y], place };
    });
}

const trucks = computed(() => {
    const to = project.value;
    const all = shown.value.map((crossing) => ({ crossing, at: to(crossing.position.lon, crossing.position.lat) }));
    return apart(all.filter((t) => inside(t.at, 30)).sort((a, b) => (a.crossing.id < b.crossing.id ? -1 : 1)));
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

function Truck({ crossing, at, place, label }) {
    const state = sealState(crossing);
    const open = detail.value?.id === crossing.id;
    const away = Math.hypot(at[0] - place[0], at[1] - place[1]) > 3;
    const move = { transform: `translate(${place[0].toFixed(1)}px, ${place[1].toFixed(1)}px)` };
    const title = [tripName(crossing), word('lane', crossing.lane ?? 'none'), state && say('seal.legend', { state: word('seal', state) }),
        crossing.suspect && say('map.suspect')].filter(Boolean).join(' · ');
    return html`${away && html`<path class="lead" d=${`M${at[0].toFixed(1)} ${at[1].toFixed(1)}L${place[0].toFixed(1)} ${place[1].toFixed(1)}`} />`}
        <g class=${`truck${open ? ' chosen' : ''}`} style=${move} onClick=${() => openDetail(crossing.id)}>
            <title>${title}</title>
            <circle class="halo" r=${open ? 12 : 9} />
            ${crossing.suspect && html`<circle class="suspect-ring" r="10.5" />`}
            <${LaneShape} lane=${crossing.lane} />
            ${state && html`<g class="truck-seal" transform="translate(8 -8) scale(.82)"><circle class="halo" r="7" cy="1" /><${SealShape} state=${state} /></g>`}
            ${label && html`<text class="truck-label" x="12" y="9">${tripName(crossing)}</text>`}
        </g>`;
}

function Places() {
    const { ports, cities } = mapData.value, to = project.value;
    const near = view.value.width < 12;
    // Two ports of one bridge stand on one spot at corridor scale: then the first names both.
    const drawnPorts = ports.filter((p, i) => near || !ports.slice(0, i).some((q) => Math.hypot(q.lon - p.lon, q.lat - p.lat) < 0.1));
    return html`${cities.map((c) => {
        const at = to(c.lon, c.lat);
        return inside(at) && html`<g class="city" key=${c.name}><circle r="2.2" cx=${at[0]} cy=${at[1]} /><text x=${at[0]} y=${at[1] - 6}>${c.name}</text></g>`;
    })}${drawnPorts.map((p) => {
        const at = to(p.lon, p.lat), left = p.label === 'left';
        return inside(at) && html`<g class="port" key=${p.id}><path d=${`M${at[0]} ${at[1] - 4.5}l4.5 4.5l-4.5 4.5l-4.5 -4.5z`} />
            <text x=${at[0] + (left ? -9 : 9)} y=${at[1] + 20} class=${left ? 'left' : ''}>${near ? p.name : p.name.split(' · ')[0]}</text></g>`;
    })}`;
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
    const all = trucks.value, labelled = all.length <= LABELS_MAX;
    return html`<section class="panel map" aria-labelledby="map-title">
        <header><h2 id="map-title">${say('map.title')}</h2><${Controls} /></header>
        <div class="map-ground" ref=${watchSize}>
            <svg class=${placing.value ? 'placing' : ''} viewBox=${`0 0 ${width} ${height}`} role="img"
                aria-label=${say('map.label', { n: shown.value.length })}
                onPointerDown=${onDown} onPointerMove=${onMove} onPointerUp=${onUp} onPointerLeave=${onUp} onWheel=${onWheel}>
                ${g && html`<path class="land" d=${g.land} /><path class="states" d=${g.states} /><path class="borders" d=${g.borders} />
                    <path class="route" d=${g.routes} />`}
                ${mapData.value && html`<${Places} />`}
                ${all.map((t) => html`<${Trail} key=${`t${t.crossing.id}`} crossing=${t.crossing} />`)}
                ${all.map((t) => html`<${Truck} key=${t.crossing.id} ...${t} label=${labelled || detail.value?.id === t.crossing.id} />`)}
            </svg>
            ${mapMissing.value && html`<p class="map-missing">${say('map.missing')}</p>`}
        </div>
        <${Legend} />
    </section>`;
}
