import { expect, it } from 'vitest';
import { endpointOf } from '../test/endpoint-of.ts';
import { modelEntry } from '../test/model-entry.ts';
import { writeModelList } from './write-models.ts';

const headers = { 'anthropic-version': '2023-06-01' };
const a = { type: 'model', id: 'a', display_name: 'The a', created_at: '1970-01-01T00:00:00Z' };

it('lists models', () => {
  const list = endpointOf('GET', '/v1/models', headers);
  expect(JSON.parse(writeModelList([modelEntry('a'), modelEntry('b', { display_name: '' })], list))).toEqual({
    data: [a, { ...a, id: 'b', display_name: 'b' }],
    has_more: false,
    first_id: 'a',
    last_id: 'b',
  });
  expect(JSON.parse(writeModelList([], list))).toEqual({ data: [], has_more: false, first_id: null, last_id: null });
});

it('gives one model', () => {
  expect(JSON.parse(writeModelList([modelEntry('a')], endpointOf('GET', '/v1/models/a', headers)))).toEqual(a);
});
