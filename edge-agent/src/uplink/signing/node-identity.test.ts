import { expect, test, vi } from 'vitest';
import { CenterIdentity } from '../../../test/center-identity.ts';
import type { Identity } from '../identity.ts';
import { NodeIdentity } from './node-identity.ts';

/** A node whose disk a test fills. */
function onDisk() {
  const center = new CenterIdentity();
  const disk = { isFull: false, kept: center.enrol() };
  const save = (next: Identity) => {
    if (disk.isFull) throw new Error('no space left on device');
    disk.kept = next;
  };
  const onUnsaved = vi.fn();
  const identity = new NodeIdentity(disk.kept, save, () => 1_000, onUnsaved);
  return { center, disk, identity, onUnsaved };
}

test('signing keys that the disk does not take are trusted all the same, and written once it does', () => {
  const { center, disk, identity, onUnsaved } = onDisk();
  const before = disk.kept.signing_keys;
  center.rotate();
  disk.isFull = true;
  identity.centerKeys.learn(center.published(), true);
  expect(identity.centerKeys.keys()).not.toEqual(before);
  expect(disk.kept.signing_keys).toEqual(before);
  expect(onUnsaved).toHaveBeenCalledTimes(1);
  identity.centerKeys.learn(center.published(), true);
  expect(onUnsaved).toHaveBeenCalledTimes(2);
  disk.isFull = false;
  identity.centerKeys.learn(center.published(), true);
  expect(disk.kept.signing_keys).toEqual(identity.centerKeys.keys());
  const written = disk.kept;
  identity.centerKeys.learn(center.published(), true);
  expect(disk.kept).toBe(written);
});

test('the next keys are used by nobody before they are on the disk, and take their place though it is full by then', () => {
  const { disk, identity } = onDisk();
  disk.isFull = true;
  expect(() => identity.successor()).toThrow('no space');
  expect(() => identity.successor()).toThrow('no space');
  expect(identity.succeed()).toBe(false);
  disk.isFull = false;
  const next = identity.successor();
  expect(disk.kept.successor).toEqual(next);
  disk.isFull = true;
  expect(identity.succeed()).toBe(true);
  expect(identity.pair()).toEqual(next.identity_key);
  expect(disk.kept.successor).toEqual(next);
});
