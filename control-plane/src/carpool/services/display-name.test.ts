import { expect, it } from 'vitest';
import { displayNameOf } from './display-name.ts';

it.each([
  ['claude-opus-5-5', 'Claude Opus 5.5'],
  ['claude-sonnet-4-5-20250929', 'Claude Sonnet 4.5 20250929'],
  ['gpt-5.4-mini', 'GPT-5.4 Mini'],
  ['gemini-2.5-flash', 'Gemini 2.5 Flash'],
  ['o3-pro', 'o3 Pro'],
  ['x', 'x'],
])('spells %s as %s', (model, name) => {
  expect(displayNameOf(model)).toBe(name);
});
