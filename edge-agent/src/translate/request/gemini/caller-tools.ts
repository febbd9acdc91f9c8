import { objectsOf, textOf } from '../../parts/json.ts';
import type { JsonObject, JsonValue } from '../../translation.ts';
import { portableName } from '../portable-name.ts';
import { member } from './member.ts';

/** The functions that a Gemini request declares. Their names may hold dots and colons, which other APIs refuse. */
export class GeminiTools {
  readonly declarations: readonly JsonObject[];
  /** Tools that Google runs: every member of `tools` besides the declarations. */
  readonly hosted: readonly (readonly [name: string, settings: JsonValue])[];
  readonly #callerNames: ReadonlyMap<string, string>;

  constructor(request: JsonObject) {
    const tools = objectsOf(request['tools']);
    this.declarations = tools.flatMap((tool) => objectsOf(member(tool, 'functionDeclarations')));
    this.hosted = tools.flatMap((tool) =>
      Object.entries(tool).flatMap(([name, settings]) =>
        isDeclarations(name) || settings === undefined || settings === null ? [] : [[name, settings] as const],
      ),
    );
    this.#callerNames = new Map(this.declarations.map(({ name }) => [portableName(textOf(name)), textOf(name)] as const));
  }

  callerName(upstreamName: string): string {
    return this.#callerNames.get(upstreamName) ?? upstreamName;
  }
}

function isDeclarations(name: string): boolean {
  return name === 'functionDeclarations' || name === 'function_declarations';
}
