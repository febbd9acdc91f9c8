/** What has to leave, as `Part` does. */
export interface Leaving {
  /** Asks it to finish what it began, waits, and ends it by force after `deadlineMs`. */
  stop(deadlineMs?: number): Promise<void>;
}

interface StopOptions {
  /** In the order in which they leave. */
  readonly parts: readonly Leaving[];
  readonly nowMs: () => number;
  readonly say: (text: string) => void;
  readonly exit: (code: number) => void;
}

/** One Ctrl-C arrives twice below npm: the terminal tells the whole group, and npm passes it on. */
const samePressMs = 750;
const hurryMs = 500;
/** For the control plane, which takes its database along. */
const lastHurryMs = 5_000;

/**
 * What to do on a signal. The first one lets the parts leave in order, each with the time it needs, and exits 0. One more,
 * pressed on purpose, gives them half a second each, the last one 5 s, and exits 1.
 */
export function stopOnce({ parts, nowMs, say, exit }: StopOptions): { onSignal(): void; isAsked(): boolean } {
  let askedAtMs: number | undefined;
  let isHurried = false;
  const onSignal = () => {
    if (askedAtMs === undefined) {
      askedAtMs = nowMs();
      say('Stopping: requests in flight finish first.');
      void stopInOrder(parts).then(() => isHurried || exit(0));
    } else if (!isHurried && nowMs() - askedAtMs > samePressMs) {
      isHurried = true;
      say('Stopping at once.');
      void hurry(parts).then(() => exit(1));
    }
  };
  return { onSignal, isAsked: () => askedAtMs !== undefined };
}

async function stopInOrder(parts: readonly Leaving[]): Promise<void> {
  for (const part of parts) await part.stop();
}

async function hurry(parts: readonly Leaving[]): Promise<void> {
  for (const part of parts) await part.stop(part === parts.at(-1) ? lastHurryMs : hurryMs);
}
