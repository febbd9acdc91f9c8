import fc from 'fast-check';
import { expect, it } from 'vitest';
import { heardSlackMs, stopsBy } from './stops-by.ts';

const question = fc.record({
  afterMs: fc.integer({ min: 0, max: 60_000 }),
  onTheWayMs: fc.integer({ min: 0, max: 120_000 }),
  answerArrives: fc.boolean(),
});

it('names no instant before the node has stopped, whatever was lost and however fast its clock runs', () => {
  fc.assert(
    fc.property(
      fc.array(question, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 60, max: 1_000_000 }),
      fc.double({ min: 0.99, max: 1.0, noNaN: true }),
      (questions, validS, speed) => {
        let nowMs = Date.UTC(2026, 10, 21);
        let heardAt: Date | null = null;
        let lastAnsweredMs: number | undefined;
        for (const { afterMs, onTheWayMs, answerArrives } of questions) {
          const sentMs = nowMs + afterMs;
          const receivedMs = sentMs + onTheWayMs;
          if (heardAt === null || receivedMs - heardAt.getTime() >= heardSlackMs) heardAt = new Date(receivedMs);
          if (answerArrives) lastAnsweredMs = sentMs;
          nowMs = receivedMs;
        }
        if (lastAnsweredMs === undefined) return;
        // A clock that runs slow lets the node go on for longer than it should.
        const nodeStopsMs = lastAnsweredMs + (validS * 1000) / speed;
        expect(stopsBy(heardAt, [validS])?.getTime()).toBeGreaterThanOrEqual(nodeStopsMs);
      },
    ),
    { numRuns: 5000 },
  );
});

it('takes the longest time to live that the node may know, and none where one of them is for ever', () => {
  const heardAt = new Date('2026-11-21T12:00:00Z');
  expect(stopsBy(heardAt, [60, 900])).toEqual(new Date('2026-11-21T12:15:14.091Z'));
  expect(stopsBy(heardAt, [60, null])).toBeNull();
  expect(stopsBy(heardAt, [])).toBeNull();
  expect(stopsBy(null, [60])).toEqual(new Date(0));
});
