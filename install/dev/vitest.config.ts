import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Suffixes say what a test needs; only Postgres and running programs ask for more than this checkout. */
const heavy = ['**/*.browser.test.ts'];
const ignored = ['**/node_modules/**', '**/dist/**', ...heavy];

export default defineConfig({
  root,
  test: {
    root,
    pool: 'forks',
    maxWorkers: 4,
    reporters: ['default', fileURLToPath(new URL('count-reporter.ts', import.meta.url))],
    projects: [
      {
        root,
        test: {
          name: 'plain',
          include: ['**/src/**/*.test.ts', '**/test/**/*.test.ts', 'install/**/*.test.ts'],
          exclude: [...ignored, '**/*.pg.test.ts', '**/*.e2e.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        root,
        test: {
          name: 'postgres',
          include: ['**/*.pg.test.ts'],
          exclude: ignored,
          globalSetup: [fileURLToPath(new URL('../../control-plane/test/postgres-server.ts', import.meta.url))],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        root,
        test: {
          name: 'programs',
          include: ['**/*.e2e.test.ts'],
          exclude: ignored,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        root,
        test: { name: 'browser', include: heavy, exclude: ['**/node_modules/**'], testTimeout: 120_000, hookTimeout: 420_000 },
      },
    ],
  },
});
