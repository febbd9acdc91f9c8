import { expect, test } from 'vitest';
import { Contact } from './contact.ts';

const clock = { wall: 1_000_000, monotonic: 50 };
const clocks = { nowMs: () => clock.wall, monotonicMs: () => clock.monotonic };
const now = () => ({ wallMs: clock.wall, monotonicMs: clock.monotonic });

test('was never confirmed before the first answer', () => {
  expect(new Contact(clocks, undefined).ageMs('grp_1', clock.wall)).toBe(Number.POSITIVE_INFINITY);
});

test('ages while no process runs, by whichever clock has run further', () => {
  const at = { wall: 1_000_000, up: 50_000 };
  const run = (last: ReturnType<Contact['write']>, bootId = 'boot-1') => {
    // Of each process its own: it began with it.
    const begun = at.up;
    const boot = { id: bootId, upMs: () => at.up };
    const contact = new Contact({ nowMs: () => at.wall, monotonicMs: () => at.up - begun, boot }, last);
    return { contact, age: () => contact.ageMs('grp_1', at.wall) };
  };
  const { contact: first } = run(undefined);
  first.answered({ wallMs: at.wall, monotonicMs: 0 }, []);
  at.up += 100;
  const written = first.write();
  at.wall -= 86_400_000;
  at.up += 5_000;
  expect(run(written).age()).toBe(5_100);
  const again = run(run(written).contact.write());
  at.up += 1;
  expect(again.age()).toBe(5_101);
  // After a reboot with a clock that was set back nothing tells.
  expect(run(written, 'boot-2').age()).toBe(Number.POSITIVE_INFINITY);
  at.wall += 86_400_000 + 7_000;
  expect(run(written, 'boot-2').age()).toBe(7_000);
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
