/** Secrets that must never be seen again: the checker looks for them in everything that was written. */
export const canaries = { account: 'sk-canary-account-b7f3e1', body: 'canary-of-a-prompt-5d02c9' };
