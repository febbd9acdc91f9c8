import { asError, asList, asObject, asText, type Document, isObject } from '../../dialects/answer/read-value.ts';
import { UsageState } from '../../dialects/anthropic-messages/usage-state.ts';
import type { AnswerStep } from '../answer-step.ts';
import { openBlock, refusalSteps, stopMeaningOf, textStep, wholeInput } from './anthropic-content.ts';
import { BlockOrder } from './block-order.ts';
import { blockCitation } from './citation.ts';

const MAX_CITATIONS = 1024;

interface OpenBlock {
  readonly type: string;
  /** Until a piece of it comes, the input that stood in the block's start is the call's. */
  pendingInput: string;
  signature: string;
  /** How much text the answer had said before it. */
  readonly textFrom: number;
  readonly citations: Document[];
}

/** The steps of a Messages answer, from its parsed events or from its whole JSON body. */
export class AnthropicEvents {
  readonly #usage = new UsageState();
  readonly #order = new BlockOrder();
  readonly #blocks = new Map<number, OpenBlock>();
  #textChars = 0;
  #hasBegun = false;
  #hasFailed = false;
  #stop: { readonly reason: string; readonly sequence: string | null; readonly details: unknown } | null = null;
  #isStopped = false;
  /** Some bridges end an answer with calls as if there were none. Calls of the provider's own code name their caller. */
  #waitsForResults = false;

  read(event: Document, name: string): readonly AnswerStep[] {
    switch (asText(event['type']) ?? name) {
      case 'message':
        return this.#readBody(event);
      case 'message_start':
        return this.#begin(asObject(event['message']));
      case 'content_block_start':
        return this.#openBlock(indexOf(event), asObject(event['content_block']));
      case 'content_block_delta':
        return this.#feedBlock(indexOf(event), asObject(event['delta']));
      case 'content_block_stop':
        return this.#closeBlock(indexOf(event));
      case 'message_delta':
        return this.#readStop(asObject(event['delta']), event['usage']);
      case 'message_stop':
        return this.#finish();
      default:
        return this.#readOther(event);
    }
  }

  /** A stop reason says how the answer ended, even where `message_stop` never came. */
  end(): readonly AnswerStep[] {
    return this.#finish();
  }

  #readOther(event: Document): readonly AnswerStep[] {
    const error = asError(event['error']);
    if (error && !this.#hasFailed) {
      this.#hasFailed = true;
      return [{ kind: 'error', ...error }];
    }
    return Array.isArray(event['content']) ? this.#readBody(event) : [];
  }

  #begin(message: Document): readonly AnswerStep[] {
    const usage = this.#readUsage(message['usage']);
    if (this.#hasBegun) return usage;
    this.#hasBegun = true;
    return [{ kind: 'begin', id: asText(message['id']), model: asText(message['model']) }, ...usage];
  }

  #readBody(message: Document): readonly AnswerStep[] {
    const steps = [...this.#begin(message)];
    for (const [index, block] of asList(message['content']).entries()) {
      steps.push(...this.#openBlock(index, asObject(block)), ...this.#closeBlock(index));
    }
    steps.push(...this.#readStop(message, undefined), ...this.#finish());
    return steps;
  }

  #openBlock(index: number, block: Document): readonly AnswerStep[] {
    const before = this.#blocks.has(index) ? this.#closeBlock(index) : [];
    const isOfCode = (asText(asObject(block['caller'])['type']) ?? 'direct') !== 'direct';
    this.#waitsForResults ||= block['type'] === 'tool_use' && !isOfCode;
    this.#blocks.set(index, {
      type: asText(block['type']) ?? '',
      pendingInput: block['type'] === 'tool_use' ? wholeInput(block) : '',
      signature: asText(block['signature']) ?? '',
      textFrom: this.#textChars,
      citations: asList(block['citations']).slice(0, MAX_CITATIONS).map(asObject),
    });
    const steps = openBlock(block);
    this.#count(steps);
    return [...before, ...this.#order.add(index, steps)];
  }

  #feedBlock(index: number, delta: Document): readonly AnswerStep[] {
    const block = this.#blocks.get(index);
    const missing = block ? [] : this.#openBlock(index, blockFor(delta));
    const open = block ?? this.#blocks.get(index);
    if (!open) return missing;
    const steps = this.#delta(open, delta);
    this.#count(steps);
    return [...missing, ...this.#order.add(index, steps)];
  }

  #delta(block: OpenBlock, delta: Document): readonly AnswerStep[] {
    switch (delta['type']) {
      case 'text_delta':
        return textStep('text', delta['text']);
      case 'thinking_delta':
        return textStep('thinking', delta['thinking']);
      case 'signature_delta':
        block.signature += asText(delta['signature']) ?? '';
        return [];
      case 'input_json_delta': {
        const steps = block.type === 'tool_use' ? textStep('tool_input', delta['partial_json']) : [];
        if (steps.length > 0) block.pendingInput = '';
        return steps;
      }
      case 'citations_delta':
        if (block.citations.length < MAX_CITATIONS) block.citations.push(asObject(delta['citation']));
        return [];
      default:
        return [];
    }
  }

  #count(steps: readonly AnswerStep[]): void {
    for (const step of steps) if (step.kind === 'text') this.#textChars += step.text.length;
  }

  #closeBlock(index: number): readonly AnswerStep[] {
    const block = this.#blocks.get(index);
    if (!block) return [];
    this.#blocks.delete(index);
    const { type, pendingInput, signature } = block;
    if (type === 'tool_use') return this.#order.close(index, [...textStep('tool_input', pendingInput), { kind: 'tool_end' }]);
    if (type === 'text') {
      const cited = block.citations.flatMap((one) => blockCitation(one, block.textFrom, this.#textChars) ?? []);
      return this.#order.close(index, cited);
    }
    const isProven = type === 'thinking' && signature !== '';
    return this.#order.close(index, isProven ? [{ kind: 'thinking_proof', proof: signature, redacted: false }] : []);
  }

  #readStop(delta: Document, usage: unknown): readonly AnswerStep[] {
    const reason = asText(delta['stop_reason']);
    if (reason !== null) this.#stop = { reason, sequence: asText(delta['stop_sequence']), details: delta['stop_details'] };
    return this.#readUsage(usage);
  }

  #readUsage(raw: unknown): readonly AnswerStep[] {
    if (!isObject(raw)) return [];
    this.#usage.merge(raw);
    const usage = this.#usage.usage();
    return usage === null ? [] : [{ kind: 'usage', usage }];
  }

  #finish(): readonly AnswerStep[] {
    if (this.#stop === null || this.#isStopped) return [];
    this.#isStopped = true;
    const { reason, sequence, details } = this.#stop;
    const closing = [...this.#blocks.keys()].flatMap((index) => this.#closeBlock(index));
    const stated = stopMeaningOf(reason);
    const meaning = stated === 'stop' && this.#waitsForResults ? 'tool_calls' : stated;
    return [...closing, ...refusalSteps(details), { kind: 'stop', meaning, sequence }];
  }
}

function indexOf(event: Document): number {
  const { index } = event as { index?: unknown };
  return typeof index === 'number' ? index : 0;
}

/** Some bridges leave `content_block_start` out: the first delta then says what kind of block it is. */
function blockFor(delta: Document): Document {
  if (delta['type'] === 'thinking_delta' || delta['type'] === 'signature_delta') return { type: 'thinking' };
  return { type: delta['type'] === 'text_delta' ? 'text' : 'unknown' };
}
