const spelled: Record<string, string> = { gpt: 'GPT', glm: 'GLM', claude: 'Claude', gemini: 'Gemini', deepseek: 'DeepSeek' };

/**
 * A name to show for a model whose list gives none: `claude-opus-5-5` → `Claude Opus 5.5`, `gpt-5.4-mini` → `GPT-5.4 Mini`.
 */
export function displayNameOf(model: string): string {
  const words: string[] = [];
  for (const part of model.split('-')) {
    const last = words.at(-1);
    if (last !== undefined && /^\d$/.test(part) && /^\d$/.test(last)) words[words.length - 1] = `${last}.${part}`;
    else if (last !== undefined && /^(GPT|GLM)$/.test(last)) words[words.length - 1] = `${last}-${part}`;
    else words.push(spelled[part] ?? (/^[a-z]{3,}$/.test(part) ? part.charAt(0).toUpperCase() + part.slice(1) : part));
  }
  return words.join(' ');
}
