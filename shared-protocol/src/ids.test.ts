import { expect, it } from 'vitest';
import { idSchema, newId } from './ids.ts';

it('says in an id what it names, with 120 random bits behind', () => {
  const made = new Set(Array.from({ length: 1000 }, () => newId('key')));
  expect(made.size).toBe(1000);
  for (const id of made) expect(id).toMatch(/^key_[0-9a-hjkmnp-tv-z]{24}$/);
});

it('refuses an id of another kind with a message that names both', () => {
  const schema = idSchema('group');
  expect(schema.parse('grp_x')).toBe('grp_x');
  expect(schema.safeParse('key_x').error?.issues[0]?.message).toBe('must be a group id (grp_…)');
  expect(schema.safeParse(`grp_${'x'.repeat(61)}`).success).toBe(false);
});
