import { describe, expect, it } from 'vitest';
import { readEndpoint } from '../endpoint/read-endpoint.ts';
import { renameGeminiModel } from './rename-model.ts';

function renamed(target: string, body: string, model: string) {
  const reading = readEndpoint('POST', target, {});
  if (!reading.ok) throw new Error(reading.refusal.message);
  const { endpoint, body: written } = renameGeminiModel(reading.endpoint, Buffer.from(body), model);
  return { path: endpoint.nativePath, model: endpoint.modelInPath, body: written.toString() };
}

describe('another model for a Gemini request', () => {
  it('changes the path and leaves the body alone', () => {
    const body = '{"contents":[{"parts":[{"text":"the \\"model\\" is 1.0"}]}]}';
    expect(renamed('/v1/models/a:generateContent', body, 'b/c')).toEqual({
      path: '/v1/models/b%2Fc:generateContent',
      model: 'b/c',
      body,
    });
    expect(renamed('/v1beta/models/a:countTokens', body, 'tunedModels/t').path).toBe('/v1beta/tunedModels/t:countTokens');
    expect(renamed('/v1beta/tunedModels/t:generateContent', body, 'b').path).toBe('/v1beta/models/b:generateContent');
  });

  it('says the name again where the body repeats it', () => {
    const batch = renamed('/v1beta/models/a:batchEmbedContents', '{"requests":[{"model":"models/a"},{"model":"models/a"}]}', 'b');
    expect(batch.body).toBe('{"requests":[{"model":"models/b"},{"model":"models/b"}]}');
    const count = renamed('/v1beta/models/a:countTokens', '{"generateContentRequest":{"model":"models/a"}}', 'b');
    expect(count.body).toBe('{"generateContentRequest":{"model":"models/b"}}');
  });
});
