import { expect, it } from 'vitest';
import { count, findMember, isExcepted, keep, list, object, objectOrList, skip } from './shape.ts';

const key = (name: string): [Buffer, number] => [Buffer.from(`${name}rest of the buffer`), name.length];

it('finds members by the bytes of their key', () => {
  const shape = object({ ab: keep, abc: count('x') });
  expect(findMember(shape, ...key('abc'))?.shape).toEqual(count('x'));
  expect(findMember(shape, ...key('a'))).toBeUndefined();
  expect(findMember(keep, ...key('ab'))).toBeUndefined();
  expect(findMember(list(keep), ...key('ab'))).toBeUndefined();
});

it('knows what is no content', () => {
  expect(isExcepted(count('id'), ...key('id'))).toBe(true);
  expect(isExcepted(count('id'), ...key('i'))).toBe(false);
  expect(isExcepted(skip, ...key('id'))).toBe(false);
});

it('takes an object or a list of them', () => {
  expect(objectOrList({ a: keep })).toMatchObject({ members: [{ name: 'a' }], items: { members: [{ name: 'a' }] } });
});
