import { join } from 'node:path';
import type { Mutation, Scenario } from '../scenario.ts';
import { Program } from '../stack/program.ts';

export interface Suite {
  readonly id: string;
  readonly title: string;
  /** Of vitest; or a command of `npm run`. */
  readonly project?: 'plain' | 'postgres' | 'programs';
  readonly files?: readonly string[];
  readonly program?: readonly string[];
  readonly mutations?: readonly Mutation[];
}

/** A fault whose scenario lives beside the code that it tests: it is played there, and told here. */
export function suite({ id, title, project = 'plain', files = [], program, mutations = [] }: Suite): Scenario {
  return {
    id,
    title,
    everyday: false,
    mutations,
    run: async (stage) => {
      const args = program ?? ['install/dev/run-tests.ts', '--project', project, ...files];
      const one = new Program({ name: title, args, cwd: stage.root, logFile: join(stage.folder, 'suite.log') });
      stage.atEnd(async () => void (await one.end('SIGKILL')));
      const { code } = await one.ended;
      stage.expect(code === 0, `it ended with ${code}:\n${one.output.slice(-2_000)}`);
      const told = /(\d+) passed, (\d+) failed/.exec(one.output);
      stage.isUp = program !== undefined || Number(told?.[1] ?? 0) + Number(told?.[2] ?? 0) > 0;
      stage.expect(stage.isUp, 'not one test ran');
      if (told) stage.figures['tests'] = Number(told[1]);
    },
  };
}
