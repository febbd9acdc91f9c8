import { expect, test } from 'vitest';
import { Contact } from './contact.ts';

const clock = { wall: 1_000_000, monotonic: 50 };
const clocks = { nowMs: () => clock.wall, monotonicMs: () => clock.monotonic };
const now = () => ({ wallMs: clock.wall, monotonicMs: clock.monotonic });

test('was never confirmed before the first answer', () => {
  expect(new Contact(clocks, undefined).ageMs('grp_1', clock.wall)).toBe(Number.POSITIVE_INFINITY);
});

test('counts from the moment the answered question was sent', () => {
  const contact = new Contact(clocks, undefined);
  const sent = now();
  clock.wall += 400;
  clock.monotonic += 400;
  contact.answered(sent, []);
  expect(contact.ageMs('grp_1', clock.wall)).toBe(400);
});

test('a scope that did not take the answer goes on ageing until it does', () => {
  const contact = new Contact(clocks, undefined);
  contact.answered(now(), []);
  clock.wall += 100;
  clock.monotonic += 100;
  contact.answered(now(), ['grp_stuck']);
  contact.answered(now(), ['grp_stuck']);
  expect(contact.ageMs('grp_stuck', clock.wall)).toBe(100);
  expect(contact.ageMs('grp_1', clock.wall)).toBe(0);
  contact.answered(now(), []);
  expect(contact.ageMs('grp_stuck', clock.wall)).toBe(0);
});
