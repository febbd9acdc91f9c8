import { describe, expect, it } from 'vitest';
import { readTarget } from '../endpoint/read-target.ts';
import { readGeminiPath } from './read-path.ts';

function read(target: string) {
  const parts = readTarget(target);
  return parts && readGeminiPath(parts);
}

describe('readGeminiPath', () => {
  it('reads model, stream and operation from the path', () => {
    expect(read('/v1beta/models/gemini-x:streamGenerateContent?alt=sse')).toEqual({
      dialect: 'gemini',
      operation: 'generate',
      nativePath: '/v1beta/models/gemini-x:streamGenerateContent',
      search: '?alt=sse',
      modelInPath: 'gemini-x',
      streamInPath: true,
    });
    expect(read('/v1beta/models/gemini-x:generateContent')).toMatchObject({ streamInPath: false });
    expect(read('/v1beta/models/e:batchEmbedContents')).toMatchObject({ operation: 'embed', streamInPath: null });
  });

  it('brings the long Vertex forms to the short one', () => {
    const forms = [
      '/v1beta1/publishers/google/models/gemini-x:generateContent',
      '/v1beta1/projects/p/locations/eu/publishers/google/models/gemini-x:generateContent',
      '/api/provider/google/v1beta1/publishers/google/models/gemini-x:generateContent',
      '/models/gemini-x:generateContent',
    ];
    for (const form of forms) expect(read(form)?.nativePath).toBe('/v1beta/models/gemini-x:generateContent');
    expect(read('/v1/projects/p/locations/l/publishers/google/models/x:generateContent')?.nativePath).toBe(
      '/v1/models/x:generateContent',
    );
  });

  it('keeps tuned models apart and decodes percent-encoding once', () => {
    expect(read('/v1beta/tunedModels/mine:generateContent')).toMatchObject({
      nativePath: '/v1beta/tunedModels/mine:generateContent',
      modelInPath: 'tunedModels/mine',
    });
    expect(read('/v1beta/models/gemini%2Dx%40001%3AgenerateContent')).toMatchObject({
      nativePath: '/v1beta/models/gemini-x%40001:generateContent',
      modelInPath: 'gemini-x@001',
    });
    expect(read('/v1beta/models/..%2f..%2fadmin:generateContent')?.nativePath).toBe(
      '/v1beta/models/..%2F..%2Fadmin:generateContent',
    );
  });

  it('leaves other paths alone', () => {
    for (const target of [
      '/v1beta/models',
      '/v1beta/models/x',
      '/v1beta/models/:generateContent',
      '/v1beta/models/x:delete',
      '/v1/files/x:generateContent',
    ]) {
      expect(read(target), target).toBeUndefined();
    }
  });
});
