import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { build, version } from './version.ts';

test('is the version of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(version).toBe(manifest.version);
  expect(build).toContain(version);
});
