// SPDX-License-Identifier: Apache-2.0
// Times peers of Puente's expressions and rules on the same work: ../expressions.json, and what `expr_bench --dump-rules`
// writes.
//
//     node bench.mjs cel-js|json-rules-engine|zen-engine FILE
//
// Prints one JSON object: {"version": …, "ns": {expression: …}} or {"version": …, "facts_per_s": …}. A peer that gives
// another answer ends the run.
import { readFileSync } from 'node:fs';

const [peer, file] = process.argv.slice(2);
const work = JSON.parse(readFileSync(file, 'utf8'));
const version = name => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8')).version;
const median = times => times.sort((a, b) => a - b)[times.length >> 1];
const ROUNDS = 7;

function must(holds, what) {
    if (!holds) {
        console.error(`${peer}: ${what}`);
        process.exit(1);
    }
}

async function celJs() {
    const { Environment } = await import('@marcbachmann/cel-js');
    const { variables, facts, expressions } = work;
    const env = new Environment();
    const bound = {};
    for (const [name, type] of Object.entries(variables)) {
        env.registerVariable(name, type === 'timestamp' ? 'google.protobuf.Timestamp' : type.replace('(', '<').replace(')', '>'));
        bound[name] = type === 'int' || type === 'uint' ? BigInt(facts[name]) : type === 'timestamp' ? new Date(facts[name]) : facts[name];
    }
    const ns = {};
    for (const { name, text, result } of expressions) {
        try {
            const run = env.parse(text);
            must(run(bound) === result, `${text} gives ${run(bound)}`);
            const times = [];
            for (let round = 0; round < ROUNDS; round++) {
                let count = 0;
                const began = process.hrtime.bigint();
                while (process.hrtime.bigint() - began < 60_000_000n) {
                    for (let i = 0; i < 500; i++, count++) run(bound);
                }
                times.push(Number(process.hrtime.bigint() - began) / count);
            }
            ns[name] = median(times);
        } catch (error) {
            console.error(`cel-js cannot run ${name}: ${String(error.message).split('\n')[0]}`);
        }
    }
    return { version: version('@marcbachmann/cel-js'), ns };
}

const holds = {
    equal: (a, b) => a === b, notEqual: (a, b) => a !== b, in: (a, b) => b.includes(a),
    lessThan: (a, b) => a < b, lessThanInclusive: (a, b) => a <= b, greaterThan: (a, b) => a > b, greaterThanInclusive: (a, b) => a >= b,
};

// The numbers of the rules that hold for a record, the plain way.
const hits = record => work.rules.flatMap((rule, number) =>
    rule.all.every(({ fact, operator, value }) => holds[operator](record[fact], value)) ? [number] : []);

// `run(record)` gives the numbers of the rules that hold.
async function rulesOf(name, run) {
    const records = work.records.slice(0, 64);
    for (const record of records) {
        const found = (await run(record)).sort((a, b) => a - b), wanted = hits(record);
        must(found.join() === wanted.join(), `rules ${found} hold, not ${wanted}`);
    }
    const rates = [];
    for (let round = 0; round < ROUNDS; round++) {
        let count = 0;
        const began = process.hrtime.bigint();
        while (process.hrtime.bigint() - began < 200_000_000n) {
            for (const record of records) await run(record);
            count += records.length;
        }
        rates.push(count / (Number(process.hrtime.bigint() - began) / 1e9));
    }
    return { version: version(name), facts_per_s: median(rates) };
}

async function jsonRulesEngine() {
    const { Engine } = (await import('json-rules-engine')).default;
    const engine = new Engine();
    work.rules.forEach((rule, number) => engine.addRule({ conditions: { all: rule.all }, event: { type: `r${number}`, params: { number } } }));
    return rulesOf('json-rules-engine', async record => (await engine.run(record)).events.map(event => event.params.number));
}

// A condition as a cell of a decision table; two on one field stand in one cell.
function cell({ operator, value }) {
    const signs = { lessThan: '<', lessThanInclusive: '<=', greaterThan: '>', greaterThanInclusive: '>=', equal: '==', notEqual: '!=', in: 'in' };
    return `$ ${signs[operator]} ${JSON.stringify(value)}`;
}

async function zenEngine() {
    const { ZenEngine } = (await import('@gorules/zen-engine')).default;
    const fields = Object.keys(work.fields);
    const row = (rule, number) => ({
        _id: `r${number}`, out: String(number),
        ...Object.fromEntries(fields.map(field => [field, rule.all.filter(({ fact }) => fact === field).map(cell).join(' and ')])),
    });
    const table = {
        hitPolicy: 'collect',
        inputs: fields.map(field => ({ id: field, name: field, field })),
        outputs: [{ id: 'out', name: 'out', field: 'number' }],
        rules: work.rules.map(row),
    };
    const decision = new ZenEngine().createDecision({
        nodes: [
            { id: 'in', name: 'in', type: 'inputNode' },
            { id: 'rules', name: 'rules', type: 'decisionTableNode', content: table },
            { id: 'end', name: 'end', type: 'outputNode' },
        ],
        edges: [{ id: 'a', sourceId: 'in', targetId: 'rules' }, { id: 'b', sourceId: 'rules', targetId: 'end' }],
    });
    return rulesOf('@gorules/zen-engine', async record => (await decision.evaluate(record, { trace: true })).result.map(found => found.number));
}

const peers = { 'cel-js': celJs, 'json-rules-engine': jsonRulesEngine, 'zen-engine': zenEngine };
must(peers[peer], 'no such peer');
console.log(JSON.stringify(await peers[peer]()));
