import { type DestinationStream, type Logger, pino } from 'pino';
import { redact } from './redact.ts';

export type { Logger };

const hidden = [
  'authorization',
  'cookie',
  'token',
  'secret',
  'credential',
  'node_token',
  'registration_token',
  'headers.authorization',
  'headers["x-api-key"]',
  'headers["x-goog-api-key"]',
  '*.authorization',
  '*["x-api-key"]',
  '*["x-goog-api-key"]',
];

export interface LogOptions {
  readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly destination?: DestinationStream;
  /** Sees every line from `warn` up, already free of secrets. */
  readonly onWarning?: (line: string) => void;
}

/**
 * The log of a node: one JSON object a line on stderr. Named fields that hold credentials are cut, and every
 * text in a line passes the redactor, for a credential may hide in the message of a foreign error.
 */
export function openLog(options: LogOptions = {}): Logger {
  const destination = options.destination ?? stderr();
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: hidden, censor: '[redacted]' },
      hooks: {
        streamWrite: (text) => {
          const line = redact(text);
          if (options.onWarning && /^\{"level":"(?:warn|error|fatal)"/.test(line)) options.onWarning(line);
          return line;
        },
      },
    },
    destination,
  );
}

/** Whoever read the log may be gone; that is no reason to stop serving. */
function stderr(): DestinationStream {
  const destination = pino.destination({ dest: 2, sync: true });
  destination.on('error', () => undefined);
  return destination;
}
