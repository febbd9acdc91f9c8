import type { Price } from '@aicarpool/shared-protocol';
import type { ServiceChange } from '@aicarpool/shared-protocol/console';
import { Invalid } from '../../kernel/index.ts';

const notDefaults = new Set([
  ...['authorization', 'x-api-key', 'x-goog-api-key', 'api-key', 'cookie', 'proxy-authorization'],
  ...[
    'host',
    'connection',
    'content-length',
    'content-encoding',
    'transfer-encoding',
    'upgrade',
    'te',
    'trailer',
    'keep-alive',
    'expect',
  ],
]);

/** Default headers may say what a client left out; they may not carry credentials or govern the connection. */
export function checkDefaultHeaders(headers: Readonly<Record<string, string>>): void {
  const refused = Object.keys(headers).filter((name) => notDefaults.has(name));
  if (refused.length > 0) {
    throw new Invalid('header_not_allowed', `these headers cannot be defaults: ${refused.join(', ')}`, { headers: refused });
  }
}

type ModelChange = NonNullable<ServiceChange['available_models']>[number];

/** The price that a change asks for; undefined: it says nothing about the price. */
export function priceOfChange(change: ModelChange): Price | null | undefined {
  if (change.price !== undefined) return change.price;
  if (typeof change.input_price_per_1k === 'number' && typeof change.output_price_per_1k === 'number') {
    return { input: picoPerToken(change.input_price_per_1k), output: picoPerToken(change.output_price_per_1k) };
  }
  if (change.input_price_per_1k === null || change.output_price_per_1k === null) return null;
  return undefined;
}

const picoPerToken = (usdPer1k: number) => Math.round(Number(`${usdPer1k}e9`));
