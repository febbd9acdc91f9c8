import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '../../lib/api.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/form/field.tsx';
import { ProblemNote } from '../../ui/problem-note.tsx';

export function LoginPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem(undefined);
    try {
      await api('POST', '/auth/login', { email: form.get('email'), password: form.get('password') });
      await client.invalidateQueries();
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <main className="grid min-h-dvh place-items-center p-4">
      <form
        noValidate
        onSubmit={submit}
        className="flex w-full max-w-sm flex-col gap-4 rounded-lg border border-line bg-panel p-6"
      >
        <h1 className="flex items-center gap-2 font-semibold text-xl">
          <span aria-hidden="true" className="text-accent">
            ◇
          </span>
          {t('login.title')}
        </h1>
        <p className="text-[13px] text-ink-2">{t('login.note')}</p>
        <TextField label={t('login.email')} name="email" type="email" autoComplete="username" required autoFocus />
        <TextField label={t('login.password')} name="password" type="password" autoComplete="current-password" required />
        <ProblemNote error={problem} />
        <Button kind="primary" type="submit" disabled={busy}>
          {t('login.go')}
        </Button>
      </form>
    </main>
  );
}
