import { Check, Copy } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '../lib/copy-text.ts';
import { Button } from './button.tsx';

/** Text to take along: a key, a command, some settings. */
export function CopyLine({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const frame = useRef<HTMLDivElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (frame.current && (await copyText(text, frame.current))) {
      setCopied(true);
      setTimeout(() => setCopied(false), 2_000);
    }
  };
  return (
    <div ref={frame} className="flex items-start gap-2 rounded-md border border-line-strong bg-raised p-2">
      <pre className="min-w-0 flex-1 overflow-x-auto whitespace-pre-wrap break-all p-1 font-mono text-[12px] leading-5">
        {text}
      </pre>
      <Button onClick={copy} aria-label={t('action.copyWhat', { what: label })}>
        {copied ? <Check className="size-4" /> : <Copy className="size-4" />}
        <span aria-live="polite">{copied ? t('action.copied') : t('action.copy')}</span>
      </Button>
    </div>
  );
}
