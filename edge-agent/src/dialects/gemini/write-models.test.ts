import { expect, it } from 'vitest';
import { endpointOf } from '../test/endpoint-of.ts';
import { modelEntry } from '../test/model-entry.ts';
import { writeModelList } from './write-models.ts';

it('lists models with their methods and limits, and gives one', () => {
  const list = JSON.parse(writeModelList([modelEntry('g'), modelEntry('text-embedding-1')], endpointOf('GET', '/v1beta/models')));
  expect(list.models[0]).toEqual({
    name: 'models/g',
    baseModelId: 'g',
    version: '001',
    displayName: 'The g',
    inputTokenLimit: 200_000,
    supportedGenerationMethods: ['generateContent', 'countTokens'],
  });
  expect(list.models[1].supportedGenerationMethods).toContain('embedContent');
  expect(JSON.parse(writeModelList([modelEntry('g')], endpointOf('GET', '/v1beta/models/g')))).toEqual(list.models[0]);
});
