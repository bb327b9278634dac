// SPDX-License-Identifier: Apache-2.0
// Opens the page in Chromium as an officer would, and looks: a crossing loses its green lane, a record opens, the
// languages change, nothing is said in the browser's log, nothing is asked of another host, axe-core finds nothing.
//
//     node page_test.mjs                                         against console/mock.mjs
//     node page_test.mjs --url URL --token T [--expect-loss TRIP]  against a node (in time to see TRIP still green)
//     [--screenshot FILE.png] [--dark] [--width N] [--height N] [--chromium PATH] [--wait SECONDS]
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { LOST_TRIP, startMock } from '../../console/mock.mjs';

const { values: options } = parseArgs({
    options: {
        url: { type: 'string' }, token: { type: 'string' }, 'expect-loss': { type: 'string' }, screenshot: { type: 'string' },
        dark: { type: 'boolean', default: false }, width: { type: 'string', default: '1280' }, height: { type: 'string', default: '800' },
        chromium: { type: 'string', default: '/usr/bin/chromium' }, wait: { type: 'string', default: '60' },
    },
});
const WAIT_MS = Number(options.wait) * 1000;
const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--ignore-certificate-errors'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let passed = 0, failed = 0;

async function step(name, run) {
    try {
        await run();
        passed++;
        console.log(`ok   ${name}`);
    } catch (e) {
        failed++;
        console.log(`FAIL ${name}\n     ${String(e.message).split('\n').slice(0, 12).join('\n     ')}`);
    }
}

function expect(condition, text) {
    if (!condition) throw new Error(text);
}

// What the browser complains of, from the first byte on.
function listen(page, origin, complaints) {
    page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) complaints.push(`console ${m.type()}: ${m.text()}`); });
    page.on('pageerror', (e) => complaints.push(`page error: ${e.stack}`));
    page.on('requestfailed', (r) => {
        // The page itself ends its stream when it is left or signed out.
        const leaving = r.failure()?.errorText === 'net::ERR_ABORTED' && r.url().includes('/v1/stream');
        if (!leaving) complaints.push(`request failed: ${r.url()} ${r.failure()?.errorText}`);
    });
    page.on('request', (r) => { if (new URL(r.url()).origin !== origin) complaints.push(`request to another host: ${r.url()}`); });
    page.on('response', (r) => { if (r.status() >= 400) complaints.push(`answer ${r.status()}: ${r.url()}`); });
}

const rowOf = (page, trip) => page.locator(`tr[data-trip="${trip}"]`);
const laneOf = (page, trip) => rowOf(page, trip).locator('.col-lane [data-lane]').getAttribute('data-lane');

async function seesLoss(page, trip) {
    await rowOf(page, trip).locator('[data-lane="green"]').waitFor({ timeout: WAIT_MS });
    await page.waitForFunction((t) => {
        const lane = document.querySelector(`tr[data-trip="${t}"] .col-lane [data-lane]`)?.dataset.lane;
        return lane && lane !== 'green';
    }, trip, { timeout: WAIT_MS });
}

async function wasGreenIsSaid(page, trip) {
    const was = await rowOf(page, trip).locator('.was').innerText({ timeout: 5000 });
    expect(was.toLowerCase().includes('green'), `the row says "${was}", not what the lane was`);
    const classes = await rowOf(page, trip).getAttribute('class');
    expect(classes.includes('moved'), `the row is not marked as changed: "${classes}"`);
    await page.waitForFunction(() => document.querySelector('#announcement').textContent.includes('green'), null, { timeout: 5000 });
}

async function opensDetail(page, trip) {
    await rowOf(page, trip).locator('button.trip').focus();
    await page.keyboard.press('Enter');
    await page.locator('.detail .why li').first().waitFor({ timeout: 10000 });
    for (const name of ['Why this lane', 'Custody', 'Timeline', 'Decisions']) await page.getByRole('heading', { name, exact: true }).waitFor({ timeout: 5000 });
    await focused(page, { read: () => document.activeElement.id, value: 'detail-title' }, 'the focus did not move into the record');
}

// Focus moves with the next frame, which a busy machine may be late with.
async function focused(page, is, what) {
    for (let i = 0; i < 50; i++) {
        if (await page.evaluate(is.read) === is.value) return;
        await page.waitForTimeout(100);
    }
    expect(false, what);
}

async function closesDetail(page, trip) {
    await page.keyboard.press('Escape');
    await page.locator('.detail').waitFor({ state: 'detached', timeout: 5000 });
    await focused(page, { read: () => document.activeElement.closest('tr')?.dataset.trip, value: trip }, 'the focus did not return to the row');
}

async function speaks(page, code, heading) {
    await page.locator('.language select').selectOption(code);
    await page.getByRole('heading', { name: heading, exact: true }).waitFor({ timeout: 5000 });
    expect(await page.evaluate(() => document.documentElement.lang) === code, 'the document does not say its language');
}

async function axeFinds(page) {
    // The debugger's evaluation is outside the page's content policy, so the policy stays as it is.
    await page.evaluate(AXE);
    const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const bad = violations.filter((v) => ['serious', 'critical'].includes(v.impact));
    expect(bad.length === 0, bad.map((v) => `${v.impact} ${v.id}: ${v.help}\n  ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 200)} ${n.failureSummary}`).join('\n  ')}`).join('\n'));
}

async function policyIsStrict(response) {
    const policy = response.headers()['content-security-policy'] ?? '';
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'"]) {
        expect(policy.includes(part), `the content policy lacks ${part}: "${policy}"`);
    }
    expect(!/unsafe|\*/.test(policy), `the content policy is open: "${policy}"`);
}

async function resumes(page, mock) {
    const before = mock.seen.lastEventIds.length;
    mock.dropStreams();
    await page.locator('.connection.is-lost').waitFor({ timeout: 5000 });
    await page.locator('.banner.lost').waitFor({ timeout: 5000 });
    await page.locator('.connection.is-live').waitFor({ timeout: 15000 });
    expect(mock.seen.lastEventIds.length > before && /^\d+$/.test(mock.seen.lastEventIds.at(-1)), `came back with Last-Event-ID ${mock.seen.lastEventIds.at(-1)}`);
}

async function fitsAPhone(page) {
    await page.setViewportSize({ width: 390, height: 844 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide <= 390, `the page is ${wide} px wide on a phone of 390`);
    await page.setViewportSize({ width: Number(options.width), height: Number(options.height) });
}

async function signsIn(page, base, token) {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.locator('tbody tr').first().waitFor({ timeout: 10000 });
}

const mock = options.url ? null : await startMock();
const base = options.url ?? mock.url, token = options.token ?? mock?.token ?? '';
const trip = options['expect-loss'] ?? (mock ? LOST_TRIP : null);
const browser = await chromium.launch({ executablePath: options.chromium, args: ARGS });
const context = await browser.newContext({
    ignoreHTTPSErrors: true, locale: 'en-US', colorScheme: options.dark ? 'dark' : 'light',
    viewport: { width: Number(options.width), height: Number(options.height) },
});
const page = await context.newPage();
const complaints = [];
listen(page, new URL(base).origin, complaints);

let first = null;
await step('opens with a table of crossings', async () => {
    first = await page.goto(`${base.replace(/\/?$/, '/')}#token=${encodeURIComponent(token)}`);
    await page.locator('tbody tr').first().waitFor({ timeout: WAIT_MS });
    await page.locator('.connection.is-live').waitFor({ timeout: 10000 });
});
await step('is served under a strict content policy', () => policyIsStrict(first));
await step('removes the token from the address bar', async () => expect(!page.url().includes('token'), page.url()));
await step('draws the map and its trucks', async () => {
    await page.locator('.land').waitFor({ state: 'attached', timeout: 10000 });
    await page.locator('.truck').first().waitFor({ state: 'attached', timeout: WAIT_MS });
});
if (trip) {
    await step(`sees ${trip} lose its green lane`, () => seesLoss(page, trip));
    await step('says what the lane was, in the row and aloud', () => wasGreenIsSaid(page, trip));
}
const record = trip ?? await page.locator('tbody tr').first().getAttribute('data-trip');
if (options.screenshot) {
    await page.waitForTimeout(1500);
    await page.screenshot({ path: options.screenshot });
}
await step('finds no serious fault with axe-core on the desk', () => axeFinds(page));
await step('opens a record from the keyboard', () => opensDetail(page, record));
if (options.screenshot) await page.screenshot({ path: options.screenshot.replace(/(\.png)?$/, '-record.png') });
await step('finds no serious fault with axe-core on the record', () => axeFinds(page));
await step('closes it with Escape and returns to the row', () => closesDetail(page, record));
await step('speaks Spanish', () => speaks(page, 'es', 'Cruces'));
await step('speaks French', () => speaks(page, 'fr', 'Passages'));
await step('keeps the language', async () => expect(await page.evaluate(() => localStorage.getItem('puente.language')) === 'fr', 'not kept'));
await step('speaks English again', () => speaks(page, 'en', 'Crossings'));
await step('fits a phone', () => fitsAPhone(page));
await step('filters by lane', async () => {
    const lane = await laneOf(page, record);
    await page.locator(`.chip.lane-${lane}`).click();
    const shown = await page.locator('tbody [role="cell"].col-lane [data-lane]').evaluateAll((all) => [...new Set(all.map((e) => e.dataset.lane))]);
    expect(shown.length === 1 && shown[0] === lane, `filtered by ${lane}, shows ${shown}`);
    await page.locator(`.chip.lane-${lane}`).click();
});
if (mock) await step('comes back after a cut, from the last event it saw', () => resumes(page, mock));
await step('signs out, and in again by hand', () => signsIn(page, base, token));
await step('keeps the browser’s log empty', async () => expect(complaints.length === 0, complaints.join('\n')));

await browser.close();
await mock?.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
