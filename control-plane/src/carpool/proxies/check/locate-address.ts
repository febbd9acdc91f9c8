import { Worker } from 'node:worker_threads';

/** Where an address is, as far as a public list knows. */
export interface Place {
  /** Two capital letters. */
  readonly country: string;
  readonly city: string | null;
  readonly latitude: number;
  readonly longitude: number;
}

export type Locate = (address: string) => Promise<Place | undefined>;

const withinMs = 10_000;

/**
 * Looks an address up in a thread of its own: the list takes a hundred megabytes, which are given back at once. Undefined:
 * not known.
 */
export const locateAddress: Locate = async (address) => {
  const worker = new Worker(new URL('./locate-thread.ts', import.meta.url), { workerData: address });
  const answer = Promise.withResolvers<Place | undefined>();
  const timer = setTimeout(() => answer.resolve(undefined), withinMs);
  worker.once('message', (place: Place | undefined) => answer.resolve(place));
  worker.once('error', () => answer.resolve(undefined));
  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
};
