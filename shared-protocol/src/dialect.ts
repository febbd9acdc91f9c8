import { z } from 'zod';

/** The four ways that AI clients and providers talk. The same name in config, ledger, code and folder. */
export const dialect = z.enum(['anthropic-messages', 'openai-chat', 'openai-responses', 'gemini']);
export type Dialect = z.infer<typeof dialect>;
export const dialects = dialect.options;
