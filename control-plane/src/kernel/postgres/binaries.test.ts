import { expect, test } from 'vitest';
import { findPackage } from './binaries.ts';
import { explainSpawnError } from './run-program.ts';

test('says what to do where no binary is offered', () => {
  expect(() => findPackage('win32', 'x64')).toThrow(/no built-in PostgreSQL for win32-x64: set DATABASE_URL/);
});

test('tells a binary for another C library from one that is missing', () => {
  const error = Object.assign(new Error('spawn ENOENT'), { code: 'ENOENT' });
  expect(explainSpawnError('/x/postgres', error).message).toMatch(/musl.*DATABASE_URL/);
});
