#!/usr/bin/env -S node --max-semi-space-size=8
import { runProgram } from './commands/program.ts';
import { ConfigError, readConfig } from './config.ts';
import { redact } from './observe/redact.ts';

/** The edge agent. `commands/start-node.ts` puts a node together; `commands/run.ts` keeps it until a signal. */
async function main(): Promise<number> {
  try {
    return await runProgram(process.argv.slice(2), readConfig(process.env));
  } catch (error) {
    if (error instanceof ConfigError) {
      console.error(`aicarpool-edge: ${error.message}`);
      return 64;
    }
    console.error(`aicarpool-edge: a bug ended this program; please report it.\n${redact(String(Object(error).stack ?? error))}`);
    return 70;
  }
}

process.exitCode = await main();
// Sockets that nobody waits for any more must not hold an ended program.
setTimeout(() => process.exit(), 2_000).unref();
