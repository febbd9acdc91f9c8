import { afterAll, expect, test } from 'vitest';
import { freshDatabase, type TestPg, testCtx } from '../../test/pg.ts';
import { currentHead } from './change-log.ts';

const pg: TestPg = await freshDatabase();
afterAll(() => pg.close());
test('starts at version 0', async () => {
  expect((await currentHead(pg.db)).head).toBe(0);
  expect(testCtx(pg).actor.kind).toBe('system');
});
