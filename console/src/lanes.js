// SPDX-License-Identifier: Apache-2.0
// Lanes and seals as shapes: what colour says, shape says too.
import { html } from 'htm/preact';
import { word } from './texts.js';

export const LANES = ['green', 'document', 'scan', 'joint', 'hold'];
export const laneRank = (lane) => LANES.indexOf(lane);
export const CHOICE_RULE = 'lane-choice'; // the reason that is the port's choice, not a rule's
export const stricter = (a, b) => (laneRank(b) > laneRank(a) ? b : a);

// Drawn around 0,0 in a box of about 14.
const SHAPES = {
    green: 'M-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z',
    document: 'M-5.4 -5.4h10.8v10.8h-10.8z',
    scan: 'M0 -7.2L7.2 0L0 7.2L-7.2 0z',
    joint: 'M0 -7L6.9 5.4H-6.9z',
    hold: 'M-2.9 -7h5.8L7 -2.9v5.8L2.9 7h-5.8L-7 2.9v-5.8z',
    none: 'M-4 -1h8v2h-8z',
};
// The sign within the shape, drawn in the ground's colour.
const SIGNS = {
    green: 'M-2.8 .2L-.8 2.3L3 -2.1',
    document: 'M-2.6 -1.7h5.2M-2.6 1.7h5.2',
    scan: 'M-3 0h6M0 -3v6',
    joint: 'M0 -2.6v3.6M0 3.1v.1',
    hold: 'M-2.6 -2.6L2.6 2.6M2.6 -2.6L-2.6 2.6',
    none: '',
};

const known = (lane) => (Object.hasOwn(SHAPES, lane ?? '') ? lane : 'none');

export function LaneShape({ lane }) {
    const name = known(lane);
    return html`<path class=${`lane-fill lane-${name}`} d=${SHAPES[name]} /><path class="lane-sign" d=${SIGNS[name]} />`;
}

export function LaneIcon({ lane }) {
    return html`<svg class="lane-icon" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"><${LaneShape} lane=${lane} /></svg>`;
}

export function LaneBadge({ lane }) {
    const name = known(lane);
    return html`<span class=${`badge lane-${name}`} data-lane=${name}><${LaneIcon} lane=${name} />${word('lane', name)}</span>`;
}

// A weight moves the risk and asks for no lane: an arrow, up for more risk.
export function WeightIcon({ weight }) {
    return html`<svg class="lane-icon" viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true"><path class="weight-arrow" d=${weight < 0 ? 'M0 5V-5M-4 1L0 5L4 1' : 'M0 5V-5M-4 -1L0 -5L4 -1'} /></svg>`;
}

// Strictest first, then what only weighs, the heavier first. The port's choice stands behind the rules it agrees with.
export function orderReasons(reasons) {
    const rank = (r) => laneRank(r.lane) * 2 - (r.rule === CHOICE_RULE ? 1 : 0);
    return [...(reasons ?? [])].sort((a, b) => rank(b) - rank(a) || Math.abs(b.weight ?? 0) - Math.abs(a.weight ?? 0));
}

const SHACKLES = { on: 'M-2.6 -.6v-2a2.6 2.6 0 0 1 5.2 0v2', open: 'M-2.6 -.6v-3.4a2.6 2.6 0 0 1 5 -1', off: '', replaced: 'M-2.6 -.6v-2a2.6 2.6 0 0 1 5.2 0v2' };

// A padlock: closed, open, only outlined when off, with a bar when replaced.
export function SealShape({ state }) {
    const name = Object.hasOwn(SHACKLES, state) ? state : 'off';
    return html`<g class=${`seal seal-${name}`}>
        <path class="shackle" d=${SHACKLES[name]} /><path class="body" d="M-4 -.8h8v6h-8z" />
        ${name === 'replaced' && html`<path class="bar" d="M-2.4 2.2h4.8" />`}
    </g>`;
}

export function SealIcon({ state }) {
    return html`<svg class="seal-icon" viewBox="-6 -7 12 14" width="13" height="15" aria-hidden="true"><${SealShape} state=${state} /></svg>`;
}

// What the seals of a crossing say together: an open one outweighs a closed one; old ones count only alone.
export function sealState(crossing) {
    const states = (crossing.seals ?? []).map((s) => s.state);
    return ['open', 'on', 'replaced', 'off'].find((s) => states.includes(s)) ?? null;
}
