import { bedrock } from './bedrock/bedrock.ts';
import { mistral } from './mistral/mistral.ts';
import type { Vendor } from './vendor.ts';
import { vertex } from './vertex/vertex.ts';

/** By the name that a service gives as its `vendor`. One folder and one row each. */
const vendors: ReadonlyMap<string, Vendor> = new Map<string, Vendor>([
  ['bedrock', bedrock],
  ['mistral', mistral],
  ['vertex', vertex],
]);

/** null: the service needs none. Undefined: it needs one that this build of the node does not have. */
export function findVendor(name: string): Vendor | null | undefined {
  return name === '' ? null : vendors.get(name);
}
