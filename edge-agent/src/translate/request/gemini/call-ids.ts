import { portableId } from '../portable-name.ts';

/**
 * Ids of calls, which other formats need and Gemini may leave out: made from the order of the calls, the same for the
 * same history. A response without an id answers the oldest open call of its name.
 */
export class CallIds {
  #count = 0;
  #open: { readonly id: string; readonly name: string }[] = [];

  ofCall(name: string, given: string | undefined): string {
    const id = given === undefined ? `call_${this.#count}` : portableId(given);
    this.#count++;
    this.#open.push({ id, name });
    return id;
  }

  ofResponse(name: string, given: string | undefined): string {
    const wanted = given === undefined ? undefined : portableId(given);
    const byId = this.#open.findIndex(({ id }) => id === wanted);
    const at = byId === -1 ? this.#open.findIndex((open) => open.name === name) : byId;
    const [answered] = at === -1 ? [] : this.#open.splice(at, 1);
    return answered?.id ?? wanted ?? `call_${this.#count++}`;
  }
}
