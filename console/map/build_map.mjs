// SPDX-License-Identifier: Apache-2.0
// Cuts the corridor out of Natural Earth (countries, 1:10m) and the Census states, simplifies it, and writes one
// small TopoJSON with the ports, cities and routes beside it. Same input, same bytes.
import { readFileSync } from 'node:fs';
import { geoIdentity, geoStream } from 'd3-geo';
import { feature, mesh } from 'topojson-client';
import { topology } from 'topojson-server';
import { presimplify, simplify, filter, filterWeight } from 'topojson-simplify';

const BOX = [[-132, 13], [-64, 54]]; // degrees: the corridor, the western ports, and what a wide screen shows around them
const COUNTRIES = { 124: 'CA', 484: 'MX', 840: 'US', 320: 'GT', '084': 'BZ' };
const AREA_MIN = 0.0025;        // square degrees: below it a bend is not seen at corridor scale
const ISLAND_MIN = 0.02;
const GRID = 16384;             // steps across the box: about a quarter of a kilometre
const PORT_RADIUS = 0.9;        // degrees around a port that keep their detail
const PORT_FACTOR = 60;

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

// d3's rectangle clip is a stream; this end of it collects rings and lines again.
function collector() {
    const out = { rings: [], lines: [] };
    let points = null, polygon = false;
    return {
        out,
        stream: {
            point(x, y) { if (points) points.push([x, y]); },
            lineStart() { points = []; },
            lineEnd() {
                if (polygon) points.push(points[0]);
                (polygon ? out.rings : out.lines).push(points);
                points = null;
            },
            polygonStart() { polygon = true; },
            polygonEnd() { polygon = false; },
            sphere() {},
        },
    };
}

function clipped(object) {
    const { out, stream } = collector();
    geoStream(object, geoIdentity().clipExtent(BOX).stream(stream));
    return out;
}

function nearPort(ports, [lon, lat]) {
    return ports.some((p) => Math.hypot(p.lon - lon, p.lat - lat) < PORT_RADIUS);
}

function unquantized(topo, arcs) {
    if (!topo.transform) return arcs;
    const { scale: [kx, ky], translate: [dx, dy] } = topo.transform;
    return arcs.map((arc) => {
        let x = 0, y = 0;
        return arc.map(([ax, ay]) => [(x += ax) * kx + dx, (y += ay) * ky + dy]);
    });
}

function simplified(topo, ports) {
    const weighted = presimplify(topo);
    const plain = unquantized(topo, topo.arcs);
    weighted.arcs.forEach((arc, i) => arc.forEach((point, j) => {
        if (nearPort(ports, plain[i][j])) point[2] *= PORT_FACTOR;
    }));
    const thin = simplify(weighted, AREA_MIN);
    return filter(thin, filterWeight(thin, ISLAND_MIN));
}

export function buildMap(root) {
    const places = readJson(`${root}/map/places.json`);
    const world = readJson(`${root}/node_modules/world-atlas/countries-10m.json`);
    const us = readJson(`${root}/node_modules/us-atlas/states-10m.json`);

    const wanted = { type: 'GeometryCollection', geometries: world.objects.countries.geometries.filter((g) => COUNTRIES[g.id]) };
    const states = { type: 'MultiLineString', coordinates: clipped(mesh(us, us.objects.states, (a, b) => a !== b)).lines };
    const land = {
        type: 'FeatureCollection',
        features: feature(world, wanted).features
            .map((f) => ({
                type: 'Feature', id: COUNTRIES[f.id], properties: {},
                // Each ring is a polygon of its own: no country here has a hole that the page could show.
                geometry: { type: 'MultiPolygon', coordinates: clipped(f).rings.filter((r) => r.length > 3).map((r) => [r]) },
            }))
            .filter((f) => f.geometry.coordinates.length > 0),
    };
    const cut = topology({ land, states: { type: 'Feature', id: 'states', properties: {}, geometry: states } }, GRID);
    const topo = simplified(cut, places.ports);
    const small = topology({ land: feature(topo, topo.objects.land), states: feature(topo, topo.objects.states) }, GRID);
    delete small.bbox;
    return JSON.stringify({ topology: small, ...places });
}
