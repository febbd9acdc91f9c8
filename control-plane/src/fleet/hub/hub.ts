import type { Probe, ProbeAnswer, StatsAnswer, StatsQuestion } from '@aicarpool/shared-protocol';
import type { PlaceableNode } from '../placement/serves.ts';
import { NodeStream } from './node-stream.ts';

export type OnAnswer = (nodeId: string, answer: StatsAnswer) => void;
export type OnProbed = (result: ProbeAnswer['result']) => void;

interface Guest {
  readonly node: PlaceableNode;
  readonly stream: NodeStream;
}

/** The event streams that this replica holds, and the questions that it waits for. One a process. */
export class Hub {
  readonly #guests = new Map<string, Guest>();
  readonly #waiters = new Map<string, OnAnswer>();
  readonly #probers = new Map<string, OnProbed>();
  readonly #onClose: (stream: NodeStream) => void;
  #closed = false;

  /** `onClose` is told of each stream that ended, by whatever side. */
  constructor(onClose: (stream: NodeStream) => void = () => undefined) {
    this.#onClose = onClose;
  }

  /** Opens the stream of a node; one that it had open here before ends. */
  open(node: PlaceableNode, sessionNo: number): NodeStream {
    const stream = new NodeStream(node.id, sessionNo, (closed) => this.#forget(closed));
    this.#guests.get(node.id)?.stream.end();
    this.#guests.set(node.id, { node, stream });
    if (this.#closed) stream.end();
    return stream;
  }

  nodes(): readonly PlaceableNode[] {
    return [...this.#guests.values()].map(({ node }) => node);
  }

  holds(nodeId: string): boolean {
    return this.#guests.has(nodeId);
  }

  /** Pokes these nodes; null: all that are here. */
  poke(head: number, nodeIds: ReadonlySet<string> | null): void {
    for (const [nodeId, { stream }] of this.#guests) if (!nodeIds || nodeIds.has(nodeId)) stream.poke(head);
  }

  /** Asks a node, if it is here, to give back what it does not need of these windows. */
  recall(nodeId: string, wins: readonly number[]): void {
    this.#guests.get(nodeId)?.stream.recall(wins);
  }

  /** False when the node is not here. */
  ask(nodeId: string, question: StatsQuestion): boolean {
    const guest = this.#guests.get(nodeId);
    guest?.stream.ask(question);
    return guest !== undefined;
  }

  /** False when the node is not here. */
  probe(nodeId: string, probe: Probe): boolean {
    const guest = this.#guests.get(nodeId);
    guest?.stream.probe(probe);
    return guest !== undefined;
  }

  /** Calls `onProbed` when the result of this probe reaches this replica, until the given function is called. */
  awaitProbe(probeId: string, onProbed: OnProbed): () => void {
    this.#probers.set(probeId, onProbed);
    return () => this.#probers.delete(probeId);
  }

  /** False when this replica does not wait for the probe. */
  probed(probeId: string, result: ProbeAnswer['result']): boolean {
    const onProbed = this.#probers.get(probeId);
    onProbed?.(result);
    return onProbed !== undefined;
  }

  /** How many probes this replica waits for. */
  get probing(): number {
    return this.#probers.size;
  }

  /** A newer session was opened somewhere: an older one here is told and ends. */
  fence(nodeId: string, newestSessionNo: number): void {
    const guest = this.#guests.get(nodeId);
    if (guest && guest.stream.sessionNo < newestSessionNo) guest.stream.fence();
  }

  /** Calls `onAnswer` for each answer to this question that reaches this replica, until the given function is called. */
  awaitAnswers(questionId: string, onAnswer: OnAnswer): () => void {
    this.#waiters.set(questionId, onAnswer);
    return () => this.#waiters.delete(questionId);
  }

  /** False when this replica does not wait for the question. */
  answer(nodeId: string, answer: StatsAnswer): boolean {
    const onAnswer = this.#waiters.get(answer.question_id);
    onAnswer?.(nodeId, answer);
    return onAnswer !== undefined;
  }

  waitsFor(questionId: string): boolean {
    return this.#waiters.has(questionId);
  }

  /** Ends every stream, so that the server can stop; the nodes come back to another replica. */
  close(): void {
    this.#closed = true;
    for (const { stream } of this.#guests.values()) stream.end();
  }

  #forget(stream: NodeStream): void {
    if (this.#guests.get(stream.nodeId)?.stream === stream) this.#guests.delete(stream.nodeId);
    this.#onClose(stream);
  }
}
