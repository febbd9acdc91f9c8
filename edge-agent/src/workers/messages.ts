import type { ProxyHealth, Refusal, Signal } from '@aicarpool/shared-protocol';
import type { Address } from '../config.ts';
import type { HeldGroup, Outcome } from '../health/health.ts';
import type { Head, Sizes } from '../ledger/ledger.ts';
import type { Guest } from '../limits/gate.ts';
import type { Headroom } from '../limits/headroom.ts';
import type { LogOptions } from '../observe/log.ts';
import type { ContactState } from '../snapshot/contact.ts';
import type { ConfigChange } from '../snapshot/follow/config-change.ts';
import type { SealingPair } from '../snapshot/secrets.ts';
import type { SettleState } from '../uplink/settle/settle-books.ts';
import type { SettleQuestion } from '../uplink/settle/settle-question.ts';

/** What a worker must know before it opens anything. */
export interface Begin {
  readonly slot: number;
  /** How many workers the node runs. */
  readonly of: number;
  /** Of the node: its config is read there. */
  readonly dataDir: string;
  readonly nodeId: string;
  /** The newest first. */
  readonly pairs: readonly SealingPair[];
  readonly contact: ContactState;
  readonly listen: Address;
  readonly logLevel: LogOptions['level'];
  /** On the address of the AI clients, to programs on this machine. */
  readonly showsMetrics: boolean;
  /** 0 ≤ x < 1, the same in all processes of the node, so that they agree on how long something rests. */
  readonly chance: number;
  readonly coverMs: number | undefined;
}

/** `answeredAgoMs` null: never. */
export interface ToldSettling extends Omit<SettleState, 'answeredAgoMs'> {
  readonly answeredAgoMs: number | null;
}

/** How a worker does; said twice a second. */
export interface Pulse {
  readonly requests: number;
  readonly draining: boolean;
  readonly head: Head;
  readonly today: number;
  readonly perMinute: number;
  readonly sizes: Sizes;
  readonly cpuUs: number;
  readonly rssBytes: number;
  readonly settling: ToldSettling;
  /** Not every time. */
  readonly proxies?: Readonly<Record<string, ProxyHealth>>;
}

/** Requests of an account by the process that sends them. */
export type Loads = readonly (readonly [upstreamId: string, requests: number])[];

/** Answers that later requests may name, and who keeps them. */
export type Homes = readonly (readonly [answerId: string, upstreamId: string])[];

export type ToWorker =
  | { readonly is: 'begin'; readonly begin: Begin }
  /** `pairs`: where data keys may be sealed to other ones than before. */
  | { readonly is: 'config'; readonly change: ConfigChange; readonly pairs?: readonly SealingPair[] }
  | { readonly is: 'held'; readonly groups: readonly HeldGroup[] }
  | { readonly is: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly is: 'homes'; readonly homes: Homes }
  /** `of`: the process whose requests these are. */
  | { readonly is: 'loads'; readonly of: number; readonly whole: boolean; readonly loads: Loads }
  /** Other nodes wait for rights of these windows. */
  | { readonly is: 'recall'; readonly wins: readonly number[] }
  /** A session is open: whoever waited for the control plane may ask. */
  | { readonly is: 'reachable' }
  | { readonly is: 'drain' };

export type AskedOfWorker = { readonly want: 'metrics' };

/** Tickets are numbers that the worker gives; what is open under one ends with `leave`, or with the worker. */
export type ToPrimary =
  | { readonly is: 'ready' }
  | { readonly is: 'pulse'; readonly pulse: Pulse }
  | { readonly is: 'connections'; readonly took: number; readonly closed: number }
  | { readonly is: 'leave'; readonly ticket: number }
  /** `ticket`: of the promise. */
  | { readonly is: 'used'; readonly ticket: number; readonly guest: Guest; readonly used: number }
  | { readonly is: 'outcomes'; readonly outcomes: readonly Outcome[] }
  | { readonly is: 'homes'; readonly homes: Homes }
  | { readonly is: 'loads'; readonly loads: Loads }
  | { readonly is: 'signals'; readonly signals: readonly Signal[] };

export type AskedOfPrimary =
  | { readonly want: 'enter'; readonly ticket: number; readonly guest: Guest; readonly urgent: boolean }
  | { readonly want: 'promise'; readonly ticket: number; readonly guest: Guest; readonly estimate: number }
  | { readonly want: 'place'; readonly ticket: number; readonly upstreamId: string; readonly cap: number }
  | {
      readonly want: 'trial';
      readonly ticket: number;
      readonly groupId: string;
      readonly upstreamId: string;
      readonly model: string;
    }
  | { readonly want: 'settle'; readonly question: SettleQuestion; readonly deadlineMs: number }
  | { readonly want: 'metrics' };

/** To `enter` and `promise`. `refusal` null: let in. No answer at all is undefined; null: the caller hung up while he waited. */
export interface GateAnswer {
  readonly refusal: Refusal | null;
  readonly headroom: Headroom;
}

/** How a worker ends that met a bug: the config is held to account for it. It is no exit code of the program itself. */
export const bugExit = 71;
