import { findText, isObject, objectsOf, textOf } from '../../parts/json.ts';
import type { JsonObject } from '../../translation.ts';
import { portableName } from '../portable-name.ts';

/** A function that the caller runs itself; `freeform`: OpenAI's custom tools, whose input is plain text. */
export interface CallerTool {
  readonly namespace: string | null;
  readonly name: string;
  /** By which the upstream knows it. */
  readonly flatName: string;
  readonly freeform: boolean;
  readonly declaration: JsonObject;
}

/** The tools of a Responses request: its `tools` and those that Codex puts into `input`, namespaces laid flat. */
export class CallerTools {
  readonly functions: readonly CallerTool[];
  /** Tools that OpenAI runs, and whatever else is no function. */
  readonly hosted: readonly JsonObject[];
  readonly #byFlatName = new Map<string, CallerTool>();
  readonly #byName = new Map<string, CallerTool>();

  constructor(request: JsonObject) {
    const hosted: JsonObject[] = [];
    for (const { namespace, declaration } of declarations(request)) {
      if (declaration['type'] === 'function' || declaration['type'] === 'custom') this.#add(namespace, declaration);
      else hosted.push(declaration);
    }
    this.functions = [...this.#byFlatName.values()];
    this.hosted = hosted;
  }

  findByFlatName(flatName: string): CallerTool | undefined {
    return this.#byFlatName.get(flatName);
  }

  /** Also for calls of tools that are not declared any more. */
  flatName(namespace: string | undefined, name: string): string {
    const exact = this.#byName.get(key(namespace, name));
    const inAnyNamespace = namespace === undefined ? this.functions.find((tool) => tool.name === name) : undefined;
    return (exact ?? inAnyNamespace)?.flatName ?? portableName(longName(namespace, name));
  }

  #add(namespace: string | undefined, declaration: JsonObject): void {
    const name = textOf(declaration['name']);
    const known = this.#byName.get(key(namespace, name));
    const plain = portableName(longName(namespace, name));
    // A function `crm__find` beside a namespace `crm` with `find`: the later one keeps its name apart.
    const isTaken = known === undefined && this.#byFlatName.has(plain);
    const flatName = known?.flatName ?? (isTaken ? portableName(`${namespace ?? ''} ${name}`) : plain);
    const tool = { namespace: namespace ?? null, name, flatName, freeform: declaration['type'] === 'custom', declaration };
    this.#byName.set(key(namespace, name), tool);
    this.#byFlatName.set(flatName, tool);
  }
}

function* declarations(request: JsonObject): Generator<{ namespace: string | undefined; declaration: JsonObject }> {
  const added = objectsOf(request['input']).filter((item) => item['type'] === 'additional_tools');
  for (const holder of [request, ...added]) {
    for (const tool of objectsOf(holder['tools'])) {
      if (tool['type'] !== 'namespace') {
        yield { namespace: undefined, declaration: tool };
        continue;
      }
      for (const inner of objectsOf(tool['tools'])) yield { namespace: findText(tool['name']), declaration: inner };
    }
  }
}

function longName(namespace: string | undefined, name: string): string {
  if (namespace === undefined) return name;
  return namespace.endsWith('__') ? `${namespace}${name}` : `${namespace}__${name}`;
}

function key(namespace: string | undefined, name: string): string {
  return JSON.stringify([namespace ?? null, name]);
}

/** How a freeform tool is declared where every input is JSON. */
export const freeformSchema: JsonObject = {
  type: 'object',
  properties: { input: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
  required: ['input'],
  additionalProperties: false,
};

/** A grammar cannot be enforced elsewhere; the model is told of it. */
export function freeformDescription(declaration: JsonObject): string {
  const description = textOf(declaration['description']);
  const { format } = declaration;
  if (!isObject(format) || format['type'] !== 'grammar') return description;
  const syntax = findText(format['syntax']) ?? 'lark';
  return `${description}\n\nThe input must match this ${syntax} grammar:\n${textOf(format['definition'])}`.trim();
}

export function freeformArguments(input: string): JsonObject {
  return { input };
}
