import { describe, expect, it } from 'vitest';
import { group, key, model, type RouteInput, serviceRoute, upstream } from '../test/entries.ts';
import { offeredModels } from './offered-models.ts';

const offered = (services: readonly RouteInput[], keyInput = {}, routing = {}) =>
  offeredModels(group(services.map(serviceRoute), routing), key(keyInput), 'anthropic-messages').map((entry) => entry.model);

const aliased: RouteInput = {
  id: 'other',
  models: [model('gpt-5', { context_length: 7 })],
  aliasOf: (name) => ({ 'claude-like': 'gpt-5', 'claude-other': 'unlisted' })[name],
  aliasNames: ['claude-like', 'claude-other'],
};

describe('the models that a key may use', () => {
  it('are what active services with an account for this member list, each once, with aliases that have no wild card', () => {
    const claude: RouteInput = { id: 'claude', models: [model('claude-a'), model('claude-b')] };
    expect(offered([claude, { ...claude, id: 'again' }, aliased])).toEqual([
      'claude-a',
      'claude-b',
      'gpt-5',
      'claude-like',
      'claude-other',
    ]);
    expect(offered([{ ...claude, service: { status: 'maintenance' } }])).toEqual([]);
    expect(offered([{ ...claude, upstreams: [] }])).toEqual([]);
    expect(offered([{ ...claude, authMethod: 'individual_keys' }])).toEqual([]);
    const own = [upstream('mine', { ownerId: 'usr_test' })];
    expect(offered([{ ...claude, authMethod: 'individual_keys', upstreams: own }])).toEqual(['claude-a', 'claude-b']);
  });

  it('leave out what the key may not name, and what the lists of the group refuse under its own name', () => {
    expect(offered([aliased], { deniesModel: (name: string) => name === 'gpt-5' })).toEqual(['claude-like', 'claude-other']);
    expect(offered([aliased], { restrictedModels: new Set(['claude-like']) })).toEqual(['claude-like']);
    expect(offered([{ ...aliased, allowsModel: (name) => name === 'gpt-5' }])).toEqual(['gpt-5', 'claude-like']);
  });

  it('describe an alias as the model that answers', () => {
    const models = offeredModels(group([serviceRoute(aliased)]), key(), 'anthropic-messages');
    expect(models.find((entry) => entry.model === 'claude-like')).toMatchObject({ context_length: 7, display_name: 'gpt-5' });
  });

  it('leave out services that the caller could not talk to', () => {
    const foreign: RouteInput = { ...aliased, service: { pathPrefix: new Map([['gemini', '']]) } };
    expect(offered([foreign], {}, { translation: false })).toEqual([]);
    const responses = serviceRoute({ ...aliased, service: { pathPrefix: new Map([['openai-responses', '']]) } });
    const list = offeredModels(group([responses], { translation: false }), key(), 'openai-chat');
    expect(list.map((entry) => entry.model)).toContain('gpt-5');
  });
});
