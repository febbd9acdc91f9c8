import type { Dialect } from '@aicarpool/shared-protocol';
import { type Answer, json } from '../fake-upstream/fake-upstream.ts';
import type { Loose } from './canonical.ts';

/** A provider that thinks, calls a tool each time, and takes back no proof of thinking but those it gave itself. */
export class ProvingProvider {
  /** How many of its own proofs came back with each question. */
  readonly returned: number[] = [];
  readonly complaints: string[] = [];
  readonly #dialect: Dialect;
  readonly #given = new Set<string>();

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  readonly answer: Answer = (seen, response) => {
    const text = seen.body.toString();
    const body = JSON.parse(text);
    const proofs = readers[this.#dialect](body);
    const foreign = proofs.filter((proof) => !this.#given.has(proof) && proof !== madeElsewhere);
    if (text.includes('~acp1') || foreign.length > 0) this.complaints.push(`a foreign proof: ${foreign}`);
    if (this.#dialect === 'gemini') this.complaints.push(...unsignedCalls(body));
    if (this.complaints.length > 0) return json(response, 400, JSON.stringify({ error: { message: this.complaints.join() } }));
    this.returned.push(proofs.filter((proof) => this.#given.has(proof)).length);
    const proof = Buffer.from(`${this.#dialect} proof ${this.#given.size}`).toString('base64');
    this.#given.add(proof);
    return json(response, 200, JSON.stringify(answers[this.#dialect](proof, `call_${this.#dialect}_${this.#given.size}`)));
  };
}

const madeElsewhere = 'skip_thought_signature_validator';

const texts = (values: readonly Loose[]): string[] => values.filter((value) => typeof value === 'string' && value !== '');

const readers: Record<Dialect, (body: Loose) => string[]> = {
  'anthropic-messages': ({ messages }) =>
    texts(messages.flatMap(({ content }: Loose) => [content].flat().flatMap((one: Loose) => [one.signature, one.data]))),
  'openai-chat': ({ messages }) =>
    texts(messages.flatMap((one: Loose) => (one.reasoning_details ?? []).map(({ data }: Loose) => data))),
  'openai-responses': ({ input }) => texts(input.map((item: Loose) => item.encrypted_content)),
  gemini: ({ contents }) => texts(contents.flatMap(({ parts }: Loose) => parts.map((part: Loose) => part.thoughtSignature))),
};

/** Gemini 3 wants a signature with the first call of every step. */
function unsignedCalls({ contents }: Loose): string[] {
  return contents.flatMap(({ parts }: Loose) => {
    const first = parts.find(({ functionCall }: Loose) => functionCall);
    return first && !first.thoughtSignature ? ['a call without a signature'] : [];
  });
}

const answers: Record<Dialect, (proof: string, id: string) => Loose> = {
  'anthropic-messages': (signature, id) => ({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'x',
    content: [
      { type: 'thinking', thinking: 'Hm', signature },
      { type: 'tool_use', id, name: 'look', input: { at: 1 } },
    ],
    stop_reason: 'tool_use',
    usage: { input_tokens: 3, output_tokens: 4 },
  }),
  'openai-chat': (data, id) => ({
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          reasoning_details: [{ type: 'reasoning.encrypted', data, index: 0 }],
          tool_calls: [{ id, type: 'function', function: { name: 'look', arguments: '{"at":1}' } }],
        },
        finish_reason: 'tool_calls',
      },
    ],
    usage: { prompt_tokens: 3, completion_tokens: 4 },
  }),
  'openai-responses': (encrypted_content, call_id) => ({
    object: 'response',
    status: 'completed',
    output: [
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content },
      { type: 'function_call', id: 'fc_1', call_id, name: 'look', arguments: '{"at":1}', status: 'completed' },
    ],
    usage: { input_tokens: 3, output_tokens: 4 },
  }),
  gemini: (thoughtSignature) => ({
    candidates: [
      {
        content: {
          role: 'model',
          parts: [
            { text: 'Hm', thought: true },
            { functionCall: { name: 'look', args: { at: 1 } }, thoughtSignature },
          ],
        },
        finishReason: 'STOP',
      },
    ],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4 },
  }),
};
