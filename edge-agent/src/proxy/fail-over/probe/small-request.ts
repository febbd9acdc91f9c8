import type { Dialect, ModelEntry } from '@aicarpool/shared-protocol';
import type { Endpoint } from '../../../dialects/index.ts';
import type { ServiceEntry, ServiceRoute } from '../../../snapshot/snapshot.ts';

const outputTokens = 256;

export interface SmallRequest {
  readonly endpoint: Endpoint;
  readonly body: Buffer;
}

/** One small question in the words of a dialect, not streamed. */
export function smallRequest(dialect: Dialect, model: string, message: string): SmallRequest {
  const messages = [{ role: 'user', content: message }];
  const plain = { dialect, operation: 'generate', search: '', modelInPath: null, streamInPath: null } as const;
  const say = (nativePath: string, body: object) => ({
    endpoint: { ...plain, nativePath },
    body: Buffer.from(JSON.stringify(body)),
  });
  switch (dialect) {
    case 'anthropic-messages':
      return say('/v1/messages', { model, max_tokens: outputTokens, messages });
    case 'openai-chat':
      return say('/v1/chat/completions', { model, messages });
    case 'openai-responses':
      return say('/v1/responses', { model, input: message, max_output_tokens: outputTokens });
    case 'gemini': {
      const nativePath = `/v1beta/models/${encodeURIComponent(model)}:generateContent`;
      const asked = {
        contents: [{ role: 'user', parts: [{ text: message }] }],
        generationConfig: { maxOutputTokens: outputTokens },
      };
      const { body } = say(nativePath, asked);
      return { endpoint: { ...plain, nativePath, modelInPath: model, streamInPath: false }, body };
    }
  }
}

/** The dialect in which a service is asked for a model: the model's own where the service speaks several. */
export function dialectFor(service: Pick<ServiceEntry, 'pathPrefix'>, model: string): Dialect | undefined {
  const spoken = [...service.pathPrefix.keys()];
  const own: Dialect = model.includes('claude') ? 'anthropic-messages' : model.includes('gemini') ? 'gemini' : 'openai-chat';
  return spoken.find((dialect) => dialect === own) ?? spoken[0];
}

const notForChat = [
  'embed',
  'tts',
  'audio',
  'image',
  'veo',
  'realtime',
  'transcribe',
  'moderation',
  'live',
  'research',
  'computer',
];

/** Models to try, cheapest first, without a known price last: those that the group allows and that can be talked to. */
export function cheapestModels(
  { service, allowsModel }: Pick<ServiceRoute, 'service' | 'allowsModel'>,
  atMost: number,
): string[] {
  const cost = ({ price }: ModelEntry) => (price ? price.input + price.output : Number.POSITIVE_INFINITY);
  return service.models
    .filter(({ model, price }) => allowsModel(model) && (price === null || price.output > 0))
    .filter(({ model }) => !notForChat.some((word) => model.includes(word)))
    .toSorted((a, b) => (cost(a) === cost(b) ? 0 : cost(a) - cost(b)))
    .slice(0, atMost)
    .map(({ model }) => model);
}
