/** `heard_at` of a node may be this much older than its last question: it is not written at every one. */
export const heardSlackMs = 1_000;
const marginMs = 4_000;
/** Milliseconds of ours in which even a clock that runs one percent slow has counted a second. */
const slowClock = 1000 / 0.99;

/**
 * When a node has surely stopped to serve a group, if it hears nothing more. The node counts from the moment at which
 * it *sent* its last answered question, which is before we received it, so our deadline is always later than its own;
 * one percent and five seconds, the slack of `heardAt` among them, are for clocks that differ in speed (Gray & Cheriton 1989).
 *
 * `validS`: every time to live that it may have been told, null among them: for ever. Null: it may go on for ever.
 */
export function stopsBy(heardAt: Date | null, validS: readonly (number | null)[]): Date | null {
  if (heardAt === null) return new Date(0);
  if (validS.length === 0) return null;
  let longestS = 0;
  for (const seconds of validS) {
    if (seconds === null) return null;
    longestS = Math.max(longestS, seconds);
  }
  return new Date(Math.ceil(heardAt.getTime() + heardSlackMs + longestS * slowClock + marginMs));
}
