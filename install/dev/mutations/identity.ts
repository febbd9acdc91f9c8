import type { Mutation } from './mutation.ts';

const identity = (file: string) => `control-plane/src/fleet/identity/${file}.ts`;
const signing = (file: string) => `edge-agent/src/uplink/signing/${file}.ts`;
const calls = { test: identity('calls/verify-call.pg.test'), project: 'postgres' } as const;
const admitted = { test: 'control-plane/src/fleet/enrollment/admit-registration.pg.test.ts', project: 'postgres' } as const;
const window = { test: 'shared-protocol/src/digest/signing/counter-window.fuzz.test.ts' } as const;
const counter = { test: identity('calls/use-counter.pg.test'), project: 'postgres' } as const;
const authentic = { test: signing('authentic-calls.test') } as const;
const trust = { file: 'edge-agent/src/snapshot/config-trust.ts', test: 'edge-agent/src/snapshot/config-trust.test.ts' } as const;

export const mutations: readonly Mutation[] = [
  {
    name: 'the window of counters forgets what it saw when it moves',
    file: 'shared-protocol/src/digest/signing/counter-window.ts',
    find: '(window.seen << BigInt(ahead)) & mask',
    replace: '0n',
    ...window,
  },
  {
    name: 'a counter below the window counts as new',
    file: 'shared-protocol/src/digest/signing/counter-window.ts',
    find: '  if (behind >= counterWindow) return undefined;\n',
    replace: '',
    ...window,
  },
  {
    name: 'a counter that is older than the window is used',
    file: identity('calls/use-counter'),
    find: 'THEN false',
    replace: 'THEN true',
    ...counter,
  },
  {
    name: 'a counter that was used is used again',
    file: identity('calls/use-counter'),
    find: '::int) = 0',
    replace: '::int) >= 0',
    ...counter,
  },
  {
    name: 'a replayed call is answered as if it were new',
    file: identity('calls/verify-call'),
    find: 'if (!node) return await refuseUsed(ctx, call);',
    replace: 'if (!node) return { id: call.nodeId, sessionNo: call.sessionNo } as never;',
    ...calls,
  },
  {
    name: 'the body of a call is not compared with its digest',
    file: identity('calls/verify-call'),
    find: '  await assertBody(c, contentDigest);\n',
    replace: '',
    ...calls,
  },
  {
    name: 'a session key never expires',
    file: identity('calls/verify-call'),
    find: 'if (held.expiresAt <= ctx.clock.now())',
    replace: 'if (held.expiresAt <= new Date(0))',
    ...calls,
  },
  {
    name: 'a fenced process of the same identity raises no alarm',
    file: identity('calls/verify-call'),
    find: 'if (held.bootId === node.bootId) return;',
    replace: 'return;',
    ...calls,
  },
  {
    name: 'nonces of signed requests are not kept',
    file: identity('calls/verify-signed-request'),
    find: 'return added.length > 0;',
    replace: 'return added.length >= 0;',
    ...calls,
  },
  {
    name: 'a signature may be of any age',
    file: identity('calls/verify-signed-request'),
    find: '> maxSkewS) {',
    replace: '> maxSkewS * 1e9) {',
    ...calls,
  },
  {
    name: 'the token of a node with a key still opens its door',
    file: 'control-plane/src/fleet/identity/authenticate-node.ts',
    find: 'if (node.identityKeyId !== null)',
    replace: 'if (node.identityKeyId === token)',
    ...calls,
  },
  {
    name: 'a challenge of anybody is answered',
    file: identity('challenge'),
    find: 'timingSafeEqual(given, expected)',
    replace: 'given.byteLength > 0',
    test: identity('challenge.test'),
  },
  {
    name: 'the proof of a token is not compared',
    file: 'control-plane/src/fleet/enrollment/registration-claim.ts',
    find: "timingSafeEqual(expected, Buffer.from(claim.proof, 'base64url')) ? row.id : undefined",
    replace: 'expected.length > 0 ? row.id : undefined',
    ...admitted,
  },
  {
    name: 'a key that was replaced names the next one',
    file: identity('succeed-identity'),
    find: 'from !== signedBy',
    replace: 'signedBy === undefined',
    test: identity('succeed-identity.pg.test'),
    project: 'postgres',
  },
  {
    name: 'the successor of an identity key need not sign',
    file: identity('succeed-identity'),
    find: "if (!verifyText(publicKey, text, Buffer.from(request.signature, 'base64url')))",
    replace: 'if (text.length === 0)',
    test: identity('succeed-identity.pg.test'),
    project: 'postgres',
  },
  {
    name: 'a node speaks on before the control plane has proved itself',
    file: signing('join'),
    find: 'return keys.verify(text, proof) ? keys : undefined;',
    replace: 'return text === proof.sig ? undefined : keys;',
    ...authentic,
  },
  {
    name: 'answers inside a session are believed without proof',
    file: signing('session-credential'),
    find: 'return timingSafeEqual(expected, Buffer.from(given.mac',
    replace: 'return expected.length > 0 || timingSafeEqual(expected, Buffer.from(given.mac',
    ...authentic,
  },
  {
    name: 'a signing key needs no endorsement',
    file: signing('center-keys'),
    find: "if (verifyText(endorser, endorsementStatement({ key, by }), Buffer.from(endorsement, 'base64url')))",
    replace: 'if (endorsement.length > 0)',
    test: signing('center-keys.test'),
  },
  {
    name: 'config is taken whoever signed it',
    find: "if (!this.#signers.verify(configStatement(answer, seal), seal)) return 'bad_signature';",
    replace: '',
    ...trust,
  },
  {
    name: 'config for another node is taken',
    find: "if (seal.node_id !== this.#nodeId) return 'other_node';",
    replace: '',
    ...trust,
  },
  {
    name: 'an older answer is taken for a newer question',
    find: "return seal.nonce === nonce ? undefined : 'other_question';",
    replace: 'return nonce.length < 0 ? undefined : undefined;',
    ...trust,
  },
  {
    name: 'a data key that rotted on disk is not missed',
    file: 'edge-agent/src/snapshot/load-config.ts',
    find: "        throw new Error('does not open');",
    replace: '        void 0;',
    test: 'edge-agent/src/snapshot/load-config.test.ts',
  },
];
