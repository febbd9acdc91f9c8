import type { Mutation } from './mutation.ts';

const quota = (file: string) => `edge-agent/src/limits/quota/${file}.ts`;
const estimates = quota('estimate/estimates.fuzz.test');
const nodes = 'edge-agent/test/quotas.e2e.test.ts';

export const mutations: readonly Mutation[] = [
  {
    name: 'a hard estimate forgets what a long-lived cache costs',
    file: quota('estimate/dearest-price'),
    find: 'one.cacheWrite1h, ',
    replace: '',
    test: estimates,
  },
  {
    name: 'a hard estimate forgets tiers',
    file: quota('estimate/dearest-price'),
    find: '[price, ...tiers]',
    replace: '[price, ...tiers.slice(1)]',
    test: estimates,
  },
  {
    name: 'an amount is rounded down',
    file: quota('estimate/estimate'),
    find: 'const tokens = Math.floor(',
    replace: 'const tokens = 1 + Math.floor(',
    test: estimates,
  },
  {
    name: 'a file that stands elsewhere counts as its name',
    file: 'edge-agent/src/dialects/hints/read-exposure.ts',
    find: "new Set(['file_id', ",
    replace: 'new Set([',
    test: estimates,
  },
  {
    name: 'a budget that others hold is told to be used up',
    file: quota('hold/word-refusal'),
    find: "amount <= fits + others) return 'quota_in_flight'",
    replace: "amount <= fits - others) return 'quota_in_flight'",
    test: quota('hold/word-refusal.test'),
  },
  {
    name: 'the clock of the centre is taken for that of the question',
    file: quota('center-clock'),
    find: 'const halfWayMs = Math.max(0, now.monoMs - sent.monoMs) / 2;',
    replace: 'const halfWayMs = 0;',
    test: quota('center-clock.test'),
  },
  {
    name: 'a wall clock that is set back between two processes makes rights younger',
    file: 'edge-agent/src/snapshot/contact.ts',
    find: 'const agoMs = Math.max(byWallMs, byBootMs);',
    replace: 'const agoMs = Math.max(0, byWallMs);',
    test: quota('quotas.test'),
  },
  {
    name: 'an attempt that failed keeps what it held',
    file: quota('hold/attempt-quota'),
    find: '    this.#quotas.settle(held, actual);',
    replace: '    if (actual[0] !== 0) this.#quotas.settle(held, actual);',
    test: nodes,
    project: 'programs',
  },
  {
    name: 'a dry stream goes on',
    file: quota('hold/attempt-quota'),
    find: "dry.rule.when_dry === 'cut'",
    replace: "dry.rule.when_dry !== 'cut'",
    test: nodes,
    project: 'programs',
  },
  {
    name: 'a lease that is over is still used',
    file: 'edge-agent/src/limits/shares.ts',
    find: 'if (lease && nowMs < lease.untilMs) return',
    replace: 'if (lease) return',
    test: 'edge-agent/src/limits/shares.test.ts',
  },
  {
    name: 'a busy node is told to keep what it has under way as its share, and never gives way',
    file: 'shared-protocol/src/escrow/share-out.ts',
    find: 'holders: [...others, holder] }, share, safe',
    replace: 'holders: [...others, holder] }, share: held, safe',
    test: 'edge-agent/src/limits/shares.test.ts',
  },
  {
    name: 'who found no room at an account is not counted as wanting it',
    file: 'edge-agent/src/limits/shares.ts',
    find: 'turnedAway += 1',
    replace: 'turnedAway += 0',
    test: 'edge-agent/src/limits/shares.test.ts',
  },
  {
    name: 'a request for which no account is free is wanted nowhere',
    file: 'edge-agent/src/proxy/route.ts',
    find: 'agent.inFlight.turnedAway?.(upstream.id, upstream.concurrency);',
    replace: 'agent.inFlight.of(upstream.id);',
    test: 'edge-agent/src/proxy/route.test.ts',
  },
  {
    name: 'a node that has nothing of an account never asks for its turn',
    file: 'edge-agent/src/limits/account-parts.ts',
    find: 'if (most === 0) shares',
    replace: 'if (most < 0) shares',
    test: 'edge-agent/src/limits/shares.test.ts',
  },
  {
    name: 'a shared limit is whole on every node until its first lease',
    file: 'edge-agent/src/limits/shares.ts',
    find: 'this.#sharedBy.get(limit.group) ?? 1',
    replace: '1',
    test: 'edge-agent/src/limits/shares.test.ts',
  },
  {
    name: 'a hard rule lets pass what a request without an end never named',
    file: quota('hold/attempt-quota'),
    find: "(rule.mode === 'hard' && this.#ask.maxOutputTokens === null)",
    replace: 'false',
    test: nodes,
    project: 'programs',
  },
];
