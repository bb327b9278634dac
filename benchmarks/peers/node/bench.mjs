// SPDX-License-Identifier: Apache-2.0
// Times peers of Puente's expressions and rules on the same work: expressions.json and rules.json of the folder above.
//
//     node bench.mjs cel-js|json-rules-engine|zen-engine FOLDER
//
// Prints one JSON object: {"version": …, "ns": {expression: …}} or {"version": …, "facts_per_s": …}. A peer that gives
// another answer than is written beside the work ends the run.
import { readFileSync } from 'node:fs';

const [peer, folder] = process.argv.slice(2);
const read = name => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
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
    const { variables, facts, expressions } = read('expressions.json');
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

// `run(fact)` gives the numbers of the rules that hold.
async function rulesOf(name, facts, hits, run) {
    for (let i = 0; i < facts.length; i++) {
        const found = (await run(facts[i])).sort((a, b) => a - b);
        must(found.join() === hits[i].join(), `fact ${i}: rules ${found} hold, not ${hits[i]}`);
    }
    const rates = [];
    for (let round = 0; round < ROUNDS; round++) {
        let count = 0;
        const began = process.hrtime.bigint();
        while (process.hrtime.bigint() - began < 200_000_000n) {
            for (const fact of facts) await run(fact);
            count += facts.length;
        }
        rates.push(count / (Number(process.hrtime.bigint() - began) / 1e9));
    }
    return { version: version(name), facts_per_s: median(rates) };
}

function work() {
    const { fields, rules, facts, hits } = read('rules.json');
    const names = Object.keys(fields);
    return { fields, rules, hits, facts: facts.map(row => Object.fromEntries(row.map((value, i) => [names[i], value]))) };
}

async function jsonRulesEngine() {
    const { Engine } = (await import('json-rules-engine')).default;
    const { rules, facts, hits } = work();
    const operators = { '==': 'equal', '!=': 'notEqual', '<': 'lessThan', '>=': 'greaterThanInclusive' };
    const engine = new Engine();
    rules.forEach((rule, number) => engine.addRule({
        conditions: { all: rule.when.map(({ field, op, value }) => ({ fact: field, operator: operators[op], value })) },
        event: { type: rule.id, params: { number } },
    }));
    return rulesOf('json-rules-engine', facts, hits, async fact => (await engine.run(fact)).events.map(event => event.params.number));
}

async function zenEngine() {
    const { ZenEngine } = (await import('@gorules/zen-engine')).default;
    const { fields, rules, facts, hits } = work();
    const column = { id: 'out', name: 'out', field: 'number' };
    const table = {
        hitPolicy: 'collect',
        inputs: Object.keys(fields).map(field => ({ id: field, name: field, field })),
        outputs: [column],
        rules: rules.map(({ id, when }, number) => ({
            _id: id, out: String(number), ...Object.fromEntries(Object.keys(fields).map(field => [field, ''])),
            ...Object.fromEntries(when.map(({ field, op, value }) => [field, `${op === '==' ? '' : op} ${JSON.stringify(value)}`.trim()])),
        })),
    };
    const decision = new ZenEngine().createDecision({
        nodes: [
            { id: 'in', name: 'in', type: 'inputNode' },
            { id: 'rules', name: 'rules', type: 'decisionTableNode', content: table },
            { id: 'end', name: 'end', type: 'outputNode' },
        ],
        edges: [{ id: 'a', sourceId: 'in', targetId: 'rules' }, { id: 'b', sourceId: 'rules', targetId: 'end' }],
    });
    return rulesOf('@gorules/zen-engine', facts, hits, async fact => (await decision.evaluate(fact, { trace: true })).result.map(row => row.number));
}

const peers = { 'cel-js': celJs, 'json-rules-engine': jsonRulesEngine, 'zen-engine': zenEngine };
must(peers[peer], 'no such peer');
console.log(JSON.stringify(await peers[peer]()));
