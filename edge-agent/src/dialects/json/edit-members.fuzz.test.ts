import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dropMember, renameMember, setInnerMember, setMember } from './edit-members.ts';

const parse = (body: Buffer): unknown => JSON.parse(body.toString());
const names = fc.constantFrom('model', 'stream_options', 'seed', 'a', 'ä"\\', '');
const objects = fc.dictionary(fc.oneof(names, fc.string({ maxLength: 6 })), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 6 });
const spaced = fc
  .tuple(objects, fc.constantFrom(undefined, 1, '\t', '\r\n '))
  .filter(([object]) => {
    const lower = Object.keys(object).map((name) => name.toLowerCase());
    return new Set(lower).size === lower.length && !Object.hasOwn(object, '__proto__');
  })
  .map(([object, space]) => {
    const text = JSON.stringify(object, null, space);
    // As JSON has it: there is no -0.
    return { object: JSON.parse(text) as typeof object, body: Buffer.from(text) };
  });

describe('members changed in place', () => {
  it('read as if the object had been changed', () => {
    fc.assert(
      fc.property(spaced, names, ({ object, body }, name) => {
        expect(parse(setMember(body, name, '{"x":1}'))).toEqual({ ...object, [name]: { x: 1 } });
        const { [name]: _gone, ...rest } = object;
        expect(parse(dropMember(body, name))).toEqual(rest);
        const inner = object[name];
        const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
        expect(parse(setInnerMember(body, name, 'include_usage', 'true'))).toEqual({
          ...object,
          [name]: { ...(isObject ? inner : {}), include_usage: true },
        });
      }),
    );
  });

  it('leave every other byte where it was', () => {
    const body = Buffer.from('{ "a" : 1e400 ,\n"model":"x", "b":"\\u00e4"}');
    expect(setMember(body, 'model', '"longer"').toString()).toBe('{ "a" : 1e400 ,\n"model":"longer", "b":"\\u00e4"}');
    expect(dropMember(body, 'model').toString()).toBe('{ "a" : 1e400 ,\n "b":"\\u00e4"}');
    expect(dropMember(body, 'b').toString()).toBe('{ "a" : 1e400 ,\n"model":"x"}');
    expect(renameMember(body, 'b', 'c').toString()).toBe('{ "a" : 1e400 ,\n"model":"x", "c":"\\u00e4"}');
  });

  it('rename nothing over a member that is there', () => {
    const body = Buffer.from('{"a":1,"b":2}');
    expect(renameMember(body, 'a', 'b')).toBe(body);
    expect(renameMember(body, 'c', 'd')).toBe(body);
  });

  it('leave alone what cannot be read, or names a member twice', () => {
    for (const text of ['', '[1]', '{"a":1', '{"a":1,"a":2}', '{"a":1,"A":2}']) {
      const body = Buffer.from(text);
      for (const edited of [setMember(body, 'a', '3'), dropMember(body, 'a'), setInnerMember(body, 'a', 'b', '3')]) {
        expect(edited).toBe(body);
      }
    }
  });
});
