import { describe, expect, it } from 'vitest';
import { InFlight } from './in-flight.ts';

describe('requests that accounts work on', () => {
  it('are counted from entering to the first leaving', () => {
    const inFlight = new InFlight();
    const leave = inFlight.enter('a');
    inFlight.enter('a');
    expect(inFlight.of('a')).toBe(2);
    expect(inFlight.isFull('a', 2)).toBe(true);
    leave();
    leave();
    expect(inFlight.of('a')).toBe(1);
    expect(inFlight.isFull('a', 2)).toBe(false);
    expect(inFlight.isFull('a', null)).toBe(false);
    expect(inFlight.of('b')).toBe(0);
  });
});
