import type { ServiceRoute } from '../../snapshot/snapshot.ts';

/** What a service calls the model that a caller names. Undefined: it does not know it. */
export interface NameAtService {
  readonly model: string;
  readonly aliased: boolean;
}

/** An alias wins over a model of the same name, and may lead to a name that no list holds. */
export function findNameAtService({ service, aliasOf }: ServiceRoute, model: string): NameAtService | undefined {
  const alias = aliasOf(model);
  if (alias !== undefined) return { model: alias, aliased: true };
  return service.knowsModel(model) ? { model, aliased: false } : undefined;
}
