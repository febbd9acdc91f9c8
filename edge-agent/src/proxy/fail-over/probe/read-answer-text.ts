import type { Dialect } from '@aicarpool/shared-protocol';
import { z } from 'zod';

const text = z.string().optional();
const shapes = {
  'anthropic-messages': z
    .object({ content: z.array(z.object({ text })) })
    .transform(({ content }) => content.map((block) => block.text ?? '').join('')),
  'openai-chat': z
    .object({ choices: z.array(z.object({ message: z.object({ content: z.string().nullish() }) })) })
    .transform(({ choices }) => choices.map(({ message }) => message.content ?? '').join('')),
  'openai-responses': z
    .object({ output: z.array(z.object({ content: z.array(z.object({ text })).optional() })) })
    .transform(({ output }) =>
      output
        .flatMap(({ content }) => content ?? [])
        .map((part) => part.text ?? '')
        .join(''),
    ),
  gemini: z
    .object({
      candidates: z.array(z.object({ content: z.object({ parts: z.array(z.object({ text })).optional() }).optional() })),
    })
    .transform(({ candidates }) =>
      candidates
        .flatMap(({ content }) => content?.parts ?? [])
        .map((part) => part.text ?? '')
        .join(''),
    ),
} as const satisfies Record<Dialect, z.ZodType<string>>;

/** What an answer says, as text; null: it is not an answer of this dialect. Empty where it says nothing in words. */
export function readAnswerText(dialect: Dialect, body: Buffer): string | null {
  try {
    return shapes[dialect].safeParse(JSON.parse(body.toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}
