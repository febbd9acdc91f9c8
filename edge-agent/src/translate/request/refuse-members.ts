import { isAbsent } from '../parts/json.ts';
import type { JsonObject } from '../translation.ts';
import { NotTranslatable } from './turns.ts';

/**
 * Refuses what a request holds beyond the members that its pair translates and the hints that may be left out without
 * changing the answer's meaning.
 */
export function refuseOthers(
  holder: JsonObject,
  where: string,
  target: string,
  known: ReadonlySet<string>,
  nameOf = (name: string) => name,
): void {
  for (const [name, value] of Object.entries(holder)) {
    if (isAbsent(value) || known.has(nameOf(name))) continue;
    throw new NotTranslatable(
      `\`${where}${name}\``,
      target,
      'Leave it out, or use a service that speaks the format of the request.',
    );
  }
}
