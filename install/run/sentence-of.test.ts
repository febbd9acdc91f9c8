import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshFolder } from '../test/product.ts';
import { LogFile } from './log-file.ts';
import { PartFailed } from './part.ts';
import { sentenceOf } from './sentence-of.ts';

test('says where the data cannot be written, and what to set', () => {
  const folder = freshFolder();
  const file = join(folder.path, 'data');
  writeFileSync(file, '');
  try {
    new LogFile(join(file, 'logs', 'a.log'));
    expect.unreachable();
  } catch (error) {
    expect(sentenceOf(error)).toMatch(/data\/logs cannot be written \(a file is in the way of a folder\): set CARPOOL_DATA_DIR/);
  } finally {
    folder.remove();
  }
});

test('shows what a program said in words, and its log lines only when there is nothing else', () => {
  const line = '{"level":"fatal","error":{"stack":"at x"}}';
  expect(sentenceOf(new PartFailed('node', `${line}\nthe disk is full\n`))).toBe('node did not start:\nthe disk is full');
  expect(sentenceOf(new PartFailed('node', `${line}\n`))).toContain(line);
  expect(sentenceOf(new Error('a bug'))).toBeUndefined();
});
