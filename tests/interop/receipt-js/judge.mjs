// SPDX-License-Identifier: Apache-2.0
// judge.mjs RECEIPT VERIFIER_KEY: checks a receipt with none of our code. The header and the extra are canonical by the
// npm package `canonicalize`, each disclosure hashes by OpenWallet's SD-JWT library, the tree and the signature are
// RFC 6962 and Ed25519 by Node's own crypto. Exits 0 and says what the statement discloses, or 1 with what does not hold.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Disclosure } from '@sd-jwt/utils';
import canonicalize from 'canonicalize';

const [file, vkey] = process.argv.slice(2);
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest();

function expect(holds, text) {
    if (holds) return;
    console.log(`does not hold: ${text}`);
    process.exit(1);
}

// RFC 9162 2.1.3.2.
function rootFromPath(leaf, index, size, path) {
    let node = leaf, fn = index, sn = size - 1n;
    for (const sibling of path) {
        expect(sn > 0n, 'the inclusion proof is too long');
        if (fn & 1n || fn === sn) {
            node = sha256(Buffer.of(1), sibling, node);
            while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
        } else {
            node = sha256(Buffer.of(1), node, sibling);
        }
        fn >>= 1n;
        sn >>= 1n;
    }
    expect(sn === 0n, 'the inclusion proof is too short');
    return node;
}

// C2SP signed-note: "name+id+base64(algorithm, key)"; the id is the hash of the name and that.
function openKey(text) {
    const [, name, id, data] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
    const bytes = Buffer.from(data ?? '', 'base64');
    expect(bytes.length === 33 && bytes[0] === 1, 'the verifier key is no Ed25519 key');
    expect(sha256(Buffer.from(`${name}\n`), bytes).subarray(0, 4).toString('hex') === id, 'the verifier key has another id');
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)]);
    return { name, id: Buffer.from(id, 'hex'), key: createPublicKey({ key: spki, format: 'der', type: 'spki' }) };
}

const receipt = readFileSync(file, 'utf8');
const [head, text, signatures] = receipt.split('\n\n');
const lines = head.split('\n');
expect(lines[0] === 'c2sp.org/tlog-proof@v1', 'the first line');
const extraText = Buffer.from(lines[1].slice('extra '.length), 'base64').toString('utf8');
const extra = JSON.parse(extraText), header = JSON.parse(extra.statement);
expect(canonicalize(extra) === extraText, 'the extra is not RFC 8785');
expect(canonicalize(header) === extra.statement, 'the header is not RFC 8785');

// RFC 9901: digests of disclosures, and our root over the sorted digests.
const digests = extra.digests.map((d) => Buffer.from(d, 'base64url'));
expect(digests.every((d, i) => d.length === 32 && (!i || Buffer.compare(digests[i - 1], d) < 0)), 'the digests are not sorted');
expect(sha256(...digests).toString('base64url') === header.body, 'the body is not the root of the digests');
const hash = { alg: 'sha-256', hasher: (data) => new Uint8Array(createHash('sha256').update(data).digest()) };
const members = {};
extra.disclosures.forEach((disclosure, i) => {
    if (disclosure === null) return;
    const read = Disclosure.fromEncodeSync(Buffer.from(disclosure).toString('base64url'), hash);
    expect(read.digestSync(hash) === extra.digests[i], `disclosure ${i} has another digest`);
    members[read.key] = read.value;
});

const [origin, size, root] = text.split('\n');
const index = /^index (0|[1-9]\d*)$/.exec(lines[2])?.[1];
expect(index !== undefined && BigInt(index) < BigInt(size), 'the index');
const leaf = sha256(Buffer.of(0), Buffer.from(extra.statement));
const computed = rootFromPath(leaf, BigInt(index), BigInt(size), lines.slice(3).map((line) => Buffer.from(line, 'base64')));
expect(computed.toString('base64') === root, 'the statement is not in the tree of that root');

const key = openKey(vkey);
expect(key.name === origin && header.by === origin, 'another log');
const signed = signatures.split('\n').filter((line) => line.startsWith(`— ${origin} `)).map((line) => Buffer.from(line.split(' ')[2], 'base64'))
    .some((s) => s.subarray(0, 4).equals(key.id) && verify(null, Buffer.from(`${text}\n`), key.key, s.subarray(4)));
expect(signed, 'no signature of that key');
console.log(`${origin}:${index} ${header.kind} ${Object.keys(members).join(' ')}`);
