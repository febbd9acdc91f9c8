import { isObject } from '../answer/read-value.ts';
import type { Shape } from './shape.ts';

/** UTF-8 bytes of the strings in a parsed document that its shape counts as content. */
export function countContent(value: unknown, shape: Shape): number {
  if (shape.kind === 'count') return countStrings(value, shape.except);
  if (shape.kind !== 'walk') return 0;
  let bytes = 0;
  if (Array.isArray(value)) for (const item of value) bytes += countContent(item, shape.items);
  else if (isObject(value)) {
    for (const { name, shape: inner } of shape.members) if (inner.kind !== 'keep') bytes += countContent(value[name], inner);
  }
  return bytes;
}

function countStrings(value: unknown, except: readonly string[]): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  let bytes = 0;
  if (Array.isArray(value)) for (const item of value) bytes += countStrings(item, except);
  else if (isObject(value)) {
    for (const name of Object.keys(value)) if (!except.includes(name)) bytes += countStrings(value[name], except);
  }
  return bytes;
}
