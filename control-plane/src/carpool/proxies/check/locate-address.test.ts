import { expect, it } from 'vitest';
import { locateAddress } from './locate-address.ts';

it('knows where public addresses are, and nothing of others', async () => {
  expect(await locateAddress('8.8.8.8')).toMatchObject({ country: 'US', latitude: expect.any(Number) });
  expect(await locateAddress('127.0.0.1')).toBeUndefined();
  expect(await locateAddress('nonsense')).toBeUndefined();
});
