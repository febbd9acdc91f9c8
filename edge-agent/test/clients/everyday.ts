import { claimBooked, claimHonest, claimLive, claimPrivate, claimSaid, claimToolRan, livePieces } from './claims.ts';
import type { ToolCall } from './provider/turn.ts';
import type { Ran } from './run-program.ts';
import type { Scenario } from './scenario.ts';
import type { Services, Stage } from './stage.ts';

/** How a client is started for one prompt. */
export interface Asking {
  readonly prompt?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly prefix?: string;
}

export interface Client {
  readonly name: string;
  /** Runs the client for one prompt through the tap of the stage, to its end. */
  ask(stage: Stage, asking?: Asking): Promise<Ran>;
  /** How the scripted model calls the shell of this client, and what lets the client do it unasked. */
  readonly shell: ToolCall;
  readonly toolArgs: readonly string[];
}

export const hello = { pieces: ['Hi ', 'there, ', 'carpool!'] };
export const helloText = hello.pieces.join('');

/** What every coding tool does all day. */
export function everydayScenarios(client: Client): Scenario[] {
  return [
    { client: client.name, what: 'answer', run: (stage) => answer(client, stage) },
    { client: client.name, what: 'tool round trip', run: (stage) => toolRoundTrip(client, stage, claimHonest) },
    { client: client.name, what: 'live streaming', run: (stage) => live(client, stage, claimHonest) },
    { client: client.name, what: 'path prefix', run: (stage) => answer(client, stage, { prefix: '/team/blue' }) },
  ];
}

/** The same client in front of providers that speak another API than it does. */
export function acrossScenarios(client: Client, services: readonly Services[]): Scenario[] {
  return services.flatMap((each) => {
    const where = each.replace('only-', 'on ');
    return [
      {
        client: client.name,
        what: `${where}: answer, live`,
        services: each,
        run: (stage) => live(client, stage, claimTranslated),
      },
      {
        client: client.name,
        what: `${where}: tools`,
        services: each,
        run: (stage) => toolRoundTrip(client, stage, claimTranslated),
      },
    ] satisfies Scenario[];
  });
}

/** What holds where the provider speaks another API, and bytes cannot be the same. */
export async function claimTranslated(stage: Stage): Promise<string> {
  claimPrivate(stage);
  return claimBooked(stage);
}

type Claim = (stage: Stage) => Promise<string>;

export async function answer({ ask }: Client, stage: Stage, asking: Asking = {}): Promise<string> {
  stage.upstream.script = () => hello;
  claimSaid(await ask(stage, asking), helloText);
  return claimHonest(stage);
}

async function toolRoundTrip({ ask, shell, toolArgs }: Client, stage: Stage, claim: Claim): Promise<string> {
  const call = { pieces: ['I will run it.'], call: shell };
  stage.upstream.script = ({ toolResults }) => (toolResults.length > 0 ? { pieces: ['It ran.'] } : call);
  claimSaid(await ask(stage, { args: toolArgs }), 'It ran.');
  claimToolRan(stage);
  return claim(stage);
}

async function live({ ask }: Client, stage: Stage, claim: Claim): Promise<string> {
  const pieces = livePieces(stage);
  stage.upstream.script = () => pieces;
  claimSaid(await ask(stage), pieces.pieces.join(''));
  await claim(stage);
  return claimLive(pieces);
}
