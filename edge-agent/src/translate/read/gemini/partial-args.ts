import type { JsonObject, JsonValue } from '../../translation.ts';

type Node = { [name: string]: JsonValue | undefined };

const MAX_DEPTH = 64;

/** Arguments put together from pieces that each name their place: `$.location`, `$.list[0].name`, `$['odd name']`. */
export class PartialArgs {
  readonly #root: Node;

  constructor(args: JsonObject | undefined) {
    this.#root = { ...args };
  }

  add(path: string, piece: JsonObject): void {
    const steps = stepsOf(path);
    const last = steps.pop();
    if (last === undefined || steps.length > MAX_DEPTH) return;
    let at = this.#root;
    for (const step of steps) {
      const next = Object.hasOwn(at, step) ? at[step] : undefined;
      if (typeof next === 'object' && next !== null) at = next as Node;
      else at = set(at, step, Object.create(null));
    }
    const text = piece['stringValue'];
    const before = Object.hasOwn(at, last) ? at[last] : undefined;
    if (typeof text === 'string') set(at, last, (typeof before === 'string' ? before : '') + text);
    else set(at, last, piece['numberValue'] ?? piece['boolValue'] ?? null);
  }

  toJson(): string {
    return JSON.stringify(this.#root, asArray);
  }
}

function set<Value extends JsonValue | undefined>(at: Node, name: string, value: Value): Value {
  Object.defineProperty(at, name, { value, writable: true, enumerable: true, configurable: true });
  return value;
}

/** Places named by numbers from 0 on were a list. */
function asArray(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const names = Object.keys(value);
  const isList = names.length > 0 && names.every((name, at) => name === `${LIST}${at}`);
  return isList ? Object.values(value) : value;
}

/** Marks a place in a list, so that an object whose member is called `0` stays one. */
const LIST = '\u0000';

function stepsOf(path: string): string[] {
  const steps: string[] = [];
  let at = path.startsWith('$') ? 1 : 0;
  while (at < path.length) {
    if (path[at] === '[') {
      const end = path.indexOf(']', at);
      if (end === -1) return [];
      const inside = path.slice(at + 1, end);
      const isQuoted = inside.startsWith("'") || inside.startsWith('"');
      steps.push(isQuoted ? inside.slice(1, -1) : `${LIST}${inside}`);
      at = end + 1;
    } else {
      const from = path[at] === '.' ? at + 1 : at;
      const ends = [path.indexOf('.', from), path.indexOf('[', from)].filter((end) => end !== -1);
      const end = Math.min(path.length, ...ends);
      if (end > from) steps.push(path.slice(from, end));
      at = Math.max(end, at + 1);
    }
  }
  return steps;
}
