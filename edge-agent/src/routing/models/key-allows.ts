import type { KeyEntry } from '../../snapshot/snapshot.ts';

/** May this key name `model`? What is denied wins over what it is restricted to. */
export function keyAllows({ restrictedModels, deniesModel }: KeyEntry, model: string): boolean {
  return (restrictedModels === null || restrictedModels.has(model)) && !deniesModel(model);
}
