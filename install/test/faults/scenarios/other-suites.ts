import { suite } from './suite.ts';

/** Rows of the fault table that are tested beside the code. */
export const providerResets = suite({
  id: 'G-15',
  title: 'upstream resets at every stage: table of faults, every dialect',
  files: ['edge-agent/test/fault-table.test.ts'],
  mutations: [
    {
      name: 'a request is tried once',
      file: 'edge-agent/src/proxy/intake/limits.ts',
      find: 'attempts: 3,',
      replace: 'attempts: 1,',
    },
  ],
});

export const malformedAnswers = suite({
  id: 'G-16',
  title: 'malformed answers, and every chunking of good ones',
  files: ['edge-agent/src/dialects', 'edge-agent/test/corpus.test.ts'],
  mutations: [
    {
      name: 'a line may not be cut between its two last bytes',
      file: 'edge-agent/src/dialects/sse/sse-reader.ts',
      find: 'if (at === end) this.#skipLf = true;',
      replace: 'if (at === end) this.#skipLf = false;',
    },
  ],
});

export const providerLimits = suite({
  id: 'G-17',
  title: '429, 529 and Retry-After in every spelling; the retry budget',
  files: ['edge-agent/test/fault-table.test.ts', 'edge-agent/src/health', 'edge-agent/src/routing'],
  mutations: [
    {
      name: 'repeats have no budget',
      file: 'edge-agent/src/health/retry-budget.ts',
      find: 'const atLeast = 3;',
      replace: 'const atLeast = 3_000;',
    },
  ],
});

export const openStreams = suite({
  id: 'G-19',
  title: 'thousands of open streams, and 503 beyond the limit',
  program: ['edge-agent/bench/streams.ts', '5000', '10'],
});

export const mixedVersions = suite({
  id: 'G-27',
  title: 'mixed versions: unknown kinds and fields, golden messages of every version',
  files: ['shared-protocol/test', 'edge-agent/test/sync-contract.fuzz.test.ts', 'edge-agent/src/snapshot'],
  mutations: [
    {
      name: 'a kind that this build does not know is an error',
      file: 'edge-agent/src/snapshot/check-upsert.ts',
      find: "return { kind: 'other' };",
      replace: "throw new Error('unknown');",
    },
  ],
});
