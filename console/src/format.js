// SPDX-License-Identifier: Apache-2.0
// Values to text: times, distances, identifiers. Times are shown in the booth's zone; the exact UTC text is the tooltip.
import { language, locale } from './texts.js';

const formats = new Map();

function format(options) {
    const key = locale.value + JSON.stringify(options);
    if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale.value, options));
    return formats.get(key);
}

// API times are RFC 3339 text; a number is a header's own UTC microseconds. Milliseconds, or NaN.
export function millis(time) {
    if (typeof time === 'number') return time / 1000;
    return typeof time === 'string' ? Date.parse(time) : NaN;
}

export function exactTime(time) {
    const ms = millis(time);
    return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
}

const HOUR_MINUTE = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

// Short: the hour alone when it is within half a day of `nowMs`, else with its date.
export function shortTime(time, nowMs) {
    const ms = millis(time);
    if (Number.isNaN(ms)) return '–';
    const near = Math.abs(ms - nowMs) < 12 * 3600e3;
    return format(near ? HOUR_MINUTE : { month: 'short', day: 'numeric', ...HOUR_MINUTE }).format(ms);
}

export function secondTime(ms) {
    return format({ ...HOUR_MINUTE, second: '2-digit' }).format(ms);
}

export function clockTime(ms) {
    return format({ weekday: 'short', day: 'numeric', month: 'short', ...HOUR_MINUTE, second: '2-digit', timeZoneName: 'short' }).format(ms);
}

export function dateText(time) {
    const ms = millis(time);
    if (Number.isNaN(ms)) return '–';
    // A bare date is that day everywhere; it must not become the day before, west of Greenwich.
    return format({ dateStyle: 'medium', ...(/^\d{4}-\d\d-\d\d$/.test(time) && { timeZone: 'UTC' }) }).format(ms);
}

export function ageText(time, nowMs) {
    const seconds = Math.round((millis(time) - nowMs) / 1000);
    if (Number.isNaN(seconds)) return '';
    const relative = new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto', style: 'narrow' });
    if (Math.abs(seconds) < 3600) return relative.format(Math.round(seconds / 60), 'minute');
    if (Math.abs(seconds) < 86400) return relative.format(Math.round(seconds / 3600), 'hour');
    return relative.format(Math.round(seconds / 86400), 'day');
}

export function count(n) {
    return new Intl.NumberFormat(locale.value).format(n ?? 0);
}

// A measured figure: at most `digits` behind the point, a dash for what is not known.
export function figure(n, digits = 1) {
    return typeof n === 'number' ? new Intl.NumberFormat(locale.value, { maximumFractionDigits: digits }).format(n) : '–';
}

export function percent(share, digits = 1) {
    return typeof share === 'number' ? new Intl.NumberFormat(locale.value, { style: 'percent', maximumFractionDigits: digits }).format(share) : '–';
}

const EARTH_KM = 6371;

export function distanceKm(a, b) {
    const rad = Math.PI / 180;
    const dLat = (b.lat - a.lat) * rad, dLon = (b.lon - a.lon) * rad;
    const h = Math.sin(dLat / 2) ** 2 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * Math.sin(dLon / 2) ** 2;
    return 2 * EARTH_KM * Math.asin(Math.sqrt(h));
}

const shortId = (id) => String(id ?? '').slice(0, 8);

export function tripName(crossing) {
    return crossing.trip || crossing.identifiers?.[0]?.value || shortId(crossing.id);
}

const CARRIER_SCHEMES = ['us.scac', 'mx.caat', 'ca.carrier', 'party', 'mx.rfc'];

// How a subject is best known to a person: the first scheme of `preferred` that it has, else its first identifier.
function bestIdentifier(subject, preferred) {
    const ids = subject?.identifiers ?? [];
    for (const scheme of preferred) {
        const found = ids.find((i) => i.scheme === scheme);
        if (found) return found;
    }
    return ids[0];
}

export function carrierName(crossing) {
    const carrier = crossing.carrier;
    return bestIdentifier(carrier, CARRIER_SCHEMES)?.value ?? (carrier?.id ? shortId(carrier.id) : '');
}

function platesOf(subject) {
    if (!subject) return [];
    const known = (subject.identifiers ?? []).filter((i) => /^plate\.|^trailer\./.test(i.scheme)).map((i) => i.value);
    return [...new Set(known)];
}

// The tractor's plates first, then the trailers'.
export function plateList(crossing) {
    return [...platesOf(crossing.conveyance), ...(crossing.trailers ?? []).flatMap(platesOf)];
}

export function identifierTexts(subject) {
    const ids = (subject?.identifiers ?? []).map((i) => `${i.scheme} ${i.value}`);
    return ids.length || !subject?.id ? ids : [shortId(subject.id)];
}

export function sealNumber(seal) {
    return bestIdentifier(seal, ['iso17712'])?.value ?? shortId(seal.id);
}

export function reasonText(reason) {
    return reason[language.value] || reason.en || reason.rule;
}
