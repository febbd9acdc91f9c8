import type { Endpoint } from '../dialect.ts';

export interface Renamed {
  readonly endpoint: Endpoint;
  readonly body: Buffer;
}

/** The same request for a model of another name, which stands in the path. */
export function renameGeminiModel(endpoint: Endpoint, body: Buffer, model: string): Renamed {
  const isTuned = model.startsWith('tunedModels/');
  const [, version = 'v1beta'] = endpoint.nativePath.split('/');
  const verb = endpoint.nativePath.slice(endpoint.nativePath.lastIndexOf(':'));
  const name = isTuned ? model : `models/${model}`;
  const last = encodeURIComponent(name.slice(name.indexOf('/') + 1));
  const nativePath = `/${version}/${isTuned ? 'tunedModels' : 'models'}/${last}${verb}`;
  return { endpoint: { ...endpoint, nativePath, modelInPath: model }, body: renameInside(body, name) };
}

const modelKey = Buffer.from('"model"');

/** Embeddings and counts may repeat the name in the body, where it must be the one in the path. */
function renameInside(body: Buffer, name: string): Buffer {
  if (body.indexOf(modelKey) === -1) return body;
  try {
    const request: unknown = JSON.parse(body.toString('utf8'));
    let renamed = 0;
    for (const part of [request, ...listOf(request, 'requests'), memberOf(request, 'generateContentRequest')]) {
      if (typeof part !== 'object' || part === null || typeof Reflect.get(part, 'model') !== 'string') continue;
      Reflect.set(part, 'model', name);
      renamed += 1;
    }
    return renamed === 0 ? body : Buffer.from(JSON.stringify(request));
  } catch {
    return body;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  const list = memberOf(value, name);
  return Array.isArray(list) ? list : [];
}
