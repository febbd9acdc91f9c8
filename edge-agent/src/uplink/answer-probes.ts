import type { Probe, ProbeAnswer } from '@aicarpool/shared-protocol';
import { z } from 'zod';
import type { Session } from './session.ts';

export type RunProbe = (probe: Probe) => Promise<ProbeAnswer['result']>;

const atOnce = 4;
const postMs = 10_000;

/** Tries what the control plane asks to be tried: a few at once, each within its deadline; what is too much is told so. */
export class ProbeAnswerer {
  readonly #session: Session;
  readonly #runProbe: RunProbe;
  #running = 0;

  constructor(session: Session, runProbe: RunProbe) {
    this.#session = session;
    this.#runProbe = runProbe;
  }

  take(probe: Probe): void {
    if (this.#running >= atOnce) {
      void this.#send(probe, failed('busy', 'this node runs too many tests already; try again shortly'));
      return;
    }
    this.#running += 1;
    void this.#run(probe).finally(() => {
      this.#running -= 1;
    });
  }

  async #run(probe: Probe): Promise<void> {
    const late = Promise.withResolvers<ProbeAnswer['result']>();
    const timer = setTimeout(() => late.resolve(failed('timeout', 'there was no answer in time')), probe.deadline_ms);
    const run = this.#runProbe(probe).catch((error: unknown) => {
      this.#session.log.error({ err: error, probe: probe.probe_id }, 'a probe stumbled');
      return failed('node_failed', 'the node could not run the test');
    });
    const result = await Promise.race([run, late.promise]).finally(() => clearTimeout(timer));
    await this.#send(probe, result);
  }

  async #send({ probe_id }: Probe, result: ProbeAnswer['result']): Promise<void> {
    const { controlPlane, token, no, over: signal } = this.#session;
    const body: ProbeAnswer = { session_no: no, probe_id, result };
    const answer = z.unknown();
    const sent = await controlPlane.post({ name: 'probe-answers', token, body, answer, deadlineMs: postMs, signal });
    this.#session.note('probe', sent.ok ? undefined : sent.failure);
  }
}

function failed(code: string, message: string): ProbeAnswer['result'] {
  return { ok: false, code, message, http_status: null, response_time_ms: null };
}
