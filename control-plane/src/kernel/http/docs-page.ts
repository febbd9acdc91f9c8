import type { OpenAPI } from '@orpc/openapi';
import { html, raw } from 'hono/html';
import { type Operation, operationsOf } from './api-docs.ts';

const style = `
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:62rem;padding:1.5rem}
nav a{margin-right:1rem}h2{margin-top:2.5rem}
details{border:1px solid #8884;border-radius:8px;margin:.5rem 0;padding:.5rem .8rem}
summary{cursor:pointer}code,pre{font:14px/1.45 ui-monospace,monospace}
pre{overflow:auto;background:#8881;border-radius:6px;padding:.6rem}
.method{display:inline-block;min-width:4.2rem;font-weight:700}
.note{opacity:.75}`;

/** The document as a page to read: no script, nothing from elsewhere. */
export function docsPage(document: OpenAPI.Document) {
  const byTag = Map.groupBy(operationsOf(document), ({ operation }) => operation.tags?.[0] ?? 'Other');
  const tags = [...byTag.keys()];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>AiCarpool API</title>
<style>${raw(style)}</style></head><body>
<h1>AiCarpool API</h1><p>${withCode(document.info.description)}</p>
<p class="note">Paths are relative to <code>/api/v1</code>. For programs: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<nav>${tags.map((tag) => html`<a href="#${anchorOf(tag)}">${tag}</a>`)}</nav>
${tags.map((tag) => html`<h2 id="${anchorOf(tag)}">${tag}</h2>${byTag.get(tag)?.map(operationSection)}`)}
</body></html>`;
}

function operationSection({ method, path, operation }: Operation) {
  const parameters = (operation.parameters ?? []) as OpenAPI.ParameterObject[];
  const body = operation.requestBody as OpenAPI.RequestBodyObject | undefined;
  const answers = Object.entries(operation.responses ?? {}).filter(([status]) => status !== 'default');
  return html`<details><summary><span class="method">${method}</span> <code>${path}</code> ${operation.summary}</summary>
${operation.description ? html`<p>${withCode(operation.description)}</p>` : ''}
${parameters.map((one) => html`<p><code>${one.name}</code> <span class="note">in ${one.in}${one.required ? ', required' : ''}</span> ${withCode(one.description)} ${block(one.schema)}</p>`)}
${body ? html`<h4>Body</h4>${contentBlocks(body.content)}` : ''}
${answers.map(([status, answer]) => html`<h4>${status}</h4>${contentBlocks((answer as OpenAPI.ResponseObject).content)}`)}
</details>`;
}

function contentBlocks(content: OpenAPI.ResponseObject['content']) {
  return Object.entries(content ?? {}).map(([type, media]) => html`<p class="note">${type}</p>${block(media.schema)}`);
}

function block(schema: unknown) {
  return html`<pre>${JSON.stringify(schema, null, 2)}</pre>`;
}

function anchorOf(tag: string): string {
  return encodeURIComponent(tag.toLowerCase().replaceAll(' ', '-'));
}

// Descriptions quote code as Markdown does; everything else in them is escaped as text.
function withCode(text: string | undefined) {
  return (text ?? '').split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part));
}
