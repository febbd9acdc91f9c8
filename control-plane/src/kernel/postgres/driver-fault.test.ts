import { expect, it } from 'vitest';
import { isDriverFault } from './driver-fault.ts';

function thrownAt(error: Error, place: string): Error {
  error.stack = `${error.name}: ${error.message}\n    at nextWrite (${place})\n    at process.processImmediate (node:internal/timers:505:21)`;
  return error;
}

it('knows the echo of a dead connection, wherever the driver is installed', () => {
  const echo = () => new TypeError("Cannot read properties of null (reading 'write')");
  expect(isDriverFault(thrownAt(echo(), 'file:///srv/app/node_modules/postgres/src/connection.js:255:22'))).toBe(true);
  expect(isDriverFault(thrownAt(echo(), 'C:\\app\\node_modules\\postgres\\src\\connection.js:255:22'))).toBe(true);
});

it('excuses nothing of our own, and nothing else of the driver', () => {
  expect(isDriverFault(thrownAt(new TypeError('x'), 'file:///srv/app/control-plane/src/fleet/hub.ts:1:1'))).toBe(false);
  expect(isDriverFault(thrownAt(new Error('x'), 'file:///srv/app/node_modules/postgres/src/connection.js:255:22'))).toBe(false);
  expect(isDriverFault('x')).toBe(false);
  const ours = thrownAt(new TypeError('x'), 'file:///srv/app/control-plane/src/app.ts:1:1');
  ours.stack += '\n    at file:///srv/app/node_modules/postgres/src/connection.js:1:1';
  expect(isDriverFault(ours)).toBe(false);
});
