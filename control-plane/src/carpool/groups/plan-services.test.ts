import { groupServiceInput } from '@aicarpool/shared-protocol/console';
import { describe, expect, it } from 'vitest';
import { newServicePlan, planServices, reorder } from './plan-services.ts';

const known = new Set(['claude', 'gemini', 'ampcode']);
const input = (service_name: string, over = {}) => groupServiceInput.parse({ service_name, ...over });
const short = (plans: ReturnType<typeof planServices>) =>
  plans.map((plan) => `${plan.serviceId}:${plan.priority}:${plan.enabled ? 'on' : 'off'}`);
const current = [newServicePlan('claude', 1), newServicePlan('gemini', 2)];

describe('planServices', () => {
  it('takes services in the order of the list, or by their priority', () => {
    expect(short(planServices([], { services: [input('gemini'), input('claude')] }, known))).toEqual([
      'gemini:1:on',
      'claude:2:on',
    ]);
    expect(short(planServices([], { services: [input('gemini', { priority: 5 }), input('claude')] }, known))).toEqual([
      'claude:2:on',
      'gemini:5:on',
    ]);
  });

  it('keeps services that are not named, switched off', () => {
    expect(short(planServices(current, { services: [input('claude')] }, known))).toEqual(['claude:1:on', 'gemini:2:off']);
    expect(short(planServices(current, { enabled_services: ['gemini', 'ampcode'] }, known))).toEqual([
      'claude:1:off',
      'gemini:2:on',
      'ampcode:3:on',
    ]);
  });

  it('changes no service when the wish names none', () => {
    expect(planServices(current, {}, known)).toEqual(current);
  });

  it('puts the primary service first, whatever priorities say', () => {
    expect(short(planServices(current, { primary_service: 'gemini' }, known))).toEqual(['gemini:0:on', 'claude:1:on']);
    expect(short(planServices(current, { primary_service: 'claude' }, known))).toEqual(['claude:1:on', 'gemini:2:on']);
  });

  it('switches off what the service itself says is off', () => {
    const wish = { enabled_services: ['claude'], services: [input('claude', { enabled: false }), input('gemini')] };
    expect(short(planServices([], wish, known))).toEqual(['claude:1:off', 'gemini:2:off']);
  });

  it.each([
    [{ services: [input('nothing')] }, 'service_unknown'],
    [{ enabled_services: ['nothing'] }, 'service_unknown'],
    [{ primary_service: 'nothing' }, 'service_unknown'],
    [{ primary_service: 'ampcode' }, 'primary_not_enabled'],
    [{ services: [input('claude'), input('claude')] }, 'service_twice'],
  ])('refuses %j', (wish, code) => {
    expect(() => planServices(current, wish, known)).toThrow(expect.objectContaining({ status: 400, code }));
  });
});

describe('reorder', () => {
  it('puts the chain first and the others behind it, as they were', () => {
    const three = [...current, newServicePlan('ampcode', 3)];
    expect(short(reorder(three, ['ampcode']))).toEqual(['ampcode:1:on', 'claude:2:on', 'gemini:3:on']);
  });

  it('refuses services that the group does not use, or twice', () => {
    expect(() => reorder(current, ['ampcode'])).toThrow(expect.objectContaining({ code: 'service_not_in_group' }));
    expect(() => reorder(current, ['claude', 'claude'])).toThrow(expect.objectContaining({ code: 'service_twice' }));
  });
});
