// SPDX-License-Identifier: Apache-2.0
// Sources and map to dist/: one script, one style sheet, one map, no file name that changes.
import { build } from 'esbuild';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { buildMap } from './map/build_map.mjs';

const ROOT = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');
const GZIP_MAX = 75 * 1024;
const BUNDLED = ['preact', '@preact/signals', '@preact/signals-core', 'htm', 'd3-geo', 'd3-array', 'topojson-client', 'world-atlas', 'us-atlas'];
const MAP_SOURCE = `
${'-'.repeat(72)}

The map's outlines are cut from Natural Earth (public domain) and the United States Census Bureau's cartographic
boundary files (public domain), by way of world-atlas and us-atlas.
`;

async function buildInto(out) {
    mkdirSync(out, { recursive: true });
    await build({
        absWorkingDir: ROOT,
        entryPoints: { app: 'src/app.js' },
        bundle: true, minify: true, format: 'iife', target: 'es2022', charset: 'utf8', legalComments: 'none', logLevel: 'warning',
        banner: { js: '// Puente, Apache-2.0; the libraries within: licenses.txt' },
        outdir: out,
    });
    await build({ absWorkingDir: ROOT, entryPoints: { app: 'static/app.css' }, bundle: true, minify: true, target: 'chrome120', logLevel: 'warning', outdir: out });
    for (const name of ['index.html', 'favicon.svg']) writeFileSync(join(out, name), readFileSync(join(ROOT, 'static', name)));
    writeFileSync(join(out, 'map.json'), buildMap(ROOT));
    writeFileSync(join(out, 'licenses.txt'), licenses());
}

// The licences ask that their text goes with every copy.
function licenses() {
    const text = (name) => readFileSync(join(ROOT, 'node_modules', name, 'LICENSE'), 'utf8').trim();
    const parts = BUNDLED.map((name) => `${name}\n\n${text(name)}\n`);
    return `app.js and map.json contain, besides Puente's own work (Apache-2.0):\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}${MAP_SOURCE}`;
}

function sizes(folder) {
    return readdirSync(folder).sort().map((name) => [name, gzipSync(readFileSync(join(folder, name)), { level: 9 }).length]);
}

function differences(a, b) {
    const names = new Set([...readdirSync(a), ...readdirSync(b)]);
    const read = (folder, name) => (readdirSync(folder).includes(name) ? readFileSync(join(folder, name)) : Buffer.from('absent'));
    return [...names].filter((name) => !read(a, name).equals(read(b, name)));
}

const dist = join(ROOT, 'dist');
const check = process.argv.includes('--check');
const out = check ? mkdtempSync(join(tmpdir(), 'puente-console-')) : dist;
if (!check) rmSync(dist, { recursive: true, force: true });
await buildInto(out);

const listed = sizes(out), total = listed.reduce((sum, [, n]) => sum + n, 0);
for (const [name, n] of listed) console.log(`${name.padEnd(14)}${String(n).padStart(7)} bytes gzip`);
console.log(`${'all'.padEnd(14)}${String(total).padStart(7)} bytes gzip, at most ${GZIP_MAX}`);
if (total > GZIP_MAX) {
    console.error('console/build: the page is larger than it may be');
    process.exitCode = 1;
}
if (check) {
    const different = differences(out, dist);
    rmSync(out, { recursive: true });
    if (different.length) {
        console.error(`console/build --check: dist/ is not what the sources build: ${different.join(', ')}`);
        process.exitCode = 1;
    } else {
        console.log('dist/ is what the sources build');
    }
}
