import type { Mutation } from './mutation.ts';

const workers = (file: string) => `edge-agent/src/workers/${file}.ts`;
const desks = { test: workers('crew/desks.test') } as const;
const trials = { test: workers('crew/trial-desk.test') } as const;
const follow = {
  file: 'edge-agent/src/snapshot/follow/follow-config.ts',
  test: 'edge-agent/src/snapshot/follow/follow-config.test.ts',
} as const;
const remote = { test: workers('worker/remote.test') } as const;

export const mutations: readonly Mutation[] = [
  {
    name: 'what a dead worker had inside stays inside',
    file: workers('crew/gate-desk'),
    find: 'this.leave(worker, ticket);\n    for',
    replace: 'void ticket;\n    for',
    ...desks,
  },
  {
    name: 'tokens that a dead worker was promised are free again',
    file: workers('crew/gate-desk'),
    find: 'this.#gate.useTokens(guest, tokens, tokens, this.#nowMs());',
    replace: 'this.#gate.useTokens(guest, tokens, 0, this.#nowMs());',
    ...desks,
  },
  {
    name: 'who hangs up while he waits is let in',
    file: workers('crew/gate-desk'),
    find: 'else inside.hangUp?.();',
    replace: '',
    ...desks,
  },
  {
    name: 'places of a dead worker are never free again',
    file: workers('crew/place-desk'),
    find: 'this.leave(worker, ticket);\n    this.tell',
    replace: 'void ticket;\n    this.tell',
    ...desks,
  },
  {
    name: 'requests of accounts without a cap do not count when they get one',
    file: workers('crew/place-desk'),
    find: 'while (held.length < requests) held.push(this.#place(upstreamId));',
    replace: '',
    ...desks,
  },
  {
    name: 'two workers try the same account',
    file: workers('crew/trial-desk'),
    find: 'if (names.some((name) => this.#trying.has(name))) return false;',
    replace: '',
    ...trials,
  },
  {
    name: 'a worker that has not heard of a failed trial tries again',
    file: workers('crew/trial-desk'),
    find: 'if (this.#health.isClosed(target, group, nowMs)) return false;',
    replace: '',
    ...trials,
  },
  {
    name: 'the trial of a dead worker blocks the account for ever',
    file: workers('crew/trial-desk'),
    find: 'this.#forget((trial) => trial.worker === worker);',
    replace: '',
    ...trials,
  },
  {
    name: 'a failure is held against an account by one process alone',
    file: 'edge-agent/src/health/visit.ts',
    find: "this.#tell({ is: 'ended', verdict, hasBegun: this.#hasBegun }, nowMs);",
    replace: '',
    ...trials,
  },
  {
    name: 'a process that joins forgets how long something is out',
    file: 'edge-agent/src/health/breaker.ts',
    find: '    this.#state = state;\n    this.#untilMs = untilMs;',
    replace: '    this.#untilMs = untilMs;',
    ...trials,
  },
  {
    name: 'an older change undoes a newer one that was read from disk',
    ...follow,
    find: 'if (change.no > this.#no) await this.#change(change);',
    replace: 'await this.#change(change);',
  },
  {
    name: 'withdrawals are not followed',
    ...follow,
    find: 'for (const [kind, id] of removed) this.#compiler.remove(scope, kind, id);',
    replace: '',
  },
  {
    name: 'the age of the config is told by the clock of another process',
    file: 'edge-agent/src/snapshot/contact.ts',
    find: 'monotonicMs: this.#clocks.monotonicMs() - moment.agoMs',
    replace: 'monotonicMs: moment.agoMs',
    test: follow.test,
  },
  {
    name: 'extremes of several books add up',
    file: workers('books/merge-answers'),
    find: 'for (const name of maxima) sums[name] = Math.max(one[name], other[name]);',
    replace: '',
    test: workers('books/merge-answers.fuzz.test'),
  },
  {
    name: 'durations of all books but the first are lost',
    file: workers('books/merge-answers'),
    find: 'mergeHistograms([one.durations, other.durations])',
    replace: 'mergeHistograms([one.durations])',
    test: workers('books/merge-answers.fuzz.test'),
  },
  {
    name: 'connections go round, whoever has how many',
    file: workers('crew/door'),
    find: 'if (taker && (!best || taker.connections < best.connections)) best = taker;',
    replace: 'best ??= taker;',
    test: workers('crew/door.test'),
  },
  {
    name: 'a worker that takes nothing fills the memory of the primary',
    file: workers('line/line'),
    find: "if (this.#stream.writableLength > unsentAtMostBytes) this.#lose('the other side takes nothing any more');",
    replace: '',
    test: workers('line/line.test'),
  },
  {
    name: 'headers may take for ever where another process accepts',
    file: 'edge-agent/src/proxy/intake/connection-source.ts',
    find: "server.emit('listening');",
    replace: '',
    test: 'edge-agent/src/proxy/intake/connection-source.test.ts',
  },
  {
    name: 'each worker gives an account as many requests as its cap',
    file: workers('worker/remote-places'),
    find: 'if (cap !== null) return this.#ask(upstreamId, cap);',
    replace: '',
    ...remote,
  },
  {
    name: 'each worker has the whole window of a key',
    file: workers('crew/gate-desk'),
    find: 'const entrance = await this.#gate.enter(guest,',
    replace: 'const entrance = await this.#gate.enter({ ...guest, key: { ...guest.key, id: guest.key.id + worker } },',
    ...remote,
  },
  {
    name: 'limits do not hold where the primary does not answer',
    file: workers('worker/remote-gate'),
    find: 'return { ok: false, refusal: noAnswer };\n    }\n    this',
    replace: 'return { ok: true, visitor: visitorOf(guest, urgent) };\n    }\n    this',
    ...remote,
  },
  {
    name: 'who is let in at an account is never out again',
    file: workers('worker/remote-places'),
    find: '      leave();\n      close();',
    replace: '      leave();',
    ...remote,
  },
  {
    name: 'what a request used is not told',
    file: workers('worker/remote-gate'),
    find: "if (countsTokens(guest)) this.#line.tell({ is: 'used', guest: named(guest), promised, used });",
    replace: 'void [guest, promised, used];',
    ...remote,
  },
];
