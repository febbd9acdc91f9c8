import { describe, expect, it } from 'vitest';
import { assertReady, assertTransition, readinessOf } from './group-states.ts';

const ready = {
  serviceId: 'claude',
  enabled: true,
  serviceStatus: 'active',
  activeAccounts: 1,
  authMethod: 'shared_account',
} as const;

describe('assertTransition', () => {
  it.each([
    ['draft', 'active'],
    ['active', 'suspended'],
    ['suspended', 'active'],
    ['suspended', 'closed'],
    ['active', 'active'],
  ] as const)('lets a group go from %s to %s', (from, to) => {
    expect(() => assertTransition(from, to)).not.toThrow();
  });

  it.each([
    ['draft', 'suspended'],
    ['active', 'draft'],
    ['closed', 'active'],
  ] as const)('refuses %s to %s', (from, to) => {
    expect(() => assertTransition(from, to)).toThrow(expect.objectContaining({ status: 409, code: 'status_not_possible' }));
  });
});

describe('assertReady', () => {
  it('is content with one service that can serve', () => {
    expect(() => assertReady([{ ...ready, serviceId: 'gemini', activeAccounts: 0 }, ready])).not.toThrow();
  });

  it('says what is missing', () => {
    expect(() => assertReady([])).toThrow(expect.objectContaining({ code: 'group_not_ready' }));
    expect(() => assertReady([{ ...ready, activeAccounts: 0 }])).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ services: [{ service: 'claude', problem: 'no_account' }] }) }),
    );
  });

  it('asks for no account where members bring their own, but for a service that is on', () => {
    const own = { ...ready, authMethod: 'individual_keys', activeAccounts: 0 } as const;
    expect(() => assertReady([own])).not.toThrow();
    expect(() => assertReady([{ ...own, enabled: false }])).toThrow(expect.objectContaining({ code: 'group_not_ready' }));
  });

  it('names each reason', () => {
    expect(readinessOf({ ...ready, enabled: false })).toBe('disabled');
    expect(readinessOf({ ...ready, serviceStatus: 'maintenance' })).toBe('service_inactive');
    expect(readinessOf(ready)).toBe('active');
  });
});
