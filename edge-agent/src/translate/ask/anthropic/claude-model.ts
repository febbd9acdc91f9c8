/** What a Claude model takes, by the version in its name; other models that speak Messages are taken for older ones. */
export interface ClaudeModel {
  /** Decides itself how long it thinks; takes an effort, no budget. */
  readonly isAdaptive: boolean;
  readonly takesSampling: boolean;
  readonly takesXhigh: boolean;
  readonly defaultMaxTokens: number;
  /** A larger limit is answered with 400; null: not known. */
  readonly mostTokens: number | null;
}

export function claudeModel(name: string): ClaudeModel {
  const version = /claude-[a-z]+-(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(name);
  const number = version ? Number(version[1]) * 100 + Number(version[2] ?? 0) : 0;
  const old = /claude-3(-5)?-/.exec(name);
  const oldMost = old ? (old[1] ? 8192 : 4096) : null;
  return {
    isAdaptive: number >= 406,
    takesSampling: number < 407,
    takesXhigh: number >= 407,
    defaultMaxTokens: oldMost ?? 32_000,
    mostTokens: oldMost ?? (number === 0 ? null : /claude-opus-4(-[01])?(?!-?\d)|claude-opus-4-20/.test(name) ? 32_000 : 64_000),
  };
}
