import type { TokenUsage } from '@aicarpool/shared-protocol';
import type { AnswerReader, AnswerStep, StopMeaning } from '../answer-step.ts';

export interface SaidCall {
  readonly id: string | null;
  readonly name: string;
  readonly input: string;
  readonly freeform: boolean;
}

export interface Said {
  text: string;
  thinking: string;
  refusal: string;
  proofs: string[];
  calls: SaidCall[];
  images: number;
  usage: TokenUsage | null;
  stop: StopMeaning | null;
  error: { type: string; message: string } | null;
}

/** All steps of an answer, read in pieces that end at `stops`. */
export function stepsOf(
  reader: AnswerReader,
  body: Buffer,
  stops: readonly number[] = [],
  how: 'end' | 'cut' = 'end',
): AnswerStep[] {
  const steps: AnswerStep[] = [];
  const ends = [...new Set(stops.map((stop) => stop % (body.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, body.length]) {
    steps.push(...reader.push(body.subarray(from, end)));
    from = end;
  }
  return [...steps, ...reader.end(how)];
}

/** What an answer says; it fails where the steps are out of the order that writers rely on. */
export function saidBy(steps: readonly AnswerStep[]): Said {
  const said: Said = {
    text: '',
    thinking: '',
    refusal: '',
    proofs: [],
    calls: [],
    images: 0,
    usage: null,
    stop: null,
    error: null,
  };
  let open: SaidCall | undefined;
  for (const step of steps) {
    if (said.stop !== null || said.error !== null) throw new Error(`${step.kind} after the end`);
    const isInCall = step.kind === 'tool_input' || step.kind === 'tool_end';
    if (isInCall !== (open !== undefined) && step.kind !== 'usage' && step.kind !== 'error')
      throw new Error(`${step.kind} out of place`);
    open = callAfter(open, step, said);
    if (!open) add(step, said);
    else if (step.kind === 'usage' || step.kind === 'error') add(step, said);
  }
  if (open) said.calls.push(open);
  return said;
}

function callAfter(open: SaidCall | undefined, step: AnswerStep, said: Said): SaidCall | undefined {
  if (step.kind === 'tool_begin') return { id: step.id, name: step.name, freeform: step.freeform, input: '' };
  if (step.kind === 'tool_input' && open) return { ...open, input: open.input + step.text };
  if (step.kind === 'tool_end' && open) said.calls.push(open);
  return step.kind === 'tool_end' ? undefined : open;
}

function add(step: AnswerStep, said: Said): void {
  if (step.kind === 'text' || step.kind === 'thinking' || step.kind === 'refusal') said[step.kind] += step.text;
  else if (step.kind === 'thinking_proof') said.proofs.push(step.proof);
  else if (step.kind === 'image') said.images++;
  else if (step.kind === 'usage') said.usage = step.usage;
  else if (step.kind === 'stop') said.stop = step.meaning;
  else if (step.kind === 'error') said.error = { type: step.type, message: step.message };
}
