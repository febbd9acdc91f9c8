import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contactKeeper, findContact, findSharedBy } from './settle-contact.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'carpool-rights-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fail = (error: unknown) => {
  throw error;
};

test('what is kept is found again, by both clocks', () => {
  const contact = { sentAt: { wallMs: 1_000, bootId: 'boot-1', upMs: 20.5 }, holdS: 3_600 };
  contactKeeper(folder, fail)(contact);
  expect(findContact(folder)).toEqual(contact);
});

test('a node that starts knows with how many others it shares its limits', () => {
  const contact = { sentAt: { wallMs: 1_000, bootId: 'boot-1', upMs: 20.5 }, holdS: 3_600 };
  contactKeeper(folder, fail)(contact, [{ group: 'grp_a', nodes: 4 }]);
  expect(findSharedBy(folder)).toEqual([{ group: 'grp_a', nodes: 4 }]);
});

test('a file of an earlier build says when by the wall clock alone', () => {
  writeFileSync(join(folder, 'rights.json'), '{"os_boot_id":"boot-1","sent_at_ms":1000,"hold_s":60}');
  expect(findContact(folder)).toEqual({ sentAt: { wallMs: 1_000, bootId: 'boot-1', upMs: undefined }, holdS: 60 });
  expect(findSharedBy(folder)).toEqual([]);
});

test('no file, or a torn one, is no contact', () => {
  expect(findContact(folder)).toBeUndefined();
  expect(findSharedBy(folder)).toEqual([]);
  writeFileSync(join(folder, 'rights.json'), '{"os_boot');
  expect(findContact(folder)).toBeUndefined();
});
