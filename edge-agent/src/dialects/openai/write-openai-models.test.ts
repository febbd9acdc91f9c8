import { expect, it } from 'vitest';
import { endpointOf } from '../test/endpoint-of.ts';
import { modelEntry } from '../test/model-entry.ts';
import { writeOpenAiModels } from './write-openai-models.ts';

const a = { id: 'a', object: 'model', created: 0, owned_by: 'aicarpool' };

it('lists models and gives one', () => {
  expect(JSON.parse(writeOpenAiModels([modelEntry('a')], endpointOf('GET', '/v1/models')))).toEqual({
    object: 'list',
    data: [a],
  });
  expect(JSON.parse(writeOpenAiModels([modelEntry('a')], endpointOf('GET', '/v1/models/a')))).toEqual(a);
});
