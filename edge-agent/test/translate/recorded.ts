import type { Dialect } from '@aicarpool/shared-protocol';
import { type CorpusCase, findCorpus } from '../find-corpus.ts';
import type { Loose } from './canonical.ts';

/** A recorded answer with what it means, as far as translations must keep it. */
export interface RecordedAnswer {
  readonly id: string;
  readonly stream: boolean;
  readonly body: Buffer;
  readonly request: Loose;
  readonly expected: Loose;
}

/** Answers (no refused requests) of one dialect; an empty list where the recordings are not beside the checkout. */
export function recordedAnswers(dialect: Dialect): RecordedAnswer[] {
  return findCorpus()
    .filter((one) => one.dialect === dialect && one.meta.response.status === 200)
    .map((one: CorpusCase) => ({
      id: one.id,
      stream: one.meta.stream,
      body: one.body,
      request: one.request ? JSON.parse(one.request.toString()) : {},
      expected: one.expected,
    }));
}

export function recordedErrors(dialect: Dialect): (RecordedAnswer & { readonly status: number })[] {
  return findCorpus()
    .filter((one) => one.dialect === dialect && one.meta.response.status !== 200)
    .map((one) => ({
      id: one.id,
      stream: false,
      body: one.body,
      request: {},
      expected: one.expected,
      status: one.meta.response.status,
    }));
}

/** The body in pieces: whole, byte by byte, and at some odd places. */
export function cuts(body: Buffer): Buffer[][] {
  const cut = (step: number): Buffer[] =>
    Array.from({ length: Math.ceil(body.length / step) }, (_, at) => Buffer.from(body.subarray(at * step, at * step + step)));
  return [[body], cut(body.length > 200_000 ? 997 : 1), cut(37), cut(4096)];
}
