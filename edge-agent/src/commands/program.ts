import { Command, CommanderError, Option } from 'commander';
import { type Config, ConfigError, parseAddress, parseWorkers } from '../config.ts';
import { identityText } from '../uplink/identity.ts';
import { runWorker } from '../workers/worker/run-worker.ts';
import { doctor } from './doctor/doctor.ts';
import { type EnrollOptions, enroll, parseUrl, takeIdentity } from './enroll.ts';
import { CommandError, type ExitCode, exitCodes } from './exit-codes.ts';
import { run } from './run.ts';
import { status } from './status.ts';
import { build, version } from './version.ts';

const defaultListen = { host: '127.0.0.1', port: 8082 };

interface CommonOptions {
  readonly dataDir?: string;
  readonly listen?: string;
  readonly controlPlane?: string;
  readonly json?: boolean;
  readonly takeOver?: boolean;
  readonly workers?: string;
  readonly coverMinutes?: string;
  readonly snapshot?: string;
  readonly token?: string;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

/** Runs one command line; gives the exit code and prints what went wrong in words. */
export async function runProgram(args: readonly string[], config: Config): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = makeProgram(config, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.badArguments;
    if (error instanceof ConfigError) {
      console.error(`aicarpool-edge: ${error.message}`);
      return exitCodes.badArguments;
    }
    if (!(error instanceof CommandError)) throw error;
    console.error(`aicarpool-edge: ${error.message}\n${error.advice}`);
    return error.exitCode;
  }
}

function makeProgram(config: Config, done: (code: ExitCode) => void): Command {
  const program = new Command('aicarpool-edge')
    .description('The node of AiCarpool: carries AI traffic, keeps the books, answers for both.')
    .exitOverride()
    .showHelpAfterError('(aicarpool-edge --help shows every command)')
    .version(version, '--version');
  addEnroll(program, config, done);
  addRun(program, config, done);
  withCommon(program.command('status'), 'Say what the node of this data folder is and does.')
    .option('--json', 'for programs')
    .action(async (options: CommonOptions) => {
      done(await status({ dataDir: dataDirOf(options, config), json: options.json }, Date.now()));
    });
  withCommon(program.command('doctor'), 'Check everything that a node needs; change nothing.')
    .option('--listen <host:port>', 'address that the node shall listen on (default 127.0.0.1:8082)')
    .option('--control-plane <url>', 'address to check instead of the one it was enrolled at')
    .option('--json', 'for programs')
    .action(async (options: CommonOptions) => {
      const { controlPlane, json } = options;
      done(
        await doctor({ dataDir: dataDirOf(options, config), listen: listenOf(options, config), controlPlane, json }, Date.now),
      );
    });
  program
    .command('worker', { hidden: true })
    .description('One of the processes of "run --workers"; started by it alone.')
    .action(async () => done(await runWorker(config)));
  program
    .command('version')
    .description('Print the version of this program.')
    .action(() => console.log(build));
  return program;
}

function addEnroll(program: Command, config: Config, done: (code: ExitCode) => void): void {
  withCommon(program.command('enroll'), 'Make this folder a node of a control plane, with a one-time token.')
    .requiredOption('--control-plane <url>', 'address of the control plane')
    .requiredOption('--token <token>', 'registration token from the dashboard')
    .option('--name <name>', 'name of the node (default: the one given with the token)')
    .option('--region <region>', 'where it stands, for example eu-central')
    .option('--print-identity', 'write nothing; print the identity for CARPOOL_EDGE_IDENTITY, kept where you keep secrets')
    .option('--force', 'enroll anew although the folder is enrolled; the old node is given up')
    .action(async (options: Omit<EnrollOptions, 'dataDir'> & CommonOptions & { printIdentity?: boolean }) => {
      if (options.printIdentity) {
        console.log(identityText(await takeIdentity(parseUrl(options.controlPlane), options, Date.now)));
        return done(exitCodes.done);
      }
      const { nodeId, dataDir } = await enroll({ ...options, dataDir: dataDirOf(options, config) }, Date.now);
      console.log(`Enrolled as node ${nodeId}.\nStart it with: aicarpool-edge run --data-dir ${dataDir} --listen 127.0.0.1:8082`);
      done(exitCodes.done);
    });
}

function addRun(program: Command, config: Config, done: (code: ExitCode) => void): void {
  const level = new Option('--log-level <level>', 'least level that is logged').choices(['debug', 'info', 'warn', 'error']);
  withCommon(program.command('run'), 'Serve. SIGTERM drains and exits with 0.')
    .option('--listen <host:port>', 'address that AI clients reach (default 127.0.0.1:8082)')
    .option('--control-plane <url>', 'address to call instead of the one it was enrolled at')
    .option('--snapshot <file>', 'begin with this exported snapshot if the node holds no config and the control plane is away')
    .option('--workers <n|auto>', 'processes that serve behind the port (default 1: this one)')
    .option('--token <token>', 'enroll with this start and keep the keys in memory alone; needs --control-plane')
    .option('--cover-minutes <n>', 'how long the rights of budgets should last while the control plane is away (default 60)')
    .option('--take-over', 'be this node again after another process became it')
    .addOption(level)
    .action(async (options: CommonOptions) => {
      const { controlPlane, takeOver, snapshot, token, logLevel } = options;
      const workers = parseWorkers(options.workers, '--workers');
      const coverMs = parseCover(options.coverMinutes);
      const listen = listenOf(options, config);
      const dataDir = dataDirOf(options, config);
      done(await run({ dataDir, listen, controlPlane, takeOver, workers, coverMs, snapshot, token, logLevel }, config));
    });
}

function parseCover(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const minutes = Number(text);
  if (Number.isInteger(minutes) && minutes >= 1 && minutes <= 1440) return minutes * 60_000;
  throw new ConfigError(`--cover-minutes must be a whole number from 1 to 1440; it is "${text}".`);
}

function withCommon(command: Command, description: string): Command {
  return command.description(description).option('--data-dir <folder>', 'folder of the node (or CARPOOL_EDGE_DATA_DIR)');
}

function dataDirOf(options: CommonOptions, config: Config): string {
  const dataDir = options.dataDir ?? config.dataDir;
  if (dataDir !== undefined) return dataDir;
  throw new CommandError(exitCodes.badArguments, 'No data folder is given.', 'Add --data-dir, or set CARPOOL_EDGE_DATA_DIR.');
}

function listenOf(options: CommonOptions, config: Config) {
  return options.listen === undefined ? (config.listen ?? defaultListen) : parseAddress(options.listen, '--listen');
}
