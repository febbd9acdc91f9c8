import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

/** One process of a measurement, and the port that it opened. */
export interface Part {
  readonly child: ChildProcess;
  readonly port: number;
}

/** As the node is started everywhere. */
const flags = ['--max-semi-space-size=8'];

/** Starts a file of this folder; it says on which port it listens. With `--cpu-prof` the node leaves a profile behind. */
export function startPart(file: string, ...args: string[]): Promise<Part> {
  const isNode = file.includes('node');
  const profiles = isNode && process.argv.includes('--cpu-prof');
  const execArgv = [...(isNode ? flags : []), ...(profiles ? ['--cpu-prof', `--cpu-prof-dir=${tmpdir()}`] : [])];
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, { execArgv });
  return new Promise((resolve, reject) => {
    child.once('message', ({ port }: { port: number }) => resolve({ child, port }));
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
}

/** Sends a part a message and waits for what it says to that. */
export function tell<Answer>({ child }: Part, message: object): Promise<Answer> {
  return new Promise((resolve, reject) => {
    child.once('message', (answer) => resolve(answer as Answer));
    child.send(message, (error) => error && reject(error));
  });
}

/** Resolves when the part is gone, also one that died by itself. By force once the time is up, and that is said. */
export async function endPart({ child }: Part, signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL', deadlineMs = 20_000): Promise<void> {
  child.removeAllListeners('exit');
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  const force = setTimeout(() => {
    console.error(`process ${child.pid} did not end within ${deadlineMs} ms of ${signal}; it is killed`);
    child.kill('SIGKILL');
  }, deadlineMs);
  await ended;
  clearTimeout(force);
}

const tickUs = 10_000;

/** Processor time of a part so far, all threads; what else the machine does hardly changes it. NaN where Linux does not tell. */
export function cpuUsOf({ child }: Part): number {
  return cpuUsOfProcess(child.pid ?? 0);
}

export function cpuUsOfProcess(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * tickUs;
  } catch {
    return Number.NaN;
  }
}
