// SPDX-License-Identifier: Apache-2.0
// Opens the page in Chromium as an officer would, and looks: a crossing loses its green lane, a record opens, the
// port's waits and machines are shown, the languages change, nothing is said in the browser's log, nothing is asked of another host, axe-core finds nothing.
//
//     node page_test.mjs                                         against console/mock.mjs
//     node page_test.mjs --url URL --token T [--expect-loss TRIP]  against a node (in time to see TRIP still green)
//     [--screenshot FILE.png] [--dark] [--width N] [--height N] [--chromium PATH] [--wait SECONDS]
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { CHOSEN_TRIP, LOST_TRIP, startMock } from '../../console/mock.mjs';

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

// A node that does not say what the token is for can only be asked.
const mayBeRefused = (url) => options.url && /\/v1\/(outcomes|equipment|ports)/.test(url ?? '');

// What the browser complains of, from the first byte on.
function listen(page, origin, complaints) {
    page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !mayBeRefused(m.location().url)) complaints.push(`console ${m.type()}: ${m.text()}`); });
    page.on('pageerror', (e) => complaints.push(`page error: ${e.stack}`));
    page.on('requestfailed', (r) => {
        // The page itself ends its stream, and what it was reading, when it is left or signed out.
        const leaving = r.failure()?.errorText === 'net::ERR_ABORTED' && /\/v1\/(stream|ports|equipment|outcomes)/.test(r.url());
        if (!leaving) complaints.push(`request failed: ${r.url()} ${r.failure()?.errorText}`);
    });
    page.on('request', (r) => { if (new URL(r.url()).origin !== origin) complaints.push(`request to another host: ${r.url()}`); });
    page.on('response', (r) => { if (r.status() >= 400 && !(r.status() === 403 && mayBeRefused(r.url()))) complaints.push(`answer ${r.status()}: ${r.url()}`); });
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
    await page.locator('tr[data-trip]').first().waitFor({ timeout: 10000 });
}

// ---- The port's choice ----

async function saysChoice(page, trip) {
    await opensDetail(page, trip);
    const choice = page.locator('.choice');
    await choice.waitFor({ timeout: 5000 });
    const text = await choice.innerText();
    for (const part of ['Sent to', 'nii', 'The rules ask at least for', 'Document check', 'Why stricter', 'outweighs the wait']) expect(text.includes(part), `the choice does not say "${part}": ${text}`);
    const why = await page.locator('.detail .why').first().innerText();
    expect(why.includes('raises the risk (+0.8)'), `a weight is not told as one: ${why}`);
}

// Chance is for who audits it: neither the choice nor the statement on the timeline may show the draw.
async function showsChance(page, shown) {
    await page.locator('.detail details').evaluateAll((all) => all.forEach((d) => { d.open = true; }));
    const text = await page.locator('.detail').innerText();
    for (const part of ['Sent by chance', 'Probability of this lane', '0.413907', 'weights-by-axle', 'night-tyres']) expect(text.includes(part) === shown, `"${part}" is ${shown ? 'not ' : ''}shown`);
    expect(/by_chance|propensity|"draw"/.test(text) === shown, `the statement's own members are ${shown ? 'not ' : ''}shown`);
}

async function asksWhatWould(page, mock) {
    expect(mock.seen['would-change'] === 0, 'it was read before anybody asked');
    const part = page.locator('#would-change');
    const button = part.getByRole('button');
    expect((await button.innerText()).includes('logged'), 'the button does not say that the reading is logged');
    await button.click();
    await part.getByText('green, if «manufacturer» were valid').waitFor({ timeout: 5000 });
    expect(mock.seen['would-change'] === 1, `it was read ${mock.seen['would-change']} times`);
    await page.locator('#narrative').getByRole('button').click();
    await page.locator('#narrative').getByText('where its rules send it').waitFor({ timeout: 5000 });
}

// ---- The port ----

async function opensPort(page) {
    await page.getByRole('button', { name: 'Port', exact: true }).click();
    await page.locator('#ports tbody tr, .port-view > .notice').first().waitFor({ timeout: 10000 });
    if (await page.locator('#ports').count()) await page.locator('#targets').waitFor({ timeout: 10000 });
    await focused(page, { read: () => document.activeElement.id, value: 'port-title' }, 'the focus did not move to the port');
}

async function saysFigures(page) {
    const text = async (id) => (await page.locator(`#${id}`).innerText()).replaceAll('\u2060', '');
    const want = {
        targets: ['31.2 (28.8–33.6)', 'cannot be told', 'missed'], waits: ['positions', '371', '92% of arrivals', 'only 15% of arrivals', '19 (14.6–?)'],
        hours: ['off by 4.7 min', '49% better', 'held 91%'], machines: ['detectors', 'waiting for parts', 'since', '70.2%', '75%–95%', 'rated 100', 'not known'],
        hits: ['Drawn by chance', '0.6%', '3 / 498', '× 5.3'], ports: ['Laredo', 'Eagle Pass', 'Otay Mesa', '2 of 4'],
    };
    for (const [id, parts] of Object.entries(want)) for (const part of parts) expect((await text(id)).includes(part), `${id} does not say "${part}": ${await text(id)}`);
    const label = await page.locator('#hours svg[role=img]').getAttribute('aria-label');
    expect(/Last measured: [\d.]+ min\. Next hour: [\d.]+ min/.test(label), `the plot's label says "${label}"`);
    const drawn = await page.locator('#hours .ahead .plot-mark').count();
    expect(drawn === 6, `${drawn} hours ahead are drawn`);
}

async function choosesAnother(page) {
    await page.locator('#ports').getByRole('button', { name: 'Eagle Pass' }).click();
    await page.getByRole('heading', { name: 'Eagle Pass' }).waitFor({ timeout: 5000 });
    await page.getByText('No forecast yet: 112 hours').waitFor({ timeout: 10000 });
    await page.locator('.port-head select').selectOption({ label: 'Laredo' });
    await page.locator('#hours .ahead .plot-mark').first().waitFor({ timeout: 10000 });
}

async function seesFailure(page, mock) {
    await page.locator('#machines [data-state="up"]').first().waitFor({ timeout: 5000 });
    mock.seen.broken = true;
    await page.locator('#machines tr', { hasText: 'Portal 1' }).locator('[data-state="down"]').waitFor({ timeout: 45000 });
    await page.waitForFunction(() => document.querySelector('#announcement').textContent.includes('Portal 1: now down'), null, { timeout: 5000 });
}

async function returnsToCorridor(page) {
    await page.getByRole('button', { name: 'Corridor', exact: true }).click();
    await page.locator('tr[data-trip]').first().waitFor({ timeout: 5000 });
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
    await page.locator('tr[data-trip]').first().waitFor({ timeout: WAIT_MS });
    await page.locator('.connection.is-live').waitFor({ timeout: 10000 });
});
await step('is served under a strict content policy', () => policyIsStrict(first));
await step('removes the token from the address bar', async () => expect(!page.url().includes('token'), page.url()));
await step('draws the map and its trucks', async () => {
    await page.locator('.land').waitFor({ state: 'attached', timeout: 10000 });
    // A node whose trucks carry no tracker has none to draw.
    const placed = await page.locator('tr[data-trip] .col-position [title]').count();
    if (placed || mock || trip) await page.locator('.truck').first().waitFor({ state: 'attached', timeout: WAIT_MS });
});
if (trip) {
    await step(`sees ${trip} lose its green lane`, () => seesLoss(page, trip));
    await step('says what the lane was, in the row and aloud', () => wasGreenIsSaid(page, trip));
}
const record = trip ?? await page.locator('tr[data-trip]').first().getAttribute('data-trip', { timeout: 5000 });
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
await step('opens the port', () => opensPort(page));
await step('finds no serious fault with axe-core on the port', () => axeFinds(page));
if (mock) {
    await step('says waits, forecast, machines, targets and hits with their intervals', () => saysFigures(page));
    await step('shows another port, and returns', () => choosesAnother(page));
}
if (options.screenshot) await page.screenshot({ path: options.screenshot.replace(/(\.png)?$/, '-port.png') });
await step('fits the port on a phone', () => fitsAPhone(page));
if (mock) await step('sees a portal fail, and says so aloud', () => seesFailure(page, mock));
await step('returns to the corridor', () => returnsToCorridor(page));
if (mock) {
    await step('says what the port chose, and why stricter', () => saysChoice(page, CHOSEN_TRIP));
    await step('shows an analyst the chance in it', () => showsChance(page, true));
    await step('asks what would have changed the lane by a button alone', () => asksWhatWould(page, mock));
    await step('finds no serious fault with axe-core on the choice', () => axeFinds(page));
    if (options.screenshot) await page.screenshot({ path: options.screenshot.replace(/(\.png)?$/, '-choice.png') });
    await step('closes the choice', () => closesDetail(page, CHOSEN_TRIP));
}
if (mock) await step('comes back after a cut, from the last event it saw', () => resumes(page, mock));
await step('signs out, and in again by hand', () => signsIn(page, base, token));
if (mock) {
    await step('signs in as an officer', () => signsIn(page, base, 'officer'));
    await step('says to an officer what the port chose', () => saysChoice(page, CHOSEN_TRIP));
    await step('shows an officer no chance and no oracle', async () => {
        await showsChance(page, false);
        expect(await page.locator('#would-change').count() === 0, 'an officer is offered what would have changed');
    });
    await step('shows an officer the port without hits', async () => {
        await closesDetail(page, CHOSEN_TRIP);
        await opensPort(page);
        expect(await page.locator('#machines').count() === 1 && await page.locator('#hits').count() === 0, 'hits are shown, or no machines');
    });
}
await step('keeps the browser’s log empty', async () => expect(complaints.length === 0, complaints.join('\n')));

await browser.close();
await mock?.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
