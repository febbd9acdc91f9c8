import type { Mutation } from '../scenario.ts';

/** Nobody is refused and nothing breaks: callers just wait. */
export const heldUp: Mutation = {
  name: 'a call to the centre that fails holds up the whole node',
  file: 'edge-agent/src/uplink/call-control-plane.ts',
  find: '    const first = await this.#post(call);',
  replace: `    const first = await this.#post(call);
    if (!first.ok) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);`,
};
