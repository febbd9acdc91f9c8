import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../proxy/intake/limits.ts';
import { findOpenFilesLimit, limitsWithin } from './open-files.ts';

describe('what a node takes on', () => {
  it('is what it was built for where it may open files enough', () => {
    const { connections, concurrentRequests } = defaultLimits;
    expect(limitsWithin(20_000)).toEqual({ connections, concurrentRequests });
  });

  it('leaves a file for everything that a request needs where it may open few', () => {
    for (const openFiles of [300, 1_024, 4_096, 16_000]) {
      const { connections, concurrentRequests } = limitsWithin(openFiles);
      expect(connections + concurrentRequests, String(openFiles)).toBeLessThanOrEqual(openFiles);
      expect(connections).toBeGreaterThan(concurrentRequests);
      expect(concurrentRequests).toBeGreaterThan(0);
    }
  });

  it.runIf(process.platform === 'linux')('is read from the system', () => {
    expect(findOpenFilesLimit()).toBeGreaterThan(100);
  });
});
