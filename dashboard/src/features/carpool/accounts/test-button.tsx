import type { testResult } from '@aicarpool/shared-protocol/console';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { z } from 'zod';
import { api } from '../../../lib/api.ts';
import { formatMs } from '../../../lib/format.ts';
import { Button } from '../../../ui/button.tsx';
import { HealthState } from '../../../ui/health/health-state.tsx';
import { Reason } from '../../../ui/health/reason.tsx';
import { Dialog } from '../../../ui/overlay/dialog.tsx';
import { ProblemNote } from '../../../ui/problem-note.tsx';

type TestAnswer = z.infer<typeof testResult>;

/** Sends one small real request the way a member's would go, and shows what came of it. */
export function TestButton({ path, name }: { path: string; name: string }) {
  const { t } = useTranslation();
  const test = useMutation({ mutationFn: () => api<TestAnswer>('POST', path, {}) });
  const close = () => test.reset();
  return (
    <>
      <Button disabled={test.isPending} onClick={() => test.mutate()}>
        {t(test.isPending ? 'action.testing' : 'action.test')}
      </Button>
      {test.data || test.error ? (
        <Dialog
          open
          onClose={close}
          title={t('test.title', { name })}
          note={t('test.note')}
          footer={
            <>
              <Button onClick={() => test.mutate()}>{t('action.retry')}</Button>
              <Button kind="primary" onClick={close}>
                {t('action.close')}
              </Button>
            </>
          }
        >
          <ProblemNote error={test.error} />
          {test.data ? <Result answer={test.data} /> : null}
        </Dialog>
      ) : null}
    </>
  );
}

function Result({ answer }: { answer: TestAnswer }) {
  const { t } = useTranslation();
  const facts = [
    ['test.time', formatMs(answer.response_time_ms)],
    ['test.through', answer.node_name],
    ['usage.model', answer.model_used ?? '—'],
    ['usage.tokens', answer.tokens_used ? t('usage.inOut', answer.tokens_used) : '—'],
  ] as const;
  return (
    <>
      <HealthState health={answer} />
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1 text-[13px]">
        {facts.map(([label, value]) => (
          <div key={label} className="contents">
            <dt className="text-ink-2">{t(label)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {answer.error ? (
        <div className="rounded-md bg-bad-soft px-3 py-2 text-[13px]">
          <div className="font-medium">
            <Reason code={answer.error.type} />
          </div>
          <p className="break-words">{answer.error.message}</p>
        </div>
      ) : null}
      {answer.test_response ? (
        <blockquote className="rounded-md bg-raised px-3 py-2 text-[13px]">{answer.test_response}</blockquote>
      ) : null}
    </>
  );
}
