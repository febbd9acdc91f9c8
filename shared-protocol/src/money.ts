import { z } from 'zod';

/**
 * Money is integer nano-USD: 1 USD = 1,000,000,000 nano-USD. One sum stays exact up to
 * 9,007,199 USD (2^53 nano-USD); `addNanoUsd` throws rather than pass it.
 */
export type NanoUsd = number;

export const nanoUsd = z.int().nonnegative();

export function addNanoUsd(a: NanoUsd, b: NanoUsd): NanoUsd {
  const sum = a + b;
  if (!Number.isSafeInteger(sum)) throw new RangeError('a sum of money left the exact range');
  return sum;
}

/** Nano-USD as the decimal number of the public API: 1,234,500,000 → 1.2345. */
export function nanoUsdToUsd(amount: NanoUsd): number {
  return Number(`${amount}e-9`);
}

/** A decimal USD amount from outside as nano-USD, rounded half up. Throws RangeError beyond the exact range. */
export function usdToNanoUsd(usd: number): NanoUsd {
  // Shifting the decimal exponent of its text keeps binary dust out; small numbers already have one (5e-10).
  const [digits, exponent = '0'] = String(usd).split('e');
  const amount = Math.round(Number(`${digits}e${Number(exponent) + 9}`));
  if (!Number.isSafeInteger(amount)) throw new RangeError(`${usd} USD is outside the exact range`);
  return amount;
}
