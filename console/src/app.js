// SPDX-License-Identifier: Apache-2.0
// The page: frame, sign-in, and the views in their places.
import { html } from 'htm/preact';
import { render } from 'preact';
import { effect } from '@preact/signals';
import { clockTime, count, secondTime } from './format.js';
import { Detail } from './detail.js';
import { CorridorMap } from './map.js';
import { Port } from './port.js';
import { look, looking } from './port_state.js';
import { Alarms, LaneChanges, Log, Sharing } from './panels.js';
import { alarms, announcement, asOf, connection, denied, fault, loadMap, node, nowMs, signedIn, signIn, signOut } from './state.js';
import { Crossings } from './table.js';
import { chooseLanguage, language, LANGUAGES, say } from './texts.js';

// The token comes in the address's fragment, which no request carries, and leaves the address bar at once.
function takeToken() {
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    if (location.hash) history.replaceState(null, '', location.pathname);
    if (token) signIn(token);
}

function Languages() {
    return html`<label class="language"><span class="sr">${say('page.language')}</span>
        <select value=${language.value} onChange=${(e) => chooseLanguage(e.target.value)}>
            ${LANGUAGES.map(([code, name]) => html`<option key=${code} value=${code} lang=${code} selected=${code === language.value}>${name}</option>`)}
        </select></label>`;
}

function Brand() {
    return html`<svg class="brand" viewBox="0 0 32 20" width="35" height="22" aria-hidden="true">
        <path d="M1 17h30M5 17V9M27 17V9M1 12c4 0 4-4 4-6 0 5 6 8 11 8s11-3 11-8c0 2 0 6 4 6" /></svg>`;
}

function Clock() {
    return html`<time class="clock" title=${say('page.clock')} datetime=${new Date(nowMs.value).toISOString()}>${clockTime(nowMs.value)}</time>`;
}

// Where the alarms do not stand beside the map, the header leads to them.
function AlarmCount() {
    const n = alarms.value.length;
    const go = () => document.getElementById('alarms-title').scrollIntoView({ block: 'start' });
    return n > 0 && !looking.value && html`<button type="button" class="alarm-count" onClick=${go}>${say('alarm.title')} <b>${count(n)}</b></button>`;
}

function Views() {
    const view = (at, key) => html`<button type="button" aria-current=${looking.value === at ? 'page' : null} onClick=${() => look(at)}>${say(key)}</button>`;
    return html`<nav class="views" aria-label=${say('page.views')}>${view(false, 'page.corridor')}${view(true, 'page.port')}</nav>`;
}

function Header() {
    return html`<header class="top">
        <${Brand} /><h1>${node.value?.party ?? say('page.title')}<span class="version">Puente ${node.value?.version}</span></h1>
        <${Views} />
        <span class=${`connection is-${connection.value}`}>${say(`link.${connection.value}`)}</span>
        <${Clock} /><${AlarmCount} /><${Languages} />
        <button type="button" onClick=${signOut}>${say('page.sign_out')}</button>
    </header>`;
}

function Banners() {
    const lost = connection.value === 'lost';
    return html`${node.value?.rehearsal && html`<p class="banner rehearsal">${say('page.rehearsal')}</p>`}
        ${lost && html`<p class="banner lost" role="status">${asOf.value ? say('link.as_of', { time: secondTime(asOf.value) }) : say('link.never')}</p>`}
        ${fault.value && html`<p class="banner lost" role="status">${say('link.fault', { detail: fault.value })}</p>`}`;
}

function SignIn() {
    const submit = (e) => {
        e.preventDefault();
        const token = new FormData(e.target).get('token').trim();
        if (token) signIn(token);
    };
    return html`<main class="signin"><form onSubmit=${submit}>
        <${Brand} /><h1>${say('signin.title')}</h1>
        ${denied.value && html`<p class="notice" role="alert">${say('signin.denied')}</p>`}
        <label for="token">${say('signin.token')}</label>
        <input id="token" name="token" type="password" autocomplete="off" required aria-describedby="token-hint" />
        <p id="token-hint" class="quiet">${say('signin.hint')}</p>
        <div class="row"><button type="submit" class="primary">${say('signin.go')}</button><${Languages} /></div>
    </form></main>`;
}

function Page() {
    if (!signedIn.value) return html`<${SignIn} />`;
    return html`${!looking.value && html`<a class="skip" href="#crossings" onClick=${(e) => { e.preventDefault(); document.getElementById('crossings').focus(); }}>${say('page.skip')}</a>`}
        <${Header} /><${Banners} />
        ${looking.value ? html`<${Port} />` : html`<main class="desk">
            <${CorridorMap} />
            <div class="side" tabindex="0" role="region" aria-label=${say('alarm.region')}><${Alarms} /><${LaneChanges} /></div>
            <${Sharing} />
            <${Log} />
            <${Crossings} />
            <${Detail} />
        </main>`}
        <p class="sr" role="status" aria-live="polite" id="announcement">${announcement.value}</p>`;
}

effect(() => {
    document.documentElement.lang = language.value;
    document.title = node.value ? `${node.value.party} · Puente` : say('page.title');
});

takeToken();
addEventListener('hashchange', takeToken);
loadMap();
render(html`<${Page} />`, document.getElementById('page'));
