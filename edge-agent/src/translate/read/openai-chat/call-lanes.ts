import { asList, asObject, asText, type Document } from '../../../dialects/answer/read-value.ts';
import type { Lane, StepLanes } from '../step-lanes.ts';
import { WholeJson } from '../whole-json.ts';

const MAX_CALLS = 4096;
/** A name that comes so late never comes. */
const MAX_EARLY_CHARS = 4 * 1024 * 1024;

interface Call {
  readonly lane: Lane;
  readonly id: string | null;
  readonly freeform: boolean;
  readonly json: WholeJson;
  readonly proof: string | null;
  name: string;
  isBegun: boolean;
  /** Arguments that came before the name did. */
  early: string;
  hasInput: boolean;
}

/**
 * The tool calls of a chat answer: pieces come by index, and vendors leave the index out, give every call the same one,
 * repeat ids and names in every piece, or send the arguments once more at the end.
 */
export class CallLanes {
  readonly #lanes: StepLanes;
  readonly #calls: Call[] = [];
  readonly #byIndex = new Map<number, Call>();

  constructor(lanes: StepLanes) {
    this.#lanes = lanes;
  }

  get hasCalls(): boolean {
    return this.#calls.length > 0;
  }

  read(pieces: unknown): void {
    for (const piece of asList(pieces)) {
      if (this.#calls.length < MAX_CALLS) this.#readPiece(asObject(piece));
      else this.#lanes.overflowed = true;
    }
  }

  /** The way of calling before there were tools: one call, without an id. */
  readLegacy(call: Document): void {
    this.#readPiece({ index: -1, function: call });
  }

  /** No more pieces will come. */
  finish(): void {
    for (const call of this.#calls) this.#close(call);
  }

  #readPiece(piece: Document): void {
    const custom = piece['type'] === 'custom' || ('custom' in piece && !('function' in piece));
    const body = asObject(custom ? piece['custom'] : piece['function']);
    const name = asText(body['name']) ?? '';
    const call = this.#callOf(piece, name, custom);
    if (call.lane.isDone) return;
    if (name !== '' && call.name === '') call.name = name;
    this.#feed(call, inputText(custom ? body['input'] : body['arguments']));
  }

  #callOf(piece: Document, name: string, freeform: boolean): Call {
    const index = typeof piece['index'] === 'number' ? piece['index'] : null;
    const id = asText(piece['id']);
    const known = index === null ? this.#findById(id) : this.#byIndex.get(index);
    if (known && !isOther(known, id, name)) return known;
    const call = this.#open(piece, id, freeform);
    if (index !== null) this.#byIndex.set(index, call);
    return call;
  }

  /** Without an index a piece with a new id is a new call, and one without an id goes on with the last. */
  #findById(id: string | null): Call | undefined {
    return id === null ? this.#calls.at(-1) : this.#calls.find((call) => call.id === id);
  }

  #open(piece: Document, id: string | null, freeform: boolean): Call {
    const google = asObject(asObject(piece['extra_content'])['google']);
    const call: Call = {
      lane: this.#lanes.open(`call ${this.#calls.length}`),
      id,
      freeform,
      json: new WholeJson(),
      proof: asText(google['thought_signature']),
      name: '',
      isBegun: false,
      early: '',
      hasInput: false,
    };
    this.#calls.push(call);
    return call;
  }

  #feed(call: Call, text: string): void {
    if (call.name === '') {
      if (call.early.length + text.length <= MAX_EARLY_CHARS) call.early += text;
      else this.#lanes.overflowed = true;
      return;
    }
    this.#begin(call);
    const input = call.early + text;
    call.early = '';
    if (input === '') return;
    call.hasInput = true;
    this.#lanes.say(call.lane, { kind: 'tool_input', text: input });
    if (call.freeform) return;
    call.json.push(input);
    if (call.json.isWhole) this.#close(call);
  }

  #begin(call: Call): void {
    if (call.isBegun) return;
    call.isBegun = true;
    const { id, name, proof, freeform } = call;
    this.#lanes.say(call.lane, { kind: 'tool_begin', id, name, proof, freeform });
  }

  #close(call: Call): void {
    if (call.lane.isDone) return;
    this.#begin(call);
    if (call.early !== '') this.#lanes.say(call.lane, { kind: 'tool_input', text: call.early });
    this.#lanes.say(call.lane, { kind: 'tool_end' });
    this.#lanes.close(call.lane);
  }
}

/** The same index with another id and a name, when the call before has all it needs: a vendor that does not count. */
function isOther(call: Call, id: string | null, name: string): boolean {
  if (id === null || name === '' || call.id === null || call.id === id) return false;
  return call.lane.isDone || !call.hasInput;
}

/** Arguments are text; some vendors send the object itself. */
function inputText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : '';
}
