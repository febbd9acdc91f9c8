import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addNanoUsd, nanoUsd, nanoUsdToUsd, usdToNanoUsd } from './money.ts';

it('comes back unchanged from the decimal number of the public API', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(5000), fc.nat(4_000_000_000_000_000)), (amount) => {
      expect(usdToNanoUsd(nanoUsdToUsd(amount))).toBe(amount);
    }),
  );
});

it('rounds amounts from outside half up, without binary dust', () => {
  expect(usdToNanoUsd(1.2345)).toBe(1_234_500_000);
  expect(usdToNanoUsd(0.1 + 0.2)).toBe(300_000_000);
  expect(usdToNanoUsd(0.0000000005)).toBe(1);
  expect(usdToNanoUsd(0)).toBe(0);
});

it('refuses what leaves the exact range, rather than lose a part of it', () => {
  expect(() => addNanoUsd(Number.MAX_SAFE_INTEGER, 1)).toThrow(RangeError);
  expect(() => usdToNanoUsd(1e10)).toThrow(RangeError);
  expect(() => usdToNanoUsd(Number.NaN)).toThrow(RangeError);
  expect(nanoUsd.safeParse(1.5).success).toBe(false);
  expect(nanoUsd.safeParse(-1).success).toBe(false);
});
