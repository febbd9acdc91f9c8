import { newId } from '@aicarpool/shared-protocol';
import { expect, test } from 'vitest';
import { allow, isAllowed } from './allow.ts';
import { type Actor, roles } from './context.ts';
import { Forbidden, Unauthenticated } from './errors.ts';
import { type Permission, permissions } from './permissions.ts';

const person = (role: (typeof roles)[number]): Actor => ({ kind: 'user', userId: newId('user'), role, sessionId: 'ses_x' });
const names = Object.keys(permissions) as Permission[];

test('tells whoever is not signed in to sign in, and the wrong role that it may not', () => {
  expect(() => allow({ actor: { kind: 'anonymous' } }, 'fleet.node.read')).toThrow(Unauthenticated);
  expect(() => allow({ actor: person('group_member') }, 'fleet.node.read')).toThrow(Forbidden);
  expect(() => allow({ actor: { kind: 'node', nodeId: newId('node') } }, 'fleet.node.read')).toThrow(Forbidden);
  expect(() => allow({ actor: person('admin') }, 'fleet.node.read')).not.toThrow();
});

test('lets the system do everything', () => {
  expect(names.every((name) => isAllowed({ kind: 'system', name: 'job' }, name))).toBe(true);
});

test('lets nobody who is not signed in do more than sign in and enroll', () => {
  expect(names.filter((name) => isAllowed({ kind: 'anonymous' }, name))).toEqual([
    'identity.session.create',
    'fleet.node.enroll',
  ]);
});

test('never gives a lower role what an administrator lacks', () => {
  for (const name of names) {
    if (roles.some((role) => isAllowed(person(role), name)))
      expect([name, isAllowed(person('super_admin'), name)]).toEqual([name, true]);
  }
});
