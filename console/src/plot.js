// SPDX-License-Identifier: Apache-2.0
// Plots as SVG, drawn to the width they have. Each has its figures as text beside or below it.
import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { figure, shortTime } from './format.js';
import { say } from './texts.js';

const HOUR_MS = 3600e3;
const HEIGHT_PX = 190;
const PAD = { left: 34, right: 10, top: 12, bottom: 20 };

function useWidth() {
    const ref = useRef(null), [width, setWidth] = useState(480);
    useEffect(() => {
        const observer = new ResizeObserver(([entry]) => setWidth(Math.max(Math.round(entry.contentRect.width), 200)));
        observer.observe(ref.current);
        return () => observer.disconnect();
    }, []);
    return [ref, width];
}

// A round step so that about `wanted` of them reach `max`.
export function niceStep(max, wanted) {
    const raw = max / wanted, ten = 10 ** Math.floor(Math.log10(raw));
    return [1, 2, 5, 10].map((m) => m * ten).find((s) => s >= raw);
}

const line = (points) => points.map(([x, y], i) => `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');

function Band({ points, x, y }) {
    const known = points.filter((p) => typeof p.low === 'number' && typeof p.high === 'number');
    if (known.length < 2) return known.map((p) => html`<path class="plot-range" d=${line([[x(p.at), y(p.low)], [x(p.at), y(p.high)]])} />`);
    return html`<path class="plot-band" d=${`${line([...known.map((p) => [x(p.at), y(p.high)]), ...[...known].reverse().map((p) => [x(p.at), y(p.low)])])}Z`} />`;
}

// Measured hours with their intervals, then the hours ahead with theirs, and the target where there is one. What is
// drawn stands at the middle of its hour; a gap of an hour is left open.
export function HourPlot({ past, ahead, target, label }) {
    const [ref, width] = useWidth();
    const all = [...past, ...ahead];
    const from = Math.min(...all.map((p) => p.at)), to = Math.max(...all.map((p) => p.at)) + HOUR_MS;
    const top = Math.max(1, target ?? 0, ...all.map((p) => p.high ?? p.minutes)) * 1.05, step = niceStep(top, 4);
    const x = (at) => PAD.left + (at + HOUR_MS / 2 - from) / (to - from) * (width - PAD.left - PAD.right);
    const y = (v) => HEIGHT_PX - PAD.bottom - v / top * (HEIGHT_PX - PAD.top - PAD.bottom);
    const every = [1, 2, 3, 6, 12, 24, 48, 168].find((h) => (to - from) / HOUR_MS / h * 52 <= width - PAD.left) ?? 168;
    const runs = past.reduce((out, p) => {
        const last = out.at(-1);
        if (last && p.at - last.at(-1).at <= HOUR_MS) last.push(p);
        else out.push([p]);
        return out;
    }, []);
    const ticks = [];
    for (let v = 0; v <= top; v += step) ticks.push(v);
    const days = [];
    for (let at = from; at < to; at += every * HOUR_MS) days.push(at);
    return html`<div class="plot" ref=${ref}><svg role="img" aria-label=${label} width=${width} height=${HEIGHT_PX} viewBox=${`0 0 ${width} ${HEIGHT_PX}`}>
        ${ticks.map((v) => html`<g key=${v}><path class="plot-grid" d=${line([[PAD.left, y(v)], [width - PAD.right, y(v)]])} /><text class="plot-y" x=${PAD.left - 5} y=${y(v) + 4}>${figure(v)}</text></g>`)}
        ${days.map((at) => html`<text key=${at} class="plot-x" x=${x(at)} y=${HEIGHT_PX - 5}>${shortTime(new Date(at).toISOString(), at)}</text>`)}
        ${ahead.length > 0 && html`<path class="plot-now" d=${line([[x(ahead[0].at - HOUR_MS / 2), PAD.top - 8], [x(ahead[0].at - HOUR_MS / 2), HEIGHT_PX - PAD.bottom]])} />`}
        ${typeof target === 'number' && html`<path class="plot-target" d=${line([[PAD.left, y(target)], [width - PAD.right, y(target)]])} /><text class="plot-name" x=${PAD.left + 4} y=${y(target) - 4}>${say('port.target')}</text>`}
        <g class="measured">${runs.map((run) => html`<g key=${run[0].at}><${Band} points=${run} x=${x} y=${y} /><path class="plot-line" d=${line(run.map((p) => [x(p.at), y(p.minutes)]))} />
            ${run.map((p) => html`<circle key=${p.at} cx=${x(p.at)} cy=${y(p.minutes)} r="2.4" />`)}</g>`)}</g>
        ${ahead.length > 0 && html`<g class="ahead"><${Band} points=${ahead} x=${x} y=${y} /><path class="plot-line" d=${line(ahead.map((p) => [x(p.at), y(p.minutes)]))} />
            ${ahead.map((p) => html`<path key=${p.at} class="plot-mark" d=${`M${x(p.at)} ${y(p.minutes) - 3.4}l3.4 3.4l-3.4 3.4l-3.4 -3.4z`} />`)}</g>`}
    </svg></div>`;
}

// One figure with its interval on a scale from 0 to `max`; the figures stand beside it as text.
export function Interval({ value, low, high, max, mark }) {
    const x = (v) => 2 + Math.min(Math.max(v / max, 0), 1) * 96;
    return html`<svg class="interval" viewBox="0 0 100 14" preserveAspectRatio="none" width="100" height="14" aria-hidden="true">
        <path class="plot-grid" d="M2 12.5H98" />${typeof mark === 'number' && html`<path class="plot-target" d=${`M${x(mark)} 1V13`} />`}
        ${typeof low === 'number' && html`<path class="plot-range" d=${`M${x(low)} 7H${x(typeof high === 'number' ? high : max)}`} />`}
        ${typeof value === 'number' && html`<path class="plot-dot" d=${`M${x(value)} 3V11`} />`}</svg>`;
}

// A machine's interruptions over a period; planned ones are half as high, since colour alone says nothing. Nobody says
// when it was unknown, only how long: then the ground is grey.
export function Strip({ from, to, interruptions, known }) {
    const share = (ms) => Math.min(Math.max((ms - from) / (to - from), 0), 1) * 100;
    return html`<svg class="strip" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
        <rect class=${known ? 'strip-known' : 'strip-part'} x="0" y="0" width="100" height="12" />
        ${interruptions.map((i) => html`<rect key=${i.at} class=${i.planned ? 'strip-planned' : 'strip-down'} x=${share(i.at)} y=${i.planned ? 6 : 0} width=${Math.max(share(i.until) - share(i.at), 0.5)} height=${i.planned ? 6 : 12} />`)}
        ${[1, 2, 3, 4, 5, 6].map((d) => html`<path key=${d} class="plot-grid" d=${`M${d * 100 / 7} 0V12`} />`)}</svg>`;
}
