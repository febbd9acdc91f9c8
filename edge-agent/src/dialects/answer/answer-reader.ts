import type { TokenUsage } from '@aicarpool/shared-protocol';
import type { MeterReading } from '../dialect.ts';
import type { Shape } from '../json/shape.ts';

/** What one dialect makes of the documents of one answer: events of a stream, elements of an array, or a whole body. */
export interface AnswerReader {
  readonly eventShape: Shape;
  readonly bodyShape: Shape;
  /** The last document that matters was read: what follows changes nothing that is charged. */
  readonly isTerminal: boolean;
  /** Hot path: the content bytes of an event that was read without parsing; -1: read it as a document. */
  skim(bytes: Buffer, start: number, end: number): number;
  /** `name` is the event's name, '' for a body; `contentBytes` is all content that passed so far. */
  read(document: unknown, name: string, contentBytes: number): void;
  summary(how: 'end' | 'cut', contentBytes: number): Summary;
}

export interface Summary extends Pick<MeterReading, 'billed' | 'servedModel' | 'answerId' | 'stopReason' | 'error'> {
  /** What the provider reported so far; null: nothing. */
  readonly usage: TokenUsage | null;
  readonly inputReported: boolean;
  /** `usage` is the provider's last word. */
  readonly isFinal: boolean;
  /** The protocol's end was seen; for a body the meter asks the JSON itself. */
  readonly isComplete: boolean;
}
