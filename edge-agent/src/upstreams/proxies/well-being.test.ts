import { expect, it } from 'vitest';
import { ProxyFailed } from './proxy-failed.ts';
import { WellBeing } from './well-being.ts';

const failed = (blame: ProxyFailed['blame']) => new ProxyFailed(blame, 'X', 'x');

it('goes out after two failures in a row, and a connection between them forgives', () => {
  const being = new WellBeing();
  expect(being.failed(failed('proxy'), 0)).toBeUndefined();
  being.connected();
  expect(being.failed(failed('timeout'), 0)).toBeUndefined();
  expect(being.failed(failed('timeout'), 1_000)).toEqual({ kind: 'proxy_down', reason: 'proxy_timeout', untilMs: 6_000 });
  expect(being.isWell).toBe(false);
});

it('goes out at once when the proxy does not let us in or may not be dialled', () => {
  for (const blame of ['auth', 'rules'] as const) {
    expect(new WellBeing().failed(failed(blame), 0)).toMatchObject({ kind: 'proxy_down', untilMs: 60_000 });
  }
});

it('is never put out by what is not the fault of the proxy', () => {
  const being = new WellBeing();
  for (let at = 0; at < 5; at += 1) for (const blame of ['full', 'here'] as const) being.failed(failed(blame), 0);
  expect(being.isWell).toBe(true);
});

it('is asked again after ever longer rests, at most five minutes, and begins anew once it was back', () => {
  const being = new WellBeing();
  for (let at = 0; at < 2; at += 1) being.failed(failed('proxy'), 0);
  const rests = Array.from({ length: 8 }, () => {
    const atMs = being.checkAtMs ?? 0;
    being.checkFailed(atMs);
    return (being.checkAtMs ?? 0) - atMs;
  });
  expect(rests).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  expect(being.connected()).toMatchObject({ kind: 'proxy_back' });
  being.failed(failed('proxy'), 0);
  expect(being.failed(failed('proxy'), 0)).toMatchObject({ untilMs: 5_000 });
});
