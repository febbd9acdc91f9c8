import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshFolder } from '../test/product.ts';
import { takeFirstRun } from './first-run.ts';

test('tells once what a start had to say, also a demo that came later than the admin', () => {
  const folder = freshFolder();
  const file = join(folder.path, 'first-run.json');
  for (const told of [{ admin_email: 'a@b.co', admin_password: 'x' }, { demo_key: 'acp_x' }]) {
    writeFileSync(file, JSON.stringify(told));
    expect(takeFirstRun(folder.path)).toEqual(told);
    expect(existsSync(file)).toBe(false);
    expect(takeFirstRun(folder.path)).toBeUndefined();
  }
  folder.remove();
});
